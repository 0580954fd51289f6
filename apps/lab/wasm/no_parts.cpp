// In place of apps/run/parts.cpp: a page's batch is in one piece, as it has no threads for parts that share
// statistics.
#include "apps/run/parts.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct Parts::Contents {};
struct Parts::Here {};

Parts::Parts(const RunPlan& plan, Sequential&, Processes* processes)
    : plan_(plan), processes_(processes), ranks_(1), here_(1), first_(0) {
  fail("--accumulate: expected 1 in a browser, got ", plan.parts);
}
Parts::~Parts() = default;
double Parts::backward(const Batch&, bool) { return 0; }

}}  // namespace norma
