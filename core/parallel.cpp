#include "core/parallel.h"

#include <omp.h>

#include <algorithm>

#include "core/blas.h"

namespace norma::inline NORMA_BUILD {
namespace {
thread_local int my_threads = 1;
}

int processors() { return omp_get_num_procs(); }

int threads() { return my_threads; }

void set_threads(int n) {
  my_threads = n;
  omp_set_num_threads(n);
  set_blas_threads(n);
}

namespace detail {

void fork(Index n, Index grain, void (*body)(const void*, Index, Index), const void* context) {
  Index parts = std::min<Index>(my_threads, (n + grain - 1) / grain);
#pragma omp parallel for num_threads(static_cast <int>(parts)) schedule(static, 1)
  for (Index p = 0; p < parts; ++p) body(context, n * p / parts, n * (p + 1) / parts);
}

void fork_jobs(int workers, Index jobs, void (*job)(const void*, Index), const void* context) {
  int before = my_threads;
  set_threads(1);
#pragma omp parallel for num_threads(workers) schedule(dynamic, 1)
  for (Index i = 0; i < jobs; ++i) job(context, i);
  set_threads(before);
}

}  // namespace detail
}  // namespace norma::inline NORMA_BUILD
