// From tensors and moments to the numbers of a document, in the build of whoever includes it.
#pragma once

#include <algorithm>
#include <cmath>

#include "apps/explain/engine/document.h"
#include "core/normalize.h"

namespace norma { inline namespace NORMA_BUILD {

/// How numbers are named and shown: Numbers without a name and values.
using NumberStyle = Numbers;

/// `count` values as `height` rows.
template <class Values>
Numbers numbers_of(const std::string& name, const Values& values, Index count, Index height, NumberStyle n) {
  n.name = name;
  n.height = static_cast<std::size_t>(height);
  n.width = static_cast<std::size_t>(count / height);
  for (Index i = 0; i < count; ++i) n.values.push_back(values[i]);
  return n;
}

/// A tensor (rows, columns) as it lies in memory.
inline Numbers matrix_of(const std::string& name, const Tensor& t, const NumberStyle& style) {
  return numbers_of(name, t, t.size(), t.dim(0), style);
}

/// A tensor (rows, columns), columns as rows: how a sheet of paper shows (examples, features).
inline Numbers turned(const std::string& name, const Tensor& t, const NumberStyle& style) {
  Numbers n = numbers_of(name, t, t.size(), t.dim(1), style);
  const auto rows = static_cast<std::size_t>(t.dim(0)), columns = n.height;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) n.values[j * rows + i] = t[static_cast<Index>(i * columns + j)];
  }
  return n;
}

/// One number per feature, below each other or, with height 1, beside each other.
template <class Values>
Numbers column_of(const std::string& name, const Values& values, const NumberStyle& style) {
  return numbers_of(name, values, values.size(), values.size(), style);
}
template <class Values>
Numbers row_of(const std::string& name, const Values& values, const NumberStyle& style) {
  return numbers_of(name, values, values.size(), 1, style);
}

/// Values as a tensor (n), so that operations take them.
inline Tensor tensor_of(const Scratch<double>& values) {
  return Tensor::from({values.size()}, std::span<const double>(values.begin(), values.end()));
}

/// max |a − b|
inline double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0;
  for (Index i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
  return largest;
}

}}  // namespace norma
