#include "core/parallel.h"

#include <omp.h>

#include <algorithm>

#include "core/error.h"

namespace norma::inline NORMA_BUILD {
namespace {
thread_local int my_threads = 1;
}

int processors() { return omp_get_num_procs(); }

int threads() { return my_threads; }

void set_threads(int n) {
  check(n >= 1, "set_threads: ", n, " given, at least 1 wanted");
  my_threads = n;
}

void tell_openmp() {
  // OpenMP's own number is restored where a parallel region ends, so it is asked for each time.
  if (omp_get_max_threads() != my_threads) omp_set_num_threads(my_threads);
}

namespace detail {

void fork(Index n, Index grain, void (*body)(const void*, Index, Index), const void* context) {
  const Index parts = std::clamp<Index>(n / grain, 1, my_threads);
  // A team of the same size each time: OpenMP keeps it for the
  // next loop, and would have to allocate another size.
#pragma omp parallel for num_threads(my_threads) schedule(static, 1)
  for (Index p = 0; p < parts; ++p) body(context, n * p / parts, n * (p + 1) / parts);
}

void fork_jobs(int workers, Index jobs, void (*job)(const void*, Index), const void* context) {
  const int before = my_threads;
#pragma omp parallel for num_threads(workers) schedule(dynamic, 1)
  for (Index i = 0; i < jobs; ++i) {
    my_threads = 1;
    job(context, i);
    my_threads = 1;
  }
  my_threads = before;
}

}  // namespace detail
}  // namespace norma::inline NORMA_BUILD
