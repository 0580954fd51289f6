#include "core/parallel.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/cpu_quota.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {
thread_local int my_threads = 1;
const int told_by_user = omp_get_max_threads();  // OMP_NUM_THREADS, before anybody sets another number
}  // namespace

int processors() {
  static const int all = std::min({omp_get_num_procs(), told_by_user, omp_get_thread_limit()});
  static const double quota = std::ceil(cpu_quota());
  return quota < all ? static_cast<int>(quota) : all;
}

int obtainable_threads(int n) {
  if (n <= 1) return 1;
  // The size of a team must not depend on how busy the machine is, nor be 1 because of a setting for nested
  // regions.
  omp_set_dynamic(0);
  if (omp_get_max_active_levels() < 1) omp_set_max_active_levels(1);
  // OpenMP ends the program if a thread cannot be started, so that is tried first.
  std::vector<std::thread> tried;
  std::mutex gate;
  try {
    std::lock_guard closed(gate);  // so that none ends before the last has begun
    while (static_cast<int>(tried.size()) < std::min(n, omp_get_thread_limit()) - 1)
      tried.emplace_back([&gate] { std::lock_guard pass(gate); });
  } catch (const std::system_error&) {  // no more than these
  }
  const int startable = static_cast<int>(tried.size()) + 1;
  for (std::thread& thread : tried) thread.join();
  if (startable < n)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the system still counts them
  int came = 1;
#pragma omp parallel num_threads(startable)
#pragma omp single
  came = omp_get_num_threads();
  return came;
}

int threads() { return my_threads; }

void set_threads(int n) {
  check(n >= 1, "set_threads: expected at least 1 thread, got ", n);
  my_threads = obtainable_threads(n);
}

void tell_openmp() {
  // A parallel region restores OpenMP's number when it ends, so it is checked each time.
  if (omp_get_max_threads() != my_threads) omp_set_num_threads(my_threads);
}

namespace detail {

void fork(Index n, Index grain, void (*body)(const void*, Index, Index), const void* context) {
  const Index parts = std::clamp<Index>(n / grain, 1, my_threads);
  // A team of the same size each time: OpenMP keeps it for the next loop instead of allocating another.
#pragma omp parallel for num_threads(my_threads) schedule(static, 1)
  for (Index p = 0; p < parts; ++p) body(context, n * p / parts, n * (p + 1) / parts);
}

void fork_jobs(int workers, Index jobs, void (*job)(const void*, Index), const void* context) {
  const int before = my_threads;
  workers = obtainable_threads(workers);
#pragma omp parallel for num_threads(workers) schedule(dynamic, 1)
  for (Index i = 0; i < jobs; ++i) {
    my_threads = 1;
    job(context, i);
    my_threads = 1;
  }
  my_threads = before;
}

}  // namespace detail
}}  // namespace norma
