// Numbers as the bytes of a file, the lowest byte first, as every format that Norma writes needs them.
#pragma once

#include <bit>
#include <span>
#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

static_assert(std::endian::native == std::endian::little, "values are copied to files as they are in memory");

/// Appends the bytes of a number.
template <class T>
void append_value(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Appends the bytes of all `values`.
template <class T>
void append_values(std::string& bytes, std::span<const T> values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

}}  // namespace norma
