// At small batches much of BN's damage is done between training and testing, by the statistics.
#include "apps/claims/engine/batch_sizes.h"
#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> kinds = {"batch", "moving", "precise"};

double by(const SeedResults& seed, const std::string& set, const std::string& statistics, Index batch_size) {
  return last(seed[best_rate(seed.all, "batch", batch_size)], statistics_row(set, statistics));
}

std::vector<double> each(const Results& results, const std::string& set, const std::string& statistics,
                         Index batch_size) {
  return results.each(best_rate(results, "batch", batch_size),
                      [&](const Outcome& o) { return last(o, statistics_row(set, statistics)); });
}

// What small batches lose against usual ones, both tested as networks are: by moving averages.
double damage(const SeedResults& seed) {
  return by(seed, "test", "moving", usual_batch) - by(seed, "test", "moving", small_batch);
}

// How much of it the other statistics give back to the same weights: the kind that does better on average.
double mended(const SeedResults& seed) {
  auto mean = [&](const char* kind) { return mean_interval(each(seed.all, "test", kind, small_batch)).mean; };
  const char* better = mean("precise") > mean("batch") ? "precise" : "batch";
  return by(seed, "test", better, small_batch) - by(seed, "test", "moving", small_batch);
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"batch", "statistics", "training images", "test images"});
  for (Index size : batch_sizes) {
    for (const std::string& kind : kinds) {
      t.row({kind == kinds.front() ? std::to_string(size) : "", kind,
             percent(mean_interval(each(results, "train", kind, size))),
             percent(mean_interval(each(results, "test", kind, size)))});
    }
    t.row(
        {"", "moving, one image at a time", "", percent(mean_interval(each(results, "test", "one", size)))});
  }
  Figure f{
      .x_label = "images in a batch", .y_label = "error", .log_x = true, .log_y = true, .percent_y = true};
  for (const std::string set : {"test", "train"}) {
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const auto arms = arms_of(batch_sizes, [&](Index size) { return best_rate(results, "batch", size); });
      Series s = points_of(results, arms, std::vector<double>(batch_sizes.begin(), batch_sizes.end()),
                           set + ", " + kinds[k], static_cast<int>(k) + 1,
                           [&](const Outcome& o) { return 1 - last(o, statistics_row(set, kinds[k])); });
      if (set == "train") {  // six bands would hide each other
        s.low = s.high = {};
        s.runs = {};
        s.dashed = true;
      }
      f.series.push_back(s);
    }
  }
  return {
      {"error",
       "Error of BN's networks by three kinds of statistics, against the batch size in training; mean and "
       "95% interval over the seeds, of the training images (dashed) the mean alone.",
       f},
      {"table", "Accuracy, mean ± 95% interval.", t}};
}

std::string seen(const Results& results) {
  auto error = [&](const char* kind, Index size) {
    return percent(1 - mean_interval(each(results, "test", kind, size)).mean);
  };
  return "Trained in batches of 4 the test error is " + error("moving", small_batch) +
         " by the moving averages, " + error("precise", small_batch) + " by precise statistics and " +
         error("batch", small_batch) + " by those of test batches of 4; trained in batches of 32 it is " +
         error("moving", usual_batch) + ", " + error("precise", usual_batch) + " and " +
         error("batch", usual_batch) + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid([&](Index size) { return batch_size_cells(plan, "batch", size); }, batch_sizes);
}

}  // namespace

Claim train_eval_claim() {
  return {
      .name = "train-eval",
      .sentence =
          "In small batches much of what BN loses is lost between training and testing, by the statistics; "
          "and by running statistics one image at a time is enough at inference.",
      .source = "Wu & Johnson 2021, §3 and §4; Ioffe & Szegedy 2015, §3.1",
      .paper =
          "Networks trained in batches of 2 do much better when they are tested by statistics that agree "
          "with their training. BN at inference is a fixed linear function of each image.",
      .scope =
          "14,400 images of {data}, once, 2 convolutions and a hidden layer, batches of 2 to 64; the paper: ImageNet, ResNet-50",
      .asked =
          "BN's networks of `small-batch`, each at the rate that serves it best when tested as usual. At the "
          "end 2,000 images of the training set and 2,000 of the test set are classified by each batch's own "
          "statistics (in batches of the training's size), by the moving averages (a tenth for the newest "
          "batch) and by precise statistics (a plain mean over 2,000 training images). The damage is what is "
          "lost from batches of 32 to batches of 4, tested by moving averages; batches of 2 are shown but "
          "not judged, for there a fully connected unit keeps only the sign of a difference, and the "
          "training itself has little to go by. What another kind of statistics gives back to the same "
          "weights was not lost by the weights: that part of the damage is inconsistency.",
      .parts =
          {part(
               "accuracy that the better other statistics give back in batches of 4, minus half of the damage",
               at_least(0, Unit::points),
               "\"Much of\" the damage is half of it at least. As a difference, for a share of a small "
               "damage would be noise.",
               [](const SeedResults& seed) { return mended(seed) - damage(seed) / 2; }),
           part("damage: test accuracy by moving averages, batches of 32 less batches of 4",
                at_least(0.002, Unit::points),
                "Without damage there is nothing to be much of; 0.2 points are what two seeds of one arm "
                "differ by.",
                damage),
           part("test accuracy in batches of 32, one image at a time by moving averages less each batch by "
                "its own",
                at_least(-0.002, Unit::points),
                "\"Is enough\": nothing is lost but what two seeds differ by, 0.2 points.",
                [](const SeedResults& seed) {
                  return by(seed, "test", "one", usual_batch) - by(seed, "test", "batch", usual_batch);
                })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Only what other statistics give back at the test is asked. The paper's stronger remedy, to train "
          "on with the statistics frozen, changes the weights and is not tried. Where batches of four do "
          "better by running statistics than by their own, the noise of small batches harms as it does in "
          "training, and the weights have been trained with it.",
  };
}

}}  // namespace norma
