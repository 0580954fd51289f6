// Local response normalization adds nothing beside BN.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/small_cnn.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> norms = {"none", "batch"};

std::string arm(const std::string& norm, bool lrn) { return "norm=" + norm + (lrn ? ", lrn" : ", no lrn"); }

std::vector<Exhibit> show(const Results& results) {
  Table t({"", "no LRN", "LRN", "difference"});
  for (const std::string& norm : norms) {
    const auto without = results.each(arm(norm, false), accuracy),
               with = results.each(arm(norm, true), accuracy);
    t.row({with_or_without(norm), percent(mean_interval(without)), percent(mean_interval(with)),
           points(paired_difference(with, without))});
  }
  Figure f{.x_label = "training steps", .y_label = "test error", .log_y = true, .percent_y = true};
  for (const std::string& norm : norms) {
    for (bool lrn : {false, true}) {
      f.series.push_back(error_curve(results, arm(norm, lrn), with_or_without(norm) + (lrn ? ", LRN" : ""),
                                     arm_colour(norm), lrn));
    }
  }
  return {{"table", "Test accuracy at the end, mean ± 95% interval; differences by seed.", t},
          {"error", "Test error over training, mean and 95% interval.", f}};
}

std::string seen(const Results& results) {
  auto effect = [&](const char* norm) {
    return points(
        paired_difference(results.each(arm(norm, true), accuracy), results.each(arm(norm, false), accuracy)));
  };
  return "LRN changes the final accuracy by " + effect("none") + " without BN and by " + effect("batch") +
         " with it.";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, bool lrn) {
        RunConfig c = small_cnn(norm, lrn ? ", lrn 5" : "");
        c.schedule = "cosine";
        c.steps = plan.of(1'200, 8);
        c.eval_every = std::max<Index>(1, c.steps / 4);
        return training(arm(norm, lrn), c);
      },
      norms, std::vector<bool>{false, true});
}

}  // namespace

Claim lrn_claim() {
  return {
      .name = "lrn",
      .sentence = "Beside BN, local response normalization adds nothing.",
      .source = "Ioffe & Szegedy 2015, §4.2.1",
      .paper =
          "\"Remove Local Response Normalization: … with Batch Normalization it is not necessary\"; no "
          "numbers of its own.",
      .scope = "{data}, 2 convolutions, {1,200} steps of 64; the paper: ImageNet, Inception",
      .asked =
          "A small convolutional network (conv 5×5 of 8 channels and conv 3×3 of 16, both of stride 2), "
          "{1,200} steps of 64 images with a cosine schedule from a rate of 0.1, with and without BN before "
          "each ReLU, with and without LRN over 5 channels behind it, as AlexNet has it (α 10⁻⁴, β 0.75).",
      .parts = {part(
          "final accuracy with BN, with LRN minus without", at_most(0.001, Unit::points),
          "Ten of 10,000 images: less than two seeds differ by. A gain above that would be worth a layer.",
          [](const SeedResults& seed) {
            return accuracy(seed[arm("batch", true)]) - accuracy(seed[arm("batch", false)]);
          })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "With α = 10⁻⁴ and activations of the size that BN leaves, LRN is close to doing nothing: that it "
          "adds nothing is partly its own constants'.",
  };
}

}}  // namespace norma
