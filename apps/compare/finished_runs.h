// Runs that were made before, as a comparison: nothing is trained.
#pragma once

#include "apps/compare/comparison.h"

namespace norma { inline namespace NORMA_BUILD {

struct FinishedRuns {
  Comparison comparison;                       // without arms if runs are refused
  std::vector<std::filesystem::path> folders;  // of the runs that were found, also of those left out
  // A line each, which names the run: those that are not finished, or the same as another; those that cannot
  // be compared with the first, or cannot be read.
  std::vector<std::string> left_out, refused;
};

/// Compares the finished runs in `folders` and below. Runs that are equal except for the seed are one arm;
/// the factors are the options that differ, except those that only follow from others, as the activation does
/// from the model. Arms are in the order in which their values come in `folders`, and within a folder
/// numbers by size and "none" first. Error if a folder has no run, or if no option differs.
FinishedRuns compare_finished(const std::vector<std::string>& folders);

}}  // namespace norma
