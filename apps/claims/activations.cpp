// BN keeps the distribution of a sigmoid's inputs stable while the network learns.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/paper_network.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// How far a unit's percentiles travel in all, in widths of its band: Σₜ |pₜ₊₁ − pₜ| over the mean width, the
// mean of the three percentiles and of the watched units.
double travel(const Outcome& outcome) {
  double all = 0;
  for (int unit = 0; unit < watched_units; ++unit) {
    const auto &low = row(outcome, percentile_row(unit, 15)), &high = row(outcome, percentile_row(unit, 85));
    double width = 0, way = 0;
    for (std::size_t t = 0; t < low.size(); ++t) width += (high[t] - low[t]) / double(low.size());
    for (int p : {15, 50, 85}) {
      const auto& place = row(outcome, percentile_row(unit, p));
      for (std::size_t t = 1; t < place.size(); ++t) way += std::abs(place[t] - place[t - 1]) / 3;
    }
    all += way / width / watched_units;
  }
  return all;
}

// The first unit of the first seed; not a chosen one.
Figure bands(const Results& results, const std::string& norm) {
  Figure f{.title = with_or_without(norm), .x_label = "training steps", .y_label = "input of a sigmoid"};
  const Outcome& outcome = results.at(paper_arm(norm), results.seeds().front());
  for (int p : {85, 50, 15}) {
    f.series.push_back({.label = p == 50 ? "median" : std::to_string(p) + "th",
                        .x = row(outcome, "moment"),
                        .y = row(outcome, percentile_row(0, p)),
                        .colour = arm_colour(norm),
                        .dashed = p != 50});
  }
  return f;
}

std::vector<Exhibit> show(const Results& results) {
  Figure without = bands(results, "none"), with = bands(results, "batch");
  share_axes({&without, &with});
  return {
      {"none",
       "The 15th, 50th and 85th percentiles of one unit of the last hidden layer (its first, in the first "
       "seed), over 500 test images.",
       without},
      {"batch", "The same unit of the network with BN, on the same axes.", with}};
}

std::string seen(const Results& results) {
  auto way = [&](const char* norm) { return number(median(results.each(paper_arm(norm), travel))); };
  return "From the start to the end the percentiles travel " + way("none") +
         " widths of their band without BN and " + way("batch") +
         " with it (median over the seeds; mean of ten units).";
}

}  // namespace

Claim activations_claim() {
  return {
      .name = "activations",
      .sentence = "With BN the distribution of a sigmoid's inputs is more stable while the network learns.",
      .source = "Ioffe & Szegedy 2015, §4.1, Fig. 1(b, c)",
      .paper =
          "Fig. 1(b, c): the 15th, 50th and 85th percentiles of one sigmoid's input wander without BN and "
          "hardly move with it; no numbers are given.",
      .scope =
          "{data}, 3 hidden layers of sigmoids, {20,000} steps of 60; the paper: the same network, MNIST, 50,000 steps",
      .asked =
          "The runs of `convergence`. At 40 moments spread evenly over training the percentiles of the input "
          "of ten sigmoids of the last hidden layer are taken over the same 500 test images. Stability is "
          "how far they travel, measured in widths of the unit's own band (85th less 15th percentile, mean "
          "over training): a unit whose scale grows does not count as unstable for its scale alone.",
      .parts = {part("way that the percentiles travel, without BN over with BN", at_least(2, Unit::times),
                     "Twice the way is the least that the eye would call less stable in such a figure.",
                     [](const SeedResults& seed) {
                       return travel(seed[paper_arm("none")]) / travel(seed[paper_arm("batch")]);
                     })},
      .grid = paper_network_cells,
      .show = show,
      .seen = seen,
      .caveat =
          "That the inputs are more stable does not say that this is why BN helps: see `covariate-shift`.",
  };
}

}}  // namespace norma
