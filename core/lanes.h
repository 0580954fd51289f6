// As many numbers as a register holds, in GCC's vector types, for loops over rows too short for
// auto-vectorization to pay off. Lanes past the end of a row must be harmless.
#pragma once

#include <cstring>
#include <type_traits>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

// The widest. Of vectors wider than the processor's, GCC selects and shuffles element by element.
#if defined(__AVX512F__)
constexpr Index register_bytes = 64;
#elif defined(__AVX__)
constexpr Index register_bytes = 32;
#else
constexpr Index register_bytes = 16;
#endif

using Place = std::conditional_t<sizeof(real) == 4, std::int32_t, std::int64_t>;  // as wide as a real
typedef real Reals __attribute__((vector_size(register_bytes)));
typedef Place Places __attribute__((vector_size(register_bytes)));

/// Numbers in Reals and Places.
constexpr Index lanes = register_bytes / sizeof(real);

/// (a b)[i] for each i of a vector, a and b side by side. GCC 11 has only the older of the two builtins,
/// clang only the newer.
template <Index... i>
Reals shuffled(const Reals& a, const Reals& b) {
#if __has_builtin(__builtin_shufflevector)
  return __builtin_shufflevector(a, b, i...);
#else
  return __builtin_shuffle(a, b, Places{Place(i)...});
#endif
}

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
