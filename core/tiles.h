// The sum by which a direct convolution computes y, dx and dW alike:
//
//     out(j, c) ← Σₖ source[from[j] + by[k]] · m(k, c)          j: rows    k: terms    c: channels
//
// For y, the source is x, rows are the pixels of y, terms the pairs (channel of x, tap) that each pixel sums
// over, channels those of y. Here term k is the middle tap of a 3×3 kernel, in a tile of 14 rows and two
// vectors of channels:
//
//      source: a plane with zeros around
//     ┌────────────────────────────┐     two vectors, loaded      14 × 2 vectors, in registers
//     │ ·  ·  ·  ·  ·  ·  ·  ·  ·  │
//     │ ·  ▪  ▪  ▪  ▪  ▪  ▪  ▪  ·  │     ┌────────────────┐       ┌──────────────────┐
//     │ · [▪  ▪  ▪  ▪  ▪  ▪  ▪] ·  │  ·  │ m(k, channels) │  +=   │ out(j, channels) │
//     │ · [▪  ▪  ▪  ▪  ▪  ▪  ▪] ·  │     └────────────────┘       └──────────────────┘
//     │ ·  ·  ·  ·  ·  ·  ·  ·  ·  │
//     └────────────────────────────┘
//      [ ]: two runs; each of the 14 numbers source[from[j] + by[k]] multiplies both vectors
//
// Memory holds one vector of channels after the other: m (vectors, terms, lanes), out (vectors, rows, lanes).
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
constexpr Index most_sums = register_bytes == 64 ? 28 : 12;  // vectors, of 32 registers or 16; else factors

/// What a sum reads and writes where.
struct TiledSum {
  Index rows, terms;
  const Place *from, *by;        // in the source: of the rows, increasing; of the terms
  const Place* to;               // which row of out each row becomes; null: its own
  Index next_in_m, next_in_out;  // from a vector of channels to the next
};

/// Rows j … j + R·L − 1, of V vectors of channels: R runs of L rows. What a run needs of the source for one
/// term lies side by side, so one pointer for each run will do; with L = 1, one for each row, they do not all
/// fit into registers.
template <Index V, Index L, Index R>
void tile(const TiledSum& s, Index j, const real* source, const real* m, real* out, bool add) {
  constexpr Index J = R * L;
  Reals sum[J][V] = {};
  const real* run[R];
  for (Index r = 0; r < R; ++r) run[r] = source + s.from[j + r * L];
  for (Index k = 0; k < s.terms; ++k, m += lanes) {
    Reals mk[V];
    for (Index v = 0; v < V; ++v) mk[v] = load(m + v * s.next_in_m);
#pragma GCC unroll 28  // the sums are in registers only if the loops over them are written out
    for (Index i = 0; i < J; ++i) {
      const real number = run[i / L][s.by[k] + i % L];
      for (Index v = 0; v < V; ++v) sum[i][v] += mk[v] * number;
    }
  }
  const auto [to, next] = std::pair(s.to, s.next_in_out);  // for all a compiler knows, storing could change s
#pragma GCC unroll 28
  for (Index i = 0; i < J; ++i) {
    for (Index v = 0; v < V; ++v) {
      real* row = out + v * next + (to ? to[j + i] : j + i) * lanes;
      store(add ? load(row) + sum[i][v] : sum[i][v], row);
    }
  }
}

/// Whether the rows, L by L, lie side by side in the source. Since `from` increases, the first and the last
/// of L tell.
inline bool in_runs(const TiledSum& s, Index L) {
  if (s.rows % L != 0) return false;
  for (Index j = 0; j < s.rows; j += L) {
    if (s.from[j + L - 1] - s.from[j] != L - 1) return false;
  }
  return true;
}

/// out ← the sum, or out += it, for V vectors of channels, in tiles of nearly equal size.
template <Index V, Index L>
void sum_of_runs(const TiledSum& s, const real* source, const real* m, real* out, bool add) {
  constexpr auto tiles = []<std::size_t... R>(std::index_sequence<R...>) {
    return std::array{&tile<V, L, Index(R + 1)>...};
  }
  (std::make_index_sequence<most_sums / V / L>());
  const Index runs = s.rows / L, most = tiles.size(), pieces = (runs + most - 1) / most;
  for (Index p = 0; p < pieces; ++p) {
    const Index first = runs * p / pieces, last = runs * (p + 1) / pieces - 1;
    tiles[static_cast<std::size_t>(last - first)](s, first * L, source, m, out, add);
  }
}

/// The same in the longest runs, of at most L, that the rows divide into and that leave less than a third of
/// the sums' registers idle: with 12 of them and V = 2, where a tile has 6 rows, no runs of 4.
template <Index V, Index L>
void sum_in_longest_runs(const TiledSum& s, const real* source, const real* m, real* out, bool add) {
  constexpr Index most = most_sums / V;
  if constexpr (3 * (most % L) >= most) {
    sum_in_longest_runs<V, L - 1>(s, source, m, out, add);
  } else if constexpr (L == 1) {
    sum_of_runs<V, 1>(s, source, m, out, add);
  } else {
    const auto sum = in_runs(s, L) ? sum_of_runs<V, L> : sum_in_longest_runs<V, L - 1>;
    sum(s, source, m, out, add);
  }
}

/// The same for the `channels` of a block. Runs are pieces of a line of pixels: 7 in lines of 28, 14 or 7
/// (with 12 sums and V = 2, of 2, 2 and 1); of dW, of a line of taps.
inline void tiled_sum(Index channels, const TiledSum& s, const real* source, const real* m, real* out,
                      bool add) {
  const auto sum = channels > lanes ? sum_in_longest_runs<2, 7> : sum_in_longest_runs<1, 7>;
  sum(s, source, m, out, add);
}

using Vectors = std::array<Reals, lanes>;

// (a₀ b₀ a₁ b₁ …), of the lower halves or of the upper
template <bool upper, std::size_t... I>
Reals interleaved(Reals a, Reals b, std::index_sequence<I...>) {
  return shuffled<((I % 2 ? lanes : 0) + (upper ? lanes / 2 : 0) + I / 2)...>(a, b);
}

/// Lane l of row i becomes lane i of row l: log₂(lanes) rounds, each of which interleaves the first half of
/// the rows with the second. Written out by I, so that all stays in registers. two_to_rounds: 2 to the
/// number of rounds that are left.
template <Index two_to_rounds = lanes, std::size_t... I>
[[gnu::always_inline]] inline Vectors transposed(const Vectors& rows, std::index_sequence<I...> all) {
  const Vectors next = {interleaved<I % 2>(rows[I / 2], rows[I / 2 + lanes / 2], all)...};
  if constexpr (two_to_rounds > 2)
    return transposed<two_to_rounds / 2>(next, all);
  else
    return next;
}

template <std::size_t... I>
[[gnu::always_inline]] inline Vectors load_rows(const real* from, Index step, std::index_sequence<I...>) {
  return {load(from + Index(I) * step)...};
}

/// put(c, p, v, n): the pixels p … p + n − 1 of plane c are v's first n lanes. `rows` (vectors of channels,
/// size, lanes) has a row of channels for each pixel. Reads up to lanes − 1 rows past its end, so there must
/// be memory, and does not use them.
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

/// The other way: `rows` (vectors of channels, size, lanes) ← planes, with 0 for channels that are not there.
/// Writes up to lanes − 1 rows past its end.
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
