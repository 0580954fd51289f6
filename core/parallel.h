// Threads. There are two ways to use several cores: the loops and matrix products of one run share them
// (set_threads, parallel_for), or whole runs go side by side, each on one thread (side_by_side). Only the
// latter helps small networks. parallel.cpp is the only file that knows OpenMP.
#pragma once

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// How many processors this process may keep busy: those it may run on, but no more than OMP_NUM_THREADS,
/// OMP_THREAD_LIMIT or a control group's CPU quota allow.
int processors();

/// How many of n threads can be obtained: fewer than n under OMP_THREAD_LIMIT, a limit on processes, or
/// inside another parallel region. OpenBLAS would wait forever for a thread that never starts.
int obtainable_threads(int n);

/// Lets loops and matrix products of the calling thread use n threads, or as many of them as are obtainable.
/// Error unless n ≥ 1.
void set_threads(int n);

/// Fewer elements than this are not worth a second thread: starting one costs about 5 µs.
constexpr Index elementwise_grain = 32768;

/// How many threads the calling thread may use: 1 unless set, and 1 within side_by_side.
int threads();

/// For blas.cpp, before each product: tells OpenMP the number of threads, which OpenBLAS takes from it.
void tell_openmp();

namespace detail {
void fork(Index n, Index grain, void (*body)(const void*, Index, Index), const void* context);
void fork_jobs(int workers, Index jobs, void (*job)(const void*, Index), const void* context);
}  // namespace detail

/// body(begin, end) on ranges that cover [0, n), each at least `grain` long, perhaps on several threads. The
/// ranges depend only on n, grain and threads(). body must not throw, and captures by value.
template <class Body>
void parallel_for(Index n, Index grain, const Body& body) {
  // What crosses into parallel.cpp is a plain function, with the body behind a pointer. It runs a copy of the
  // body: a local variable, which no store of the loop can change, so that the loop becomes vector code.
  auto call = [](const void* context, Index begin, Index end) {
    const Body own = *static_cast<const Body*>(context);
    own(begin, end);
  };
  if (n <= grain || threads() == 1) return call(&body, 0, n);  // most loops are too short to share
  detail::fork(n, grain, call, &body);
}

/// job(i) for i = 0 … jobs − 1, in order, on `workers` threads, or as many as are obtainable, each of which
/// takes the next job when it is free. A job has one thread, even if workers = 1, so its numbers do not
/// depend on `workers`. job must not throw.
template <class Job>
void side_by_side(int workers, Index jobs, const Job& job) {
  detail::fork_jobs(
      workers, jobs, [](const void* j, Index i) { (*static_cast<const Job*>(j))(i); }, &job);
}

}}  // namespace norma
