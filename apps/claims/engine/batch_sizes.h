// The small CNN with a hidden layer, with one normalizer at one batch size and one rate, on the same number
// of images whatever the batch size: run once and looked at by three claims. `small-batch` compares batch
// sizes, `train-eval` asks by which statistics BN's networks are tested, `normalizers` puts other normalizers
// beside them.
#pragma once

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

inline const std::vector<Index> batch_sizes = {2, 4, 8, 32, 64};
inline constexpr Index small_batch = 4, usual_batch = 32;  // those that verdicts compare

/// Three rates a factor of about three apart, chosen on drawn digits. On other data the best may be the first
/// or last.
std::vector<double> rates_at(Index batch_size);

std::string batch_size_arm(const std::string& norm, Index batch_size, double lr);

/// One cell per rate (in a quick look only the middle one), of the cache key "batch-sizes". With norm "batch"
/// each outcome has, besides a training's rows, the test and training accuracies at the end by each kind of
/// statistics: the rows of statistics_row(). A run that diverged has chance in all of them.
std::vector<Cell> batch_size_cells(const Plan& plan, const std::string& norm, Index batch_size);

/// `set`: "train" or "test". `statistics`: "batch" (each batch's own, of the training's size), "moving" (the
/// running averages), "precise" (a plain mean over 2,000 training images); and for "test" also "one" (the
/// running averages, one image at a time).
std::string statistics_row(const std::string& set, const std::string& statistics);

/// The arm at its best rate, that of the highest mean accuracy over all seeds.
std::string best_rate(const Results& results, const std::string& norm, Index batch_size);

/// Test error at the end at that rate.
double best_error(const SeedResults& seed, const std::string& norm, Index batch_size);

}}  // namespace norma
