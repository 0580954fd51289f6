// Who computes statistics together. A batch may be split into parts, each with a copy of the network, on
// threads of one process or in several processes (apps/run/parts.h); a normalization then asks its group for
// what the others have summed.
#pragma once

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// One part's place in a group of them.
class Group {
 public:
  virtual ~Group() = default;
  /// Parts in the group, and the number of this one, from 0.
  virtual Index size() const = 0;
  virtual Index index() const = 0;
  /// all ← the n numbers of every part, in the order of parts: n·size(). Every part calls it, in the same
  /// order of calls, and it returns once all have. Error if another part has failed.
  virtual void gather(const double* mine, Index n, double* all) = 0;
};

/// values[i] ← their sum over the parts of the group, added in their order: the same bits in each.
void sum_over(Group& group, double* values, Index n);

}}  // namespace norma
