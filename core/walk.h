// Loops over the elements of two views at once, in the order of memory. Internal to core.
//
// A tensor (2, 3, 2) has 12 elements i. k is the kept index in the view of its statistics, here LayerNorm's
// (1, 2, 6); j that in the view of γ and β, LayerNorm's (2, 6, 1). GroupNorm's γ and β have the view
// (2, 3, 2). BatchNorm of (2, 6) has (2, 6, 1) for both: k and j count up together.
//
//     i                 0  1  2  3  4  5   6  7  8  9 10 11
//     k in (1, 2, 6)    0  0  0  0  0  0   1  1  1  1  1  1     stays along a run
//     j in (2, 6, 1)    0  1  2  3  4  5   0  1  2  3  4  5     counts up: inner = 1
//     runs              [------------->]   [------------->]
//     j in (2, 3, 2)    0  0  1  1  2  2   0  0  1  1  2  2     stays
//     runs              [->]  [->]  [->]   [->]  [->]  [->]
//
// A run is neighbours in memory along which each index either stays or counts up: the loop over it needs no
// division to find k and j, and becomes vector code. Functions passed to this file always take (i, k, j), or
// (i, k) of one view.
#pragma once

#include <algorithm>
#include <type_traits>

#include "core/kernels.h"
#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// The n elements from `at` on; k and j are those of the first.
struct Run {
  Index at, n, k, j;
  bool k_counts, j_counts;  // or stays

  /// f(i, k, j) for each element of the run; compiled once for each kind of step, so that all become vector
  /// code. Loops run on copies of f and the run: local variables, which no store of the loop can change.
  template <class F>
  void each(const F& f) const {
    auto loop = [this](const F f, auto k_step, auto j_step) {
      const Index at = this->at, n = this->n, k = this->k, j = this->j;
      for (Index l = 0; l < n; ++l) f(at + l, k + l * k_step, j + l * j_step);
    };
    constexpr std::integral_constant<Index, 0> stays;
    constexpr std::integral_constant<Index, 1> counts;
    if (k_counts) {
      j_counts ? loop(f, counts, counts) : loop(f, counts, stays);
    } else {
      j_counts ? loop(f, stays, counts) : loop(f, stays, stays);
    }
  }

  /// Σ f(i, k, j) over a run whose k stays: sixteen sums side by side, then their sum.
  template <class F>
  double sum(const F& f) const {
    auto loop = [this](const F f, auto j_step) {
      constexpr Index sums = 16;
      const Index at = this->at, n = this->n, k = this->k, j = this->j;
      double side[sums] = {}, rest = 0;
      Index l = 0;
      for (; l + sums <= n; l += sums) {
        for (Index s = 0; s < sums; ++s) side[s] += f(at + l + s, k, j + (l + s) * j_step);
      }
      for (; l < n; ++l) rest += f(at + l, k, j + l * j_step);
      for (double s : side) rest += s;
      return rest;
    };
    return j_counts ? loop(f, std::integral_constant<Index, 1>())
                    : loop(f, std::integral_constant<Index, 0>());
  }
};

/// body(run) for runs that together are the elements of the indices k in [first, last) that `v` keeps; run.j
/// is their index in `w`, a view of the same tensor.
template <class Body>
void each_run(const View& v, const View& w, Index first, Index last, const Body& body) {
  const bool same = v == w;                              // a run is not split then
  const Index length = w.inner == 1 ? w.kept : w.inner;  // w's runs begin at its multiples
  auto split = [&](Index at, Index end, Index k) {
    while (at < end) {
      const Index n = (same ? end : std::min(end, (at / length + 1) * length)) - at;
      body(Run{at, n, k, same ? k : w.index(at), v.inner == 1, w.inner == 1});
      if (v.inner == 1) k += n;
      at += n;
    }
  };
  for (Index o = 0; o < v.outer; ++o) {
    const Index row = o * v.kept;
    if (v.inner == 1) {
      split(row + first, row + last, first);
    } else {
      for (Index k = first; k < last; ++k) split((row + k) * v.inner, (row + k + 1) * v.inner, k);
    }
  }
}

/// Columns that are summed together. Compilers may round the sums of fewer differently.
constexpr Index columns_at_once = 32;

/// body(first, last) for ranges of kept indices, perhaps on several threads. An index belongs to one range,
/// and neighbours in memory are split at multiples of columns_at_once only, so what is summed over an index's
/// elements does not depend on the number of threads.
template <class Body>
void for_kept(const View& v, const Body& body) {
  const Index unit = v.inner == 1 ? columns_at_once : 1, units = (v.kept + unit - 1) / unit;
  const Index grain = elementwise_grain / std::max<Index>(v.count() * unit, 1);
  parallel_for(units, std::max<Index>(grain, 1), [=, kept = v.kept](Index first, Index last) {
    body(first * unit, std::min(last * unit, kept));
  });
}

/// A sum for each kept index: of f, into total.
template <class F>
struct Sum {
  double* total;
  F f;
};
template <class F>
Sum(double*, F) -> Sum<F>;

/// total[k] += f(i, k, k) over `rows` rows, from the element `at` on, of a matrix with `width` columns, for
/// the columns k in [first, last): the sums of a block of them stay in registers while the loop goes down
/// the rows.
template <class F>
void sum_columns(Index at, Index rows, Index width, Index first, Index last, const Sum<F>& sum) {
  auto blocks = [=, f = sum.f, total = sum.total, k = first](auto columns) mutable {  // k goes on
    for (; k + columns <= last; k += columns) {
      double side[columns];
      std::copy_n(total + k, Index{columns}, side);
      for (Index row = at; row < at + rows * width; row += width) {
        for (Index s = 0; s < columns; ++s) side[s] += f(row + k + s, k + s, k + s);
      }
      std::copy_n(side, Index{columns}, total + k);
    }
  };
  blocks(std::integral_constant<Index, columns_at_once>());
  blocks(std::integral_constant<Index, 4>());
  blocks(std::integral_constant<Index, 1>());
}

/// For each k in [first, last): total[k] ← Σ f(i, k, j) over its elements; several sums in one walk over
/// memory.
template <class... F>
void sum_by_statistic(const View& statistics, const View& affine, Index first, Index last,
                      const Sum<F>&... sums) {
  (std::fill(sums.total + first, sums.total + last, 0.0), ...);
  if (statistics == affine && statistics.inner == 1) {  // a matrix
    const Index outer = statistics.outer, kept = statistics.kept;
    constexpr Index rows = 8;  // more would crowd each other out of the cache if the width is a power of two
    for (Index o = 0; o < outer; o += rows)
      (sum_columns(o * kept, std::min(rows, outer - o), kept, first, last, sums), ...);
    return;
  }
  each_run(statistics, affine, first, last, [=](const Run& run) {
    if (run.k_counts)
      run.each([=](Index i, Index k, Index j) { ((sums.total[k] += sums.f(i, k, j)), ...); });
    else
      ((sums.total[run.k] += run.sum(sums.f)), ...);
  });
}

/// For each j in [first, last): total[j] ← Σ f(i, k, j) over its elements.
template <class... F>
void sum_by_affine(const View& statistics, const View& affine, Index first, Index last,
                   const Sum<F>&... sums) {
  auto exchanged = [](const auto& f) { return [f](Index i, Index j, Index k) { return f(i, k, j); }; };
  // NOLINTNEXTLINE(readability-suspicious-call-argument): exchanged on purpose
  sum_by_statistic(affine, statistics, first, last, Sum{sums.total, exchanged(sums.f)}...);
}

/// For each k in [first, last): total[k] ← Σ f(i, k)
template <class F>
void sum_each(const View& v, Index first, Index last, double* total, const F& f) {
  sum_by_statistic(v, v, first, last, Sum{total, [f](Index i, Index k, Index) { return f(i, k); }});
}

/// Σ f(i, k) for every k
template <class F>
Scratch<double> sums(const View& v, const F& f) {
  Scratch<double> result(v.kept);
  for_kept(v, [=, total = result.data()](Index first, Index last) { sum_each(v, first, last, total, f); });
  return result;
}

/// y[i] ← f(i, k, j) for every element
template <class F>
void fill(const Tensor& y, const View& statistics, const View& affine, const F& f) {
  for_kept(statistics, [=, out = y.data()](Index first, Index last) {
    each_run(statistics, affine, first, last, [=](const Run& run) {
      run.each([=](Index i, Index k, Index j) { out[i] = static_cast<real>(f(i, k, j)); });
    });
  });
}

/// slot[i] ← beta·slot[i] + f(i, k, j) for every element
template <class F>
void accumulate(const GradSlot& slot, const View& statistics, const View& affine, const F& f) {
  for_kept(statistics, [=, out = slot.data, overwrite = slot.beta == 0](Index first, Index last) {
    each_run(statistics, affine, first, last, [=](const Run& run) {
      if (overwrite)
        run.each([=](Index i, Index k, Index j) { out[i] = static_cast<real>(f(i, k, j)); });
      else
        run.each([=](Index i, Index k, Index j) { out[i] += static_cast<real>(f(i, k, j)); });
    });
  });
}

/// The same with one view: y[i] ← f(i, k), and slot[i] ← beta·slot[i] + f(i, k).
template <class F>
void fill(const Tensor& y, const View& v, const F& f) {
  fill(y, v, v, [f](Index i, Index k, Index) { return f(i, k); });
}
template <class F>
void accumulate(const GradSlot& slot, const View& v, const F& f) {
  accumulate(slot, v, v, [f](Index i, Index k, Index) { return f(i, k); });
}

}}  // namespace norma
