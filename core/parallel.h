// Threads. parallel.cpp is the only file that knows OpenMP; the count is set once, for loops and for BLAS
// alike. Two ways to use several cores: loops inside one run share the thread count set here (parallel_for),
// or whole runs go side by side, each with one thread (side_by_side). Small networks gain by the second only.
#pragma once

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Number of processors this process may keep busy: those it may run on, no more than OMP_NUM_THREADS and
/// OMP_THREAD_LIMIT say, and than a control group's CPU quota pays for.
int processors();

/// How many of n threads the system gives: fewer than n under OMP_THREAD_LIMIT, a limit on processes, or
/// inside another parallel region. OpenBLAS would wait for ever for one that does not come.
int obtainable_threads(int n);

/// Lets loops and matrix products of the calling thread use n threads, or as many of them as are
/// obtainable: threads() tells. Error unless n ≥ 1.
void set_threads(int n);

/// Fewer elements than this are not worth a second thread: starting one costs about 5 µs.
constexpr Index elementwise_grain = 32768;

/// For blas.cpp, before each product: OpenBLAS's OpenMP build takes its number of threads from OpenMP, which
/// keeps one for each calling thread.
void tell_openmp();

/// Threads the calling thread may use; 1 unless set, and 1 within side_by_side.
int threads();

namespace detail {
void fork(Index n, Index grain, void (*body)(const void*, Index, Index), const void* context);
void fork_jobs(int workers, Index jobs, void (*job)(const void*, Index), const void* context);
}  // namespace detail

/// body(begin, end) on ranges that cover [0, n), each at least `grain` long, perhaps on several threads. The
/// ranges depend on n, grain and threads() only. body must not throw, and captures by value.
template <class Body>
void parallel_for(Index n, Index grain, const Body& body) {
  // A plain function with the body behind a pointer crosses into parallel.cpp, the only file that knows
  // OpenMP. It runs a copy: a local variable no store of the loop can change, so that the loop becomes vector
  // code.
  auto call = [](const void* context, Index begin, Index end) {
    const Body own = *static_cast<const Body*>(context);
    own(begin, end);
  };
  if (n <= grain || threads() == 1) return call(&body, 0, n);  // most loops are too short to share
  detail::fork(n, grain, call, &body);
}

/// job(i) for i = 0 … jobs − 1, in order, on `workers` threads that take the next job when they are free
/// (fewer, if fewer are obtainable). Each job has one thread, also where workers = 1, so its numbers do not
/// depend on `workers`. job must not throw.
template <class Job>
void side_by_side(int workers, Index jobs, const Job& job) {
  detail::fork_jobs(
      workers, jobs, [](const void* j, Index i) { (*static_cast<const Job*>(j))(i); }, &job);
}

}}  // namespace norma
