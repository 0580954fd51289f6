// What PyTorch computed (golden/*.json), read and compared with what Norma computes.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

using nlohmann::json;

/// Allowed difference, relative to the largest element of the array.
constexpr double golden_tolerance = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

/// The file of that name in golden/.
inline json golden(const std::string& name) {
  std::ifstream file(NORMA_GOLDEN_DIR "/" + name);
  REQUIRE_MESSAGE(file.good(), "cannot open " NORMA_GOLDEN_DIR "/", name);
  return json::parse(file);
}

inline void flatten(const json& value, std::vector<double>& to) {
  if (!value.is_array()) return to.push_back(value.get<double>());
  for (const json& element : value) flatten(element, to);
}

/// Nested lists as one, in row-major order; a number is a list of one.
inline std::vector<double> flat(const json& value) {
  std::vector<double> numbers;
  flatten(value, numbers);
  return numbers;
}

/// A list of sizes as a shape.
inline Shape shape_of(const json& sizes) {
  Shape shape;
  for (const json& size : sizes) shape.append(size.get<Index>());
  return shape;
}

/// The sizes of nested lists; () is a number's.
inline Shape extent(const json& value) {
  Shape shape;
  for (const json* level = &value; level->is_array(); level = &level->front()) {
    shape.append(static_cast<Index>(level->size()));
  }
  return shape;
}

inline Tensor tensor(const json& value) { return Tensor::from(extent(value), flat(value)); }

/// A tensor that requires a gradient.
inline Tensor leaf(const json& value) { return tensor(value).set_requires_grad(true); }

/// Compares every element; reports the worst.
inline void same(const std::string& name, const std::string& quantity, std::span<const real> ours,
                 const json& golden, double allowed = golden_tolerance) {
  const std::vector<double> theirs = flat(golden);
  REQUIRE_MESSAGE(ours.size() == theirs.size(), name, ": ", quantity, " has ", ours.size(),
                  " elements, in PyTorch ", theirs.size());
  double largest = 0, worst = -1;
  std::size_t at = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::abs(theirs[i]));
    const double difference = std::abs(ours[i] - theirs[i]);
    if (!(difference <= worst)) worst = difference, at = i;  // a NaN is the worst
    if (std::isnan(difference)) break;
  }
  CHECK_MESSAGE(worst <= allowed * largest, name, ": element ", at, " of ", quantity, " is ", ours[at],
                ", in PyTorch ", theirs[at], "; difference ", worst, ", allowed ", allowed * largest);
}

/// The same of a whole tensor, with its shape; null stands for an undefined one.
inline void same(const std::string& name, const std::string& quantity, const Tensor& ours, const json& golden,
                 double allowed = golden_tolerance) {
  REQUIRE_MESSAGE(ours.defined() == !golden.is_null(), name, ": ", quantity, " is there: ", ours.defined(),
                  ", in PyTorch: ", !golden.is_null());
  if (!ours.defined()) return;
  const Shape theirs = extent(golden);
  CHECK_MESSAGE(ours.shape() == theirs, name, ": ", quantity, " has shape ", ours.shape(), ", in PyTorch ",
                theirs);
  same(name, quantity, std::span<const real>(ours.values()), golden, allowed);
}

/// The same of one number.
inline void same(const std::string& name, const std::string& quantity, double ours, const json& golden,
                 double allowed = golden_tolerance) {
  const real value = static_cast<real>(ours);
  same(name, quantity, std::span(&value, 1), golden, allowed);
}

}}  // namespace norma
