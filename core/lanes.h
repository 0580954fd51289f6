// 64 bytes of numbers at a time, in GCC's vector types, for loops over rows too short for auto-vectorization
// to pay off. Lanes past the end of a row must be harmless.
#pragma once

#include <cstring>
#include <type_traits>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

using Place = std::conditional_t<sizeof(real) == 4, std::int32_t, std::int64_t>;  // as wide as a real
typedef real Reals __attribute__((vector_size(64)));
typedef Place Places __attribute__((vector_size(64)));

/// Numbers in Reals and Places.
constexpr Index lanes = 64 / sizeof(real);

/// Stores `values` in a row of which `in_row` elements are left. If `in_block` ≥ lanes, elements past the row
/// are written too; later rows of the block overwrite them.
template <class T, class Vector>
void store_row(const Vector& values, Index in_row, Index in_block, T* to) {
  if (in_block >= lanes) {
    std::memcpy(to, &values, sizeof values);
  } else {
    for (Index l = 0; l < lanes && l < in_row; ++l) to[l] = values[l];
  }
}

}}  // namespace norma
