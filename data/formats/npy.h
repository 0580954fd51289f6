// NumPy's files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), written: .npy holds
// one array, .npz several by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/state.h"

namespace norma { inline namespace NORMA_BUILD {

/// The bytes of a .npy file, format 1.0: values in row-major order, reals as float32 (float64 in the double
/// build), integers as int64. Error unless there are as many values as the shape says.
std::string encode_npy(const Shape& shape, std::span<const real> values);
std::string encode_npy(const Shape& shape, std::span<const std::int64_t> values);

/// The same of one entry of a state; a counter is an int64 of shape ().
std::string encode_npy(const StateEntry& entry);

/// The bytes of a .npz file: np.load(file)[name] is the entry. Error as encode_zip's (data/formats/zip.h).
std::string encode_npz(const StateDict& state);

/// The same of arrays that encode_npy made.
struct NamedNpy {
  std::string name, bytes;
};
std::string encode_npz(const std::vector<NamedNpy>& arrays);

}}  // namespace norma
