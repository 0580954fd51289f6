// Vectors as wide as a register, in GCC's vector types, for loops that compilers do not make vector code of,
// or slow one: over short rows, for instance. Lanes past the end of a row must be harmless.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

// The widest register. Of a wider vector, GCC would select and shuffle element by element.
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
constexpr auto every_lane = std::make_index_sequence<lanes>();

inline Reals load(const real* from) {
  Reals v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void store(const Reals& v, real* to) { std::memcpy(to, &v, sizeof v); }

/// n lanes, and zeros.
inline Reals load(const real* from, Index n) {
  Reals v = {};
  for (Index l = 0; l < n; ++l) v[l] = from[l];
  return v;
}
/// The first n lanes.
inline void store(const Reals& v, Index n, real* to) {
  if (n == lanes) return store(v, to);
  for (Index l = 0; l < n; ++l) to[l] = v[l];
}

/// Lane n of the result is lane i[n] of a and b side by side. GCC 11 has only the older of the two builtins,
/// clang only the newer.
template <Index... i>
Reals shuffled(const Reals& a, const Reals& b) {
#if __has_builtin(__builtin_shufflevector)
  return __builtin_shufflevector(a, b, i...);
#else
  return __builtin_shuffle(a, b, Places{Place(i)...});
#endif
}

/// Stores `values` in a row of which `in_row` elements are left, of an array of which `in_memory` are left.
/// If these are ≥ lanes, elements past the row are written too; later rows overwrite them.
template <class T, class Vector>
void store_row(const Vector& values, Index in_row, Index in_memory, T* to) {
  if (in_memory >= lanes) {
    std::memcpy(to, &values, sizeof values);
  } else {
    for (Index l = 0; l < lanes && l < in_row; ++l) to[l] = values[l];
  }
}

}}  // namespace norma
