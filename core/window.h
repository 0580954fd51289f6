// A window that slides over one, two or three spatial dimensions: what convolution and pooling share. Inside,
// all is in three dimensions, (D, H, W): of (N, C, L) the window sees (1, 1, L), of (N, C, H, W) it sees (1,
// H, W).
#pragma once

#include <algorithm>
#include <cstring>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// One number for every spatial dimension, or one for each: 3 or {3, 5}. {} if an operation has a default.
class Sizes {
 public:
  Sizes(Index all) : count_(1), values_{all} {}
  /// Error if more than three are given.
  Sizes(std::initializer_list<Index> each);
  bool empty() const { return count_ == 0; }
  /// Dimensions that were given.
  int count() const { return count_; }
  /// That of dimension i, 0 ≤ i < 3; one number serves for all.
  Index operator[](int i) const { return values_[count_ == 1 ? 0 : i]; }

  /// As PyTorch prints it: 3 or (3, 5).
  friend std::ostream& operator<<(std::ostream& out, const Sizes& s);

 private:
  int count_;
  std::array<Index, 3> values_{};
};

/// Kernel size, step, padding on either side, and distance between neighbouring taps (the kernel's elements).
struct Window {
  Sizes kernel, stride = 1, padding = 0, dilation = 1;
  bool ceil_mode = false;  // a last window may hang over the end
};

/// "conv" of a tensor of rank 4 prints as "conv2d": for messages.
struct OperationName {
  const char* name;
  int spatial;
  friend std::ostream& operator<<(std::ostream& out, const OperationName& o) {
    return out << o.name << o.spatial << 'd';
  }
};

/// x's operation. Error unless x is (N, C, S…) of rank 3 to 5 and holds something.
OperationName spatial_operation(const char* name, const Tensor& x);

/// Sizes of D, H and W, outermost first.
using Triple = std::array<Index, 3>;
inline Index product(const Triple& t) { return t[0] * t[1] * t[2]; }

/// Error unless `sizes` is one number or has one per spatial dimension, each at least `least`.
void check_sizes(const OperationName& operation, const char* what, const Sizes& sizes, Index least);

/// `sizes` in three dimensions, those of lower rank get `missing`. Error as check_sizes.
Triple in_three(const OperationName& operation, const char* what, const Sizes& sizes, Index missing,
                Index least);

/// D, H, W of x (N, C, S…), and a tensor's shape (N, C, S…) with `sizes` in place of x's.
Triple spatial_sizes(const Tensor& x);
Shape with_spatial(const Tensor& x, Index channels, const Triple& sizes);

/// A window at work on inputs of one size. Tap k of output o reads input o·stride − padding + k·dilation.
struct SlidingWindow {
  Triple in, out, kernel, stride, padding, dilation;

  /// A range of outputs along one dimension.
  struct Range {
    Index begin, end;
  };
  /// The outputs along dimension i whose tap k lies in the input rather than in the padding.
  Range inside(int i, Index k) const;
};

/// out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1; with ceil_mode ⌈ ⌉, but no window that
/// begins past the input and its left padding. Error on sizes that do not fit x, or if no output is left.
SlidingWindow sliding_window(const OperationName& operation, const Tensor& x, const Window& window);

// Copies n numbers in pieces of `part`, or of less if n is less; the last overlaps the one before. Rows are
// too short for a call of memcpy.
template <Index part = 16>
void copy_row(const real* from, Index n, real* to) {
  if constexpr (part > 1) {
    if (n < part) return copy_row<part / 2>(from, n, to);
  }
  for (Index i = 0; i < n; i += part) {
    const Index at = std::min(i, n - part);
    std::memcpy(to + at, from + at, part * sizeof(real));
  }
}

/// Copies planes of the size `inner` into larger ones, from the place `corner` on; what is around them stays.
inline void copy_planes(Index planes, const Triple& inner, const Triple& outer, const Triple& corner,
                        const real* from, real* to) {
  for (Index i = 0; i < planes; ++i) {
    for (Index d = 0; d < inner[0]; ++d) {
      for (Index h = 0; h < inner[1]; ++h, from += inner[2]) {
        const Index line = (i * outer[0] + d + corner[0]) * outer[1] + h + corner[1];
        copy_row(from, inner[2], to + line * outer[2] + corner[2]);
      }
    }
  }
}

}}  // namespace norma
