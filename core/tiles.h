// The sum by which a direct convolution computes y, dx and dW alike:
//
//     out(j, c) ← Σₖ x[from[j] + by[k]] · m(k, c)          j: rows    k: terms    c: channels
//
//       x: planes with zeros around      m (terms, 2 lanes)         out (rows, 2 lanes)
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

constexpr Index block = 2 * lanes;                           // channels that are computed together
constexpr Index most_sums = register_bytes == 64 ? 28 : 12;  // in registers, beside those for m and for x

inline Reals load(const real* from) {
  Reals v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
/// n lanes, and zeros.
inline Reals load(const real* from, Index n) {
  Reals v = {};
  for (Index l = 0; l < n; ++l) v[l] = from[l];
  return v;
}
inline void store(const Reals& v, real* to) { std::memcpy(to, &v, sizeof v); }
/// Its first n lanes.
inline void store(const Reals& v, Index n, real* to) {
  if (n == lanes) return store(v, to);
  for (Index l = 0; l < n; ++l) to[l] = v[l];
}

/// The places of a sum. m (terms, lanes) and out (rows, lanes) hold one vector of channels; those of the next
/// vector follow at a distance.
struct TiledSum {
  Index rows, terms;
  const Place *from, *by;        // in x: of the rows, of the terms
  const Place* to;               // the row of out of each row; null: the same
  Index next_in_m, next_in_out;  // from a vector of channels to the next
};

/// Rows from row j on, of V vectors: R runs of L rows that lie side by side in x, with one pointer for all.
template <Index V, Index L, Index R>
void tile(const TiledSum& s, Index j, const real* x, const real* m, real* out, bool add) {
  constexpr Index J = R * L;
  Reals sum[J][V] = {};
  const real* run[R];
  for (Index r = 0; r < R; ++r) run[r] = x + s.from[j + r * L];
  for (Index k = 0; k < s.terms; ++k, m += lanes) {
    Reals w[V];
    for (Index v = 0; v < V; ++v) w[v] = load(m + v * s.next_in_m);
#pragma GCC unroll 28  // the sums are in registers only if the loops over them are written out
    for (Index i = 0; i < J; ++i) {
      const real of_row = run[i / L][s.by[k] + i % L];
      for (Index v = 0; v < V; ++v) sum[i][v] += w[v] * of_row;
    }
  }
#pragma GCC unroll 28
  for (Index i = 0; i < J; ++i) {
    for (Index v = 0; v < V; ++v) {
      real* y = out + v * s.next_in_out + (s.to ? s.to[j + i] : j + i) * lanes;
      store(add ? load(y) + sum[i][v] : sum[i][v], y);
    }
  }
}

/// Whether the rows are runs of L. Their places must increase.
inline bool in_runs(const TiledSum& s, Index L) {
  if (s.rows % L != 0) return false;
  for (Index j = 0; j < s.rows; j += L) {
    if (s.from[j + L - 1] - s.from[j] != L - 1) return false;
  }
  return true;
}

/// out ← the sum, or out += it, for V vectors of channels, in tiles of nearly equal size.
template <Index V, Index L>
void sum_of_runs(const TiledSum& s, const real* x, const real* m, real* out, bool add) {
  constexpr auto tiles = []<std::size_t... R>(std::index_sequence<R...>) {
    return std::array{&tile<V, L, Index(R + 1)>...};
  }
  (std::make_index_sequence<most_sums / V / L>());
  const Index runs = s.rows / L, most = tiles.size(), pieces = (runs + most - 1) / most;
  for (Index p = 0; p < pieces; ++p) {
    const Index first = runs * p / pieces, last = runs * (p + 1) / pieces - 1;
    tiles[static_cast<std::size_t>(last - first)](s, first * L, x, m, out, add);
  }
}

/// The same in the longest runs that the places form, and of which V vectors fit into the registers.
template <Index V, Index L = 7>
void tiled_sum(const TiledSum& s, const real* x, const real* m, real* out, bool add) {
  if constexpr (L * V > most_sums) {
    tiled_sum<V, L - 1>(s, x, m, out, add);
  } else if constexpr (L == 1) {
    sum_of_runs<V, 1>(s, x, m, out, add);
  } else {
    const auto sum = in_runs(s, L) ? sum_of_runs<V, L> : tiled_sum<V, L - 1>;
    sum(s, x, m, out, add);
  }
}

/// The same for the `channels` of a block.
inline void tiled_sum(Index channels, const TiledSum& s, const real* x, const real* m, real* out, bool add) {
  channels > lanes ? tiled_sum<2>(s, x, m, out, add) : tiled_sum<1>(s, x, m, out, add);
}

using Vectors = std::array<Reals, lanes>;
constexpr auto every_lane = std::make_index_sequence<lanes>();

// (a₀ b₀ a₁ b₁ …), of the lower halves or of the upper
template <bool upper, std::size_t... I>
Reals interleaved(Reals a, Reals b, std::index_sequence<I...>) {
  return shuffled<((I % 2 ? lanes : 0) + (upper ? lanes / 2 : 0) + I / 2)...>(a, b);
}

/// Lane l of row i becomes lane i of row l: log₂(lanes) rounds, each of which interleaves the upper half of
/// the rows with the lower. Written out by I, so that all stays in registers.
template <Index rounds = lanes, std::size_t... I>
[[gnu::always_inline]] inline Vectors transposed(const Vectors& rows, std::index_sequence<I...> all) {
  const Vectors next = {interleaved<I % 2>(rows[I / 2], rows[I / 2 + lanes / 2], all)...};
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
/// `rows` (vectors of channels, size, lanes). It has room for `lanes` rows more, which are read, and not
/// used.
template <class Put>
void rows_to_planes(Index channels, Index size, const real* rows, const Put& put) {
  for (Index c = 0; c < channels; c += lanes, rows += size * lanes) {
    for (Index p = 0; p < size; p += lanes) {
      const Vectors planes = transposed(load_rows(rows + p * lanes, lanes, every_lane), every_lane);
#pragma GCC unroll 16  // the planes stay in registers
      for (Index i = 0; i < lanes; ++i) {
        if (i < channels - c) put(c + i, p, planes[static_cast<std::size_t>(i)], std::min(lanes, size - p));
      }
    }
  }
}

/// The other way: `rows` (vectors of channels, size, lanes), with room for `lanes` more, ← planes, with 0 for
/// channels that are not there.
inline void planes_to_rows(Index channels, Index size, const real* planes, real* rows) {
  for (Index c = 0; c < channels; c += lanes, rows += size * lanes) {
    for (Index p = 0; p < size; p += lanes) {
      const real* from = planes + c * size + p;
      Vectors v = {};
      if (channels - c >= lanes && size - p >= lanes) {
        v = load_rows(from, size, every_lane);
      } else {
        for (Index i = 0; i < std::min(lanes, channels - c); ++i)
          v[static_cast<std::size_t>(i)] = load(from + i * size, std::min(lanes, size - p));
      }
      v = transposed(v, every_lane);
      for (std::size_t i = 0; i < lanes; ++i) store(v[i], rows + (p + Index(i)) * lanes);
    }
  }
}

}}  // namespace norma
