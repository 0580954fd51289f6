#include "apps/run/threads.h"

#include <atomic>
#include <iostream>

#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {

int available_threads(Index n) {
  const int came = obtainable_threads(static_cast<int>(n));
  static std::atomic<bool> said = false;
  if (came < n && !said.exchange(true))
    std::cerr << "warning: expected " << n << " threads, got " << came
              << " (limited by OMP_THREAD_LIMIT, or by processes or memory); continues with " << came
              << std::endl;
  return came;
}

}}  // namespace norma
