// In place of core/parallel.cpp: an engine in a browser has one thread. A page that wants several cores runs
// an engine on each.
#include "core/parallel.h"

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

int processors() { return 1; }
int obtainable_threads(int) { return 1; }
void set_threads(int n) { check(n >= 1, "set_threads: expected at least 1 thread, got ", n); }
int threads() { return 1; }
void tell_openmp() {}

namespace detail {

void fork(Index n, Index, void (*body)(const void*, Index, Index), const void* context) {
  body(context, 0, n);
}

void fork_jobs(int, Index jobs, void (*job)(const void*, Index), const void* context) {
  for (Index i = 0; i < jobs; ++i) job(context, i);
}

}  // namespace detail
}}  // namespace norma
