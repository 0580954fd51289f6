// Shape: the sizes of a tensor's dimensions, at most five, outermost first (row-major).
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ostream>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

class Shape {
 public:
  static constexpr int max_rank = 5;
  static constexpr Index max_size = Index{1} << 56;

  /// The shape () of a scalar: rank 0, one element.
  Shape() = default;

  /// Error if there are more than five dimensions or one is negative.
  Shape(std::initializer_list<Index> dims) {
    check(dims.size() <= max_rank, "shape: expected at most ", max_rank, " dimensions, got ", dims.size());
    for (Index d : dims) append(d);
  }

  /// Adds an innermost dimension. Error if it is negative or the sixth, or if there are then more than 2⁵⁶
  /// elements.
  void append(Index dim) {
    check(rank_ < max_rank, "shape: more than ", max_rank, " dimensions");
    check(dim >= 0, "shape: dimension ", rank_, " is ", dim, ", must not be negative");
    check(dim <= max_size / std::max<Index>(size(), 1), "shape: ", *this, " with ", dim,
          " more has over 2^56 elements");
    dims_[rank_++] = dim;
  }

  /// Number of dimensions.
  int rank() const { return rank_; }

  /// Size of dimension i; i = −1 is the innermost.
  Index operator[](int i) const {
    int k = i < 0 ? i + rank_ : i;
    check(k >= 0 && k < rank_, "shape: ", *this, " has no dimension ", i);
    return dims_[k];
  }

  /// Number of elements: the product of all dimensions.
  Index size() const {
    Index n = 1;
    for (int i = 0; i < rank_; ++i) n *= dims_[i];
    return n;
  }

  bool operator==(const Shape&) const = default;

  /// As Python prints it: (), (3,) and (2, 3).
  friend std::ostream& operator<<(std::ostream& out, const Shape& s) {
    out << '(';
    for (int i = 0; i < s.rank_; ++i) out << (i ? ", " : "") << s.dims_[i];
    return out << (s.rank_ == 1 ? ",)" : ")");
  }

 private:
  int rank_ = 0;
  std::array<Index, max_rank> dims_{};  // 0 past rank_, so that == may compare all of them
};

/// The shape of a batch of n samples: (n, …). Error if it has more than five dimensions.
inline Shape batch_shape(Index n, const Shape& sample) {
  Shape batch = {n};
  for (int i = 0; i < sample.rank(); ++i) batch.append(sample[i]);
  return batch;
}

}}  // namespace norma
