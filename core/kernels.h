// The few loops over memory that several operations share. Internal to core.
#pragma once

#include "core/parallel.h"
#include "core/tensor.h"

namespace norma::inline NORMA_BUILD {

/// Fewer elements than this are not worth a second thread: starting one costs about 5 µs.
constexpr Index elementwise_grain = 32768;

/// y[i] ← f(i) for all i
template <class F>
void fill(const Tensor& y, const F& f) {
  real* out = y.data();
  parallel_for(y.size(), elementwise_grain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) out[i] = f(i);
  });
}

/// slot[i] ← beta·slot[i] + f(i) for all i
template <class F>
void accumulate(const GradSlot& slot, const F& f) {
  real* out = slot.data;
  const bool overwrite = slot.beta == 0;
  parallel_for(slot.size, elementwise_grain, [=](Index begin, Index end) {
    if (overwrite) {
      for (Index i = begin; i < end; ++i) out[i] = f(i);
    } else {
      for (Index i = begin; i < end; ++i) out[i] += f(i);
    }
  });
}

}  // namespace norma::inline NORMA_BUILD
