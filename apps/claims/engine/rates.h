// Networks for claims about learning rates, the rate that suits one best, and the largest at which one
// trains.
#pragma once

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

/// A network "trains" if it classifies this share of the test images at the end; chance is a tenth.
inline constexpr double trains = 0.8;

/// Of accuracies: that the network trains.
inline Rule rule_trains() { return at_least(trains, Unit::share); }

/// Of ranges of initial weights from which a network trains: that one is wider by a factor of ten.
inline Rule rule_wider() { return at_least(1, Unit::plain, "decades"); }

/// A plain network, without skips: its name, how it is built and how it is started. The rate, the normalizer
/// and the number of steps are left open.
struct Net {
  std::string name;  // "ReLU, 8 layers"
  RunConfig config;
};
/// `depth` hidden layers of 100 units with He et al.'s initial weights for ReLUs, PyTorch's for sigmoids.
Net plain_mlp(const std::string& activation, Index depth);
/// Six convolutions of 8 channels, the first two with stride 2.
Net plain_cnn();

/// The cells of Claim::tuning that find a net's best rate for so many steps: one per rate, of the cache key
/// "best-rate".
std::vector<Cell> best_rate_cells(const Net& net, Index steps);
/// The rate whose mean accuracy on the held-out images is highest; of equals the smaller.
double best_rate(const Results& tuned, const Net& net, Index steps);

/// Below this no rate is tried.
inline constexpr double least_rate = 12.8 / 16384;

/// A cell that looks for the largest rate at which `config` trains: by factors of 4 down from 12.8 until it
/// does (or up until it does not), then by halving the gap on a log scale until it is less than 1.15×. Its
/// outcome: "rate", the largest that was seen to train, NaN if none does from least_rate on; "tried" and
/// "accuracy".
Cell largest_rate_cell(const std::string& arm, const RunConfig& config);

}}  // namespace norma
