// What the two ways of computing a convolution share: its sizes, and the batch in parts. Internal to
// core/conv*.cpp.
#pragma once

#include "core/kernels.h"
#include "core/window.h"

namespace norma { inline namespace NORMA_BUILD {

// Sizes of one convolution. The letters of the matrices, for one image and group:
//   W (group_out, K)   col (K, P)   y (group_out, P)     K = group_in · taps, P = output positions
struct ConvSizes {
  SlidingWindow window;
  Triple padded;              // of an input with its zeros
  Index N, C, groups;         // images, x's channels
  Index group_in, group_out;  // channels of x and of y in one group
  Index taps, P;
  Index K() const { return group_in * taps; }
  Index x_size() const { return C * product(window.in); }  // of one image
  Index y_size() const { return groups * group_out * P; }
  // A kernel of one tap that meets every pixel once: col = x.
  bool pointwise() const { return taps == 1 && window.in == window.out && window.padding == Triple{0, 0, 0}; }
};

// The batch in parts, whose number does not depend on the threads: sums over a part, then over parts, are the
// same with any number of threads. More threads than parts have nothing to do.
constexpr Index most_parts = 8;
inline Index parts(const ConvSizes& c) { return std::min(c.N, most_parts); }

/// body(part, first image, last image, space). A thread has one space for all its parts: `zeros` numbers, set
/// to 0 once, before its first part, so that what no body writes stays 0; then `more`, not set.
template <class Body>
void for_parts(const ConvSizes& c, Index zeros, Index more, const Body& body) {
  const Index N = c.N, n = parts(c);
  parallel_with_space(n, 1, zeros + more, [=](Index begin, Index end, real* space) {
    std::fill_n(space, zeros, real(0));
    for (Index p = begin; p < end; ++p) body(p, N * p / n, N * (p + 1) / n, space);
  });
}

}}  // namespace norma
