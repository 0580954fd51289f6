#include "core/group.h"

#include <algorithm>

#include "core/pool.h"

namespace norma { inline namespace NORMA_BUILD {

void sum_over(Group& group, double* values, Index n) {
  Scratch<double> all(n * group.size());
  group.gather(values, n, all.data());
  std::copy_n(all.data(), n, values);
  for (Index p = 1; p < group.size(); ++p)
    for (Index i = 0; i < n; ++i) values[i] += all[p * n + i];
}

}}  // namespace norma
