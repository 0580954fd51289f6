// Runs the grids of claims, many cells at a time, one thread each, and keeps every outcome as a file, so that a run
// that was interrupted, however that happened, goes on with what is missing.
#pragma once

#include <filesystem>

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

/// Where a grid's work stands.
struct ClaimProgress {
  std::string claim;  // of the cell that ended last
  Index done, all;    // cells × seeds
  Index kept;         // of those done: taken from an earlier run
  double share;       // of the work, 0 to 1, by the cells' own guesses of their time
};

struct RunnerOptions {
  Plan plan;
  int workers = 1;
  std::filesystem::path folder;  // outcomes go to folder/outcomes; "": they are not kept
  /// Take outcomes of another build of the program too; those of other data, settings or amounts of work never are.
  bool any_build = false;
  bool fresh = false;  // take none
  std::function<void(const ClaimProgress&)> progress = {};
};

/// The outcomes of every claim's grid, in the order of `claims`. Numbers do not depend on `workers`, nor on how often
/// it was interrupted. Error: the first that a cell met, after those under way have ended.
std::vector<Results> run_claims(const std::vector<Claim>& claims, const DataPair& data,
                                const RunnerOptions& options);

}}  // namespace norma
