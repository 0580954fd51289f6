// The few loops over memory that several operations share. Internal to core.
#pragma once

#include "core/parallel.h"
#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// y[i] ← f(i) for all i
template <class F>
void fill(const Tensor& y, const F& f) {
  real* out = y.data();
  parallel_for(y.size(), elementwise_grain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) out[i] = static_cast<real>(f(i));
  });
}

/// slot[i] ← beta·slot[i] + f(i) for all i
template <class F>
void accumulate(const GradSlot& slot, const F& f) {
  real* out = slot.data;
  const bool overwrite = slot.beta == 0;
  parallel_for(slot.size, elementwise_grain, [=](Index begin, Index end) {
    if (overwrite) {
      for (Index i = begin; i < end; ++i) out[i] = static_cast<real>(f(i));
    } else {
      for (Index i = begin; i < end; ++i) out[i] += static_cast<real>(f(i));
    }
  });
}

/// slot[i] ← beta·slot[i] for i in [first, last), before a loop that adds to them in its own order.
inline void begin_sum(const GradSlot& slot, Index first, Index last) {
  if (slot.beta == 0) std::fill(slot.data + first, slot.data + last, real(0));
}

/// parallel_for with one range per thread and work space for it: body(begin, end, space), `size` reals.
template <class Body>
void parallel_with_space(Index n, Index grain, Index size, const Body& body) {
  const Index workers = std::clamp<Index>(n / grain, 1, threads());
  const Scratch<real> space(workers * size);  // for all threads at once: allocation may throw
  parallel_for(workers, 1, [=, all = space.data()](Index first, Index last) {
    for (Index w = first; w < last; ++w) body(n * w / workers, n * (w + 1) / workers, all + w * size);
  });
}

}}  // namespace norma
