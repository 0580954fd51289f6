// The 2015 paper's MNIST network with and without BN, run once and looked at by two claims: `convergence`
// reads its accuracies, `activations` the inputs of its last sigmoids.
#pragma once

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

/// The arms "norm=none" and "norm=batch", of the cache key "paper-network". Besides a training's rows each
/// outcome has "moment" (steps) and, for the first watched_units units of the last hidden layer, "u3 p15",
/// "u3 p50" and "u3 p85": percentiles of the sigmoid's input over 500 test images, normalized by their own
/// statistics as in training.
std::vector<Cell> paper_network_cells(const Plan& plan);

inline constexpr int watched_units = 10;
inline std::string paper_arm(const std::string& norm) { return "norm=" + norm; }
std::string percentile_row(int unit, int percentile);

}}  // namespace norma
