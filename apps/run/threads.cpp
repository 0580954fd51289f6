#include "apps/run/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>

#include "apps/run/agreement.h"
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

int own_processors() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  std::string place = host;  // with the processors that mpirun has bound this process to
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) == 0)
    for (int p = 0; p < CPU_SETSIZE; ++p)
      if (CPU_ISSET(p, &mine)) place += " " + std::to_string(p);
  const std::vector<std::string> places = exchange(place);
  return std::max(1, processors() / int(std::ranges::count(places, place)));
}

}}  // namespace norma
