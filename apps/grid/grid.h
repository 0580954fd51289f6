// A grid of runs, under `norma compare` and `norma reproduce`: jobs run side by side, one thread each, so
// that the numbers do not depend on how many run at a time. Every outcome is kept, so that a grid that was
// interrupted, however that happened, continues with what is missing.
#pragma once

#include <functional>

#include "apps/grid/store.h"

namespace norma { inline namespace NORMA_BUILD {

/// One arm of a grid with one seed.
struct Job {
  std::string name;      // "norm=batch, seed 3"
  std::string file;      // of its outcome in the store
  std::string settings;  // all that the outcome depends on, besides the data and the program
  double work;           // about how much it is to do, in a unit that all jobs share
  /// Does it; `advance` may be told the share of the work that is done.
  std::function<Outcome(const std::function<void(double share)>& advance)> run;
  /// Whether what it left besides its outcome is still there; empty: it leaves nothing.
  std::function<bool()> intact = {};
  std::string topic = {};  // what it is part of: "convergence"

  Outcome outcome = {};
  std::string failure = {};  // why there is none, in a line; ""
  bool elsewhere = false;    // it belongs to another share: there is no outcome
};

/// What one of several processes does of a grid: every of-th job, from `index` on.
struct Share {
  Index index = 0, of = 1;
  bool whole() const { return of == 1; }
};

/// "2/3" → the second of three. Error that says what is expected.
Share parse_share(const std::string& text);

/// Where a grid's work stands.
struct GridProgress {
  Index done, all;         // jobs that have ended, also by failing
  Index kept;              // of those: taken from the store
  double share;            // of the work that was not in the store, 0 to 1
  double work;             // of it, done, in the unit of Job::work
  std::string topic = {};  // of the job that reported last
  bool begins = false;     // no job has run yet
};

struct GridOptions {
  int workers = 1;
  bool fresh = false;  // take nothing from the store
  Share share = {};
  std::function<void(const GridProgress&)> progress =
      {};  // called from one thread at a time; first before any job runs
};

/// Gives every job of the share its outcome: from the store, else by running it, in their order, `workers` at
/// a time. A job that throws fails, and the others go on. Of several processes that share the store each
/// takes the next job when it is free, and comes to know all outcomes and failures.
void run_grid(std::vector<Job>& jobs, const Store& store, const GridOptions& options);

}}  // namespace norma
