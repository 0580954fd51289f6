// The deeper the plain network, the more BN widens the range of rates that train, until BN's own gradients
// explode.
#include <cmath>

#include "apps/claims/engine/depths.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// How much larger the largest rate is with BN.
double factor(const SeedResults& seed, Index depth) {
  return rate_at_depth(seed, "batch", depth) / rate_at_depth(seed, "none", depth);
}

std::vector<Exhibit> show(const Results& results) {
  Figure f{.x_label = "hidden layers", .y_label = "largest rate that trains", .log_x = true, .log_y = true};
  for (const std::string norm : {"none", "batch"}) {
    const auto arms = arms_of(rate_depths, [&](Index depth) { return depth_arm(norm, depth); });
    f.series.push_back(points_of(results, arms, std::vector<double>(rate_depths.begin(), rate_depths.end()),
                                 with_or_without(norm), arm_colour(norm),
                                 [](const Outcome& o) { return row(o, "rate").front(); }));
  }
  return {{"depth",
           "The largest rate that trains against the number of hidden layers; mean and 95% interval.", f}};
}

// The median over the seeds; a seed in which no rate trains counts as less than any.
std::string largest_rate(const Results& results, const std::string& norm, Index depth) {
  const double middle = median(results.each(depth_arm(norm, depth), [](const Outcome& o) {
    const double rate = row(o, "rate").front();
    return std::isnan(rate) ? 0 : rate;
  }));
  return middle > 0 ? number(middle) : "none";
}

std::string seen(const Results& results) {
  std::string words = "The largest rates without BN and with it are ";
  for (Index depth : rate_depths)
    words += (depth == rate_depths.front() ? "" : "; ") + largest_rate(results, "none", depth) + " and " +
             largest_rate(results, "batch", depth) + " at " + std::to_string(depth) + " layers";
  return words + " (medians over the seeds).";
}

}  // namespace

Claim rate_by_depth_claim() {
  return {
      .name = "rate-by-depth",
      .sentence =
          "The deeper the network, the larger the factor that BN gains in rates; but in a very deep one without "
          "skips BN's own gradients explode, and its rates shrink too.",
      .source = "Bjorck et al. 2018, §3 (arXiv 1806.02375); Yang et al. 2019 (arXiv 1902.08129)",
      .paper =
          "Bjorck et al.: ResNet-110 without BN needs a rate a thousand times smaller. Yang et al.: with BN the "
          "gradient's square grows by π/(π − 1) = 1.47 per layer of ReLUs, so that depth itself limits training.",
      .scope =
          "{data}, ReLU networks of 3 to 32 layers, {1,500} steps of 60; the papers: CIFAR-10, 110 layers with skips; "
          "theory of infinite width",
      .asked =
          "Networks of 3, 8, 16 and 32 layers of 100 ReLUs, He et al.'s weights, without BN and with it before each "
          "activation. For each, and for each seed, the largest rate is sought that trains to 80% in {1,500} steps: "
          "by factors of 4 down from 12.8, then by halving the gap on a log scale until it is less than 1.15×. Where no "
          "rate from 0.0008 on trains, the ratio is known as a bound only.",
      .parts =
          {part(
               "factor by which BN raises the largest rate, at 16 layers over 3", at_least(1.5, Unit::times),
               "Four searches of a grain of 1.15 each can be wrong by 1.3 together; half as much again is more.",
               [](const SeedResults& seed) { return factor(seed, 16) / factor(seed, 3); }),
           part(
               "largest rate with BN, at 16 layers over 32", at_least(1.3, Unit::times),
               "More than two searches of a grain of 1.15 can be wrong by.",
               [](const SeedResults& seed) {
                 const double at_16 = rate_at_depth(seed, "batch", 16),
                              at_32 = rate_at_depth(seed, "batch", 32);
                 return std::isnan(at_32) ? Measured(at_16 / least_rate, Measured::at_least)
                                          : Measured(at_16 / at_32);
               },
               "runs with BN at 32 layers")},
      .grid = [](const Plan& plan) { return depth_cells(plan, rate_depths); },
      .show = show,
      .seen = seen,
      .caveat =
          "What trains at all within these steps is asked, not what trains best. Where a net trains at a rate but not "
          "at a smaller one, the search may end at either.",
  };
}
}}  // namespace norma
