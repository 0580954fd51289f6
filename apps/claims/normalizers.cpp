// BN and its relatives side by side.
#include <algorithm>

#include "apps/claims/engine/batch_sizes.h"
#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> norms = {"batch", "batch-renorm", "layer",  "group:4",          "instance",
                                        "l1",    "linf",         "weight", "weight+mean-only", "spectral",
                                        "lrn",   "none"};

double mean_error(const Results& results, const std::string& norm) {
  return 1 - mean_accuracy(results, best_rate(results, norm, usual_batch)).mean;
}

// The normalizer, other than BN, of the lowest mean error over all seeds.
const std::string& best_other(const Results& results) {
  const std::string* best = nullptr;
  for (const std::string& norm : norms) {
    if (norm == "batch" || norm == "none") continue;
    if (!best || mean_error(results, norm) < mean_error(results, *best)) best = &norm;
  }
  return *best;
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"normalizer", "test accuracy", "against BN", "rate"});
  std::vector<std::string> order = norms;
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return mean_error(results, a) < mean_error(results, b);
  });
  const auto batch = results.each(best_rate(results, "batch", usual_batch), accuracy);
  for (const std::string& norm : order) {
    const std::string arm = best_rate(results, norm, usual_batch);
    const auto own = results.each(arm, accuracy);
    t.row({norm, percent(mean_interval(own)), norm == "batch" ? "" : points(paired_difference(own, batch)),
           last_value(arm)});
  }
  Figure f{
      .x_label = "learning rate", .y_label = "test error", .log_x = true, .log_y = true, .percent_y = true};
  std::vector<double> rates = rates_at(usual_batch);
  std::erase_if(rates, [&](double lr) { return !results.has(batch_size_arm("batch", usual_batch, lr)); });
  for (const std::string norm : {"none", "batch", "batch-renorm", "layer", "group:4", "instance", "weight"}) {
    const auto arms = arms_of(rates, [&](double lr) { return batch_size_arm(norm, usual_batch, lr); });
    f.series.push_back(points_of(results, arms, rates, arm_words(norm), arm_colour(norm),
                                 [](const Outcome& o) { return 1 - accuracy(o); }));
  }
  return {
      {"table",
       "Test accuracy at the end at the best of three rates, mean ± 95% interval; differences by seed.", t},
      {"rates",
       "Test error at the end against the rate, for those with their own colour; mean and 95% interval.", f}};
}

std::string seen(const Results& results) {
  const std::string& other = best_other(results);
  return "BN ends at an error of " + percent(mean_error(results, "batch")) + ", the best of the others, " +
         other + ", at " + percent(mean_error(results, other)) + ", the network without a normalizer at " +
         percent(mean_error(results, "none")) + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid([&](const std::string& norm) { return batch_size_cells(plan, norm, usual_batch); }, norms);
}

}  // namespace

Claim normalizers_claim() {
  return {
      .name = "normalizers",
      .sentence =
          "In batches of the usual size no other normalizer does better than BN, and a network without any "
          "does worse.",
      .source = "Wu & He 2018, §4.1, Table 1; Ioffe & Szegedy 2015, §4.2.2",
      .paper =
          "ImageNet error in batches of 32: BN 23.6%, GN 24.1%, LN 25.3%, IN 28.4%. Inception, 27.8% without "
          "BN, had 25.2% with it.",
      .scope =
          "14,400 images of {data}, once, 2 convolutions and a hidden layer, batches of 32; the papers: ImageNet, ResNet-50, Inception",
      .asked =
          "The network of `small-batch` in batches of 32, 450 steps, with each of Norma's normalizers and "
          "with none, each at its best of three rates: one budget for all. BN is held against the best of "
          "the ten others, chosen by the means of these very runs, which favours the others.",
      .parts =
          {part("test error with BN, minus that with the best other normalizer", at_most(0.002, Unit::points),
                "\"Not better\" to 0.2 points, which are 20 of 10,000 images and about what two seeds of one "
                "arm differ by: the best of ten is better by chance alone.",
                [](const SeedResults& seed) {
                  return best_error(seed, "batch", usual_batch) -
                         best_error(seed, best_other(seed.all), usual_batch);
                }),
           part("test error without a normalizer, minus that with BN", at_least(0.002, Unit::points),
                "As above; less would not be seen from one seed to the next.",
                [](const SeedResults& seed) {
                  return best_error(seed, "none", usual_batch) - best_error(seed, "batch", usual_batch);
                })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "450 steps measure how fast a network learns as much as where it ends. Instance normalization and "
          "LRN are made for images and leave the fully connected layer without a normalizer.",
  };
}

}}  // namespace norma
