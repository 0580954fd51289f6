// The sum by which a direct convolution computes y, dx and dW alike:
//
//     out(j, c) ← Σₖ x[from[j] + by[k]] · m(k, c)          j: rows    k: terms    c: channels
//
//       x: planes with zeros around        m (terms, block)           out (rows, block)
//     ┌────────────────────────────┐
//     │ ·  ·  ·  ·  ·  ·  ·  ·  ·  │     ┌─────────────────┐        ┌─────────────────┐
//     │ · [▪  ▪  ▪  ▪  ▪  ▪  ▪]▪ · │  ·  │ row k: 2 vectors│   +=   │ 14 rows of sums,│
//     │ · [▪  ▪  ▪  ▪  ▪  ▪  ▪]▪ · │     │ of channels     │        │ in registers    │
//     │ ·  ▪  ▪  ▪  ▪  ▪  ▪  ▪ ▪ · │     └─────────────────┘        └─────────────────┘
//     └────────────────────────────┘
//      x[from[j] + by[k]] of 14 rows j, each broadcast
//
// Vectors hold channels: nothing is copied for each tap, and no lane is lost at the end of a line of pixels.
// The tables of places know strides, dilations and dimensions; the loops do not. Internal to
// core/conv_direct.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "core/lanes.h"

namespace norma { inline namespace NORMA_BUILD {

// The widest registers, and how many rows of two of them there are beside those for m and for x.
#if defined(__AVX512F__)
constexpr Index register_bytes = 64, most_rows = 14;
#elif defined(__AVX__)
constexpr Index register_bytes = 32, most_rows = 6;
#else
constexpr Index register_bytes = 16, most_rows = 6;
#endif
typedef real Vector __attribute__((vector_size(register_bytes)));
constexpr Index width = register_bytes / sizeof(real);  // of a vector
constexpr Index block = 2 * width;                      // channels that are computed together

inline Vector load(const real* from) {
  Vector v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
/// n lanes, and zeros.
inline Vector load(const real* from, Index n) {
  Vector v = {};
  for (Index l = 0; l < n; ++l) v[l] = from[l];
  return v;
}
inline void store(const Vector& v, real* to) { std::memcpy(to, &v, sizeof v); }
/// Its first n lanes.
inline void store(const Vector& v, Index n, real* to) {
  if (n == width) return store(v, to);
  for (Index l = 0; l < n; ++l) to[l] = v[l];
}

/// The places of a sum.
struct TiledSum {
  Index rows, terms;
  const Place *from, *by;  // in x: of the rows, of the terms
  const Place* to;         // the row of out of each row; null: the same
};

/// J rows from row j on, of V vectors; m and out are blocks. `together`: the rows lie side by side in x,
/// which saves their pointers.
template <Index J, Index V, bool together>
void tile(const TiledSum& s, Index j, const real* x, const real* m, real* out, bool add) {
  Vector sum[J][V] = {};
  const real* row[J];
  for (Index i = 0; i < J; ++i) row[i] = x + s.from[j + i];
  for (Index k = 0; k < s.terms; ++k, m += block) {
    Vector w[V];
    for (Index v = 0; v < V; ++v) w[v] = load(m + v * width);
    for (Index i = 0; i < J; ++i) {
      const real of_row = together ? row[0][s.by[k] + i] : row[i][s.by[k]];
      for (Index v = 0; v < V; ++v) sum[i][v] += w[v] * of_row;
    }
  }
  for (Index i = 0; i < J; ++i) {
    for (Index v = 0; v < V; ++v) {
      real* y = out + (s.to ? s.to[j + i] : j + i) * block + v * width;
      store(add ? load(y) + sum[i][v] : sum[i][v], y);
    }
  }
}

using Tile = void (*)(const TiledSum&, Index, const real*, const real*, real*, bool);

template <Index V, bool together, std::size_t... J>
constexpr std::array<Tile, sizeof...(J)> tiles_of(std::index_sequence<J...>) {
  return {&tile<Index(J + 1), V, together>...};
}

/// out ← the sum, or out += it, for the `channels` of one block. The places of rows must increase: J rows of
/// which the last lies J − 1 places after the first are side by side.
inline void tiled_sum(const TiledSum& s, Index channels, const real* x, const real* m, real* out, bool add) {
  constexpr auto J = std::make_index_sequence<most_rows>();
  constexpr std::array<Tile, most_rows> tiles[2][2] = {{tiles_of<1, false>(J), tiles_of<1, true>(J)},
                                                       {tiles_of<2, false>(J), tiles_of<2, true>(J)}};
  const Index pieces = (s.rows + most_rows - 1) / most_rows;  // of nearly equal size
  for (Index p = 0; p < pieces; ++p) {
    const Index first = s.rows * p / pieces, last = s.rows * (p + 1) / pieces - 1;
    const bool together = s.from[last] - s.from[first] == last - first;
    tiles[channels > width][together][static_cast<std::size_t>(last - first)](s, first, x, m, out, add);
  }
}

using Vectors = std::array<Vector, width>;
constexpr auto every_lane = std::make_index_sequence<width>();

// (a₀ b₀ a₁ b₁ …), of the lower halves or of the upper
template <bool upper, std::size_t... I>
Vector interleaved(Vector a, Vector b, std::index_sequence<I...>) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, ((I % 2 ? width : 0) + (upper ? width / 2 : 0) + I / 2)...);
#else
  typedef Place Lanes __attribute__((vector_size(register_bytes)));
  return __builtin_shuffle(a, b, Lanes{Place((I % 2 ? width : 0) + (upper ? width / 2 : 0) + I / 2)...});
#endif
}

/// Lane l of row i becomes lane i of row l: log₂(width) rounds, each of which interleaves the upper half of
/// the rows with the lower. Written out by I, so that all stays in registers.
template <Index rounds = width, std::size_t... I>
[[gnu::always_inline]] inline Vectors transposed(const Vectors& rows, std::index_sequence<I...> all) {
  const Vectors next = {interleaved<I % 2>(rows[I / 2], rows[I / 2 + width / 2], all)...};
  if constexpr (rounds > 2)
    return transposed<rounds / 2>(next, all);
  else
    return next;
}

template <std::size_t... I>
[[gnu::always_inline]] inline Vectors load_rows(const real* from, Index step, std::index_sequence<I...>) {
  return {load(from + Index(I) * step)...};
}

/// put(c, p, values, n): n values of plane c from place p on, of the planes whose pixel p is row p of
/// `rows` (size, block). It has room for `width` rows more, which are read, and not used.
template <class Put>
void rows_to_planes(Index channels, Index size, const real* rows, const Put& put) {
  for (Index c = 0; c < channels; c += width) {
    for (Index p = 0; p < size; p += width) {
      const Vectors planes = transposed(load_rows(rows + p * block + c, block, every_lane), every_lane);
      for (Index i = 0; i < std::min(width, channels - c); ++i)
        put(c + i, p, planes[static_cast<std::size_t>(i)], std::min(width, size - p));
    }
  }
}

/// The other way: `rows` (size, block), with room for `width` more, ← planes, with 0 for channels that are
/// not there.
inline void planes_to_rows(Index channels, Index size, const real* planes, real* rows) {
  for (Index c = 0; c < channels; c += width) {
    for (Index p = 0; p < size; p += width) {
      const real* from = planes + c * size + p;
      Vectors v = {};
      if (channels - c >= width && size - p >= width) {
        v = load_rows(from, size, every_lane);
      } else {
        for (Index i = 0; i < std::min(width, channels - c); ++i)
          v[static_cast<std::size_t>(i)] = load(from + i * size, std::min(width, size - p));
      }
      v = transposed(v, every_lane);
      for (std::size_t i = 0; i < width; ++i) store(v[i], rows + (p + Index(i)) * block + c);
    }
  }
}

}}  // namespace norma
