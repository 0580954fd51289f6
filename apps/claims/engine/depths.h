// The largest rates of ReLU networks by depth, run once for the claims rate-by-depth and rate-sharpness.
#pragma once

#include "apps/claims/engine/rates.h"

namespace norma { inline namespace NORMA_BUILD {

inline const std::vector<Index> rate_depths = {3, 8, 16, 32};

inline std::string depth_arm(const std::string& norm, Index depth) {
  return "norm=" + norm + ", depth=" + std::to_string(depth);
}

/// largest_rate_cell of each depth, without BN and with it, of the cache key "largest-rate". Its outcome also
/// has "sharpness": that of the loss at the start, on 500 training images (apps/run/sharpness.h), NaN if it
/// has not settled.
std::vector<Cell> depth_cells(const Plan& plan, const std::vector<Index>& depths);

inline double rate_at_depth(const SeedResults& seed, const std::string& norm, Index depth) {
  return row(seed[depth_arm(norm, depth)], "rate").front();
}

}}  // namespace norma
