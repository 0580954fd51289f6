// Runs the grids of claims as one.
#pragma once

#include "apps/claims/engine/claim.h"
#include "apps/grid/grid.h"

namespace norma { inline namespace NORMA_BUILD {

struct RunnerOptions {
  Plan plan;
  int workers = 1;
  std::filesystem::path folder;  // outcomes go to folder/outcomes; "": they are not kept
  /// Take outcomes of another build of the program too; those of other data, settings or amounts of work
  /// never are.
  bool any_build = false;
  bool fresh = false;  // take none
  /// Of the runs that judge; those that rates are chosen by are run by each.
  Share share = {};
  std::function<void(const GridProgress&)> progress = {};
};

/// The outcomes of every claim's grid, in the order of `claims`: first of the runs that rates are chosen by,
/// then look by look (Plan::looks), until each part of a claim is decided or the looks are at their end.
/// Numbers do not depend on `workers`, nor on how often it was interrupted. A cell that threw is one of
/// Results::failures, and ends its claim. Of a share that is not the whole the outcomes are kept, but are
/// missing in what is returned.
std::vector<Results> run_claims(const std::vector<Claim>& claims, const DataPair& data,
                                const RunnerOptions& options);

}}  // namespace norma
