// Loops over the elements of two views at once, in the order of memory. Internal to core.
#pragma once

#include <algorithm>
#include <type_traits>

#include "core/kernels.h"
#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

/// n neighbours in memory, from element `at` on. Along them a view's kept index counts up (step 1) or stays (0).
struct Run {
  Index at, n;
  Index k, j;  // the kept indices that the first element has in the two views
  bool k_steps, j_steps;

  /// f(i, k, j) for each element i of the run; made once for each kind of step, so that all become vector code.
  template <class F>
  void each(const F& f) const {
    auto loop = [this](const F f, auto k_step, auto j_step) {
      const Index at = this->at, n = this->n, k = this->k, j = this->j;
      for (Index i = 0; i < n; ++i) f(at + i, k + i * k_step, j + i * j_step);
    };
    constexpr std::integral_constant<Index, 0> stays;
    constexpr std::integral_constant<Index, 1> counts;
    if (k_steps) {
      j_steps ? loop(f, counts, counts) : loop(f, counts, stays);
    } else {
      j_steps ? loop(f, stays, counts) : loop(f, stays, stays);
    }
  }

  /// Σ f(i, k, j) over a run whose k stays: sixteen sums side by side, then their sum.
  template <class F>
  double sum(const F& f) const {
    auto loop = [this](const F f, auto j_step) {
      constexpr Index sums = 16;
      const Index at = this->at, n = this->n, k = this->k, j = this->j;
      double side[sums] = {}, rest = 0;
      Index i = 0;
      for (; i + sums <= n; i += sums) {
        for (Index l = 0; l < sums; ++l) side[l] += f(at + i + l, k, j + (i + l) * j_step);
      }
      for (; i < n; ++i) rest += f(at + i, k, j + i * j_step);
      for (double s : side) rest += s;
      return rest;
    };
    return j_steps ? loop(f, std::integral_constant<Index, 1>())
                   : loop(f, std::integral_constant<Index, 0>());
  }
};

/// body(run) for runs that together are the elements of the indices k in [first, last) that `v` keeps; run.j is
/// their index in `w`, a view of the same tensor.
template <class Body>
void each_run(const View& v, const View& w, Index first, Index last, const Body& body) {
  const Index length = w.inner == 1 ? w.kept : w.inner;  // w's runs begin at its multiples
  auto split = [&](Index at, Index end, Index k) {
    while (at < end) {
      const Index n = std::min(end, (at / length + 1) * length) - at;
      body(Run{at, n, k, at / w.inner % w.kept, v.inner == 1, w.inner == 1});
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

/// body(first, last) for ranges of kept indices, perhaps on several threads. An index belongs to one range, so
/// what is summed over its elements does not depend on the number of threads.
template <class Body>
void for_kept(const View& v, const Body& body) {
  const Index least = v.inner == 1 ? 16 : 1;  // neighbours in memory stay together
  parallel_for(v.kept, std::max(least, elementwise_grain / std::max<Index>(v.count(), 1)), body);
}

/// For every kept index k in [first, last) of v: total[k] ← Σ f(i, k, j).
template <class F>
void sum_runs(const View& v, const View& w, Index first, Index last, double* total, const F& f) {
  std::fill(total + first, total + last, 0.0);
  each_run(v, w, first, last, [=](const Run& run) {
    if (run.k_steps)
      run.each([=](Index i, Index k, Index j) { total[k] += f(i, k, j); });
    else
      total[run.k] += run.sum(f);
  });
}

/// Two such sums in one walk over memory.
template <class F, class G>
void sum_runs(const View& v, const View& w, Index first, Index last, double* total, const F& f, double* other,
              const G& g) {
  std::fill(total + first, total + last, 0.0);
  std::fill(other + first, other + last, 0.0);
  each_run(v, w, first, last, [=](const Run& run) {
    if (run.k_steps) {
      run.each([=](Index i, Index k, Index j) {
        total[k] += f(i, k, j);
        other[k] += g(i, k, j);
      });
    } else {
      total[run.k] += run.sum(f);
      other[run.k] += run.sum(g);
    }
  });
}

}}  // namespace norma
