// BN's error grows as the batch shrinks; group normalization's does not.
#include "apps/claims/engine/batch_sizes.h"
#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> norms = {"batch", "layer", "group:4", "batch-renorm"};

std::string words(const std::string& norm) {
  return norm == "batch"     ? "batch norm"
         : norm == "layer"   ? "layer norm"
         : norm == "group:4" ? "group norm"
                             : norm;
}

// Error in small batches over that in usual ones.
double growth(const SeedResults& seed, const std::string& norm) {
  return best_error(seed, norm, small_batch) / best_error(seed, norm, usual_batch);
}

std::vector<Exhibit> show(const Results& results) {
  Figure f{.x_label = "images in a batch",
           .y_label = "test error",
           .log_x = true,
           .log_y = true,
           .percent_y = true};
  std::vector<std::string> header = {"batch"};
  for (const std::string& norm : norms) {
    const auto arms = arms_of(batch_sizes, [&](Index size) { return best_rate(results, norm, size); });
    f.series.push_back(points_of(results, arms, std::vector<double>(batch_sizes.begin(), batch_sizes.end()),
                                 arm_words(norm), arm_colour(norm),
                                 [](const Outcome& o) { return 1 - accuracy(o); }));
    header.push_back(words(norm));
  }
  Table t(header);
  for (Index size : batch_sizes) {
    std::vector<std::string> cells = {std::to_string(size)};
    for (const std::string& norm : norms) {
      const std::string arm = best_rate(results, norm, size);
      const double error = 1 - mean_accuracy(results, arm).mean;
      cells.push_back(percent(error) + " at " + last_value(arm));
    }
    t.row(cells);
  }
  return {{"error",
           "Test error at the end against the batch size, each arm at its best of three rates at each size; "
           "mean and 95% interval.",
           f},
          {"table", "Mean test error, and the rate at which it was reached.", t}};
}

std::string seen(const Results& results) {
  std::string text = "From batches of 32 over 4 to 2 the error goes from ";
  for (const std::string& norm : norms) {
    auto error = [&](Index size) {
      return percent(1 - mean_accuracy(results, best_rate(results, norm, size)).mean);
    };
    text += (norm == norms.front() ? "" : ", ") + error(usual_batch) + " over " + error(small_batch) +
            " to " + error(batch_sizes.front()) + " with " + words(norm);
  }
  return text + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid([&](const std::string& norm, Index size) { return batch_size_cells(plan, norm, size); }, norms,
              batch_sizes);
}

}  // namespace

Claim small_batch_claim() {
  return {
      .name = "small-batch",
      .sentence = "BN's error grows as the batch shrinks; group normalization's does not.",
      .source = "Wu & He 2018, §4.1, Table 2",
      .paper =
          "ImageNet error in batches of 32, 16, 8, 4 and 2: BN 23.6, 23.7, 24.8, 27.3 and 34.7%; GN 24.1, "
          "24.2, 24.0, 24.2 and 24.1%.",
      .scope =
          "14,400 images of {data}, once, 2 convolutions and a hidden layer, batches of 2 to 64; the paper: ImageNet, ResNet-50",
      .asked =
          "A small convolutional network (conv 5×5 of 8 channels and conv 3×3 of 16, both of stride 2, and a "
          "fully connected layer of 64 units, a normalizer behind each), one pass over the same 14,400 "
          "images in batches of 2, 4, 8, 32 and 64, with a cosine schedule. At each batch size each arm "
          "speaks by its best of three rates, so no arm is blamed for a rate. Why the hidden layer: a "
          "channel of a convolution has hundreds of positions in one image, and on drawn digits BN behind "
          "the convolutions alone lost nothing in batches of 2; the layer's units have one value an image. "
          "But there a batch of 2 leaves of a unit only which of its two values is larger, which would prove "
          "the claim too easily: the verdict compares batches of 32 and of 4. The same number of images "
          "means more steps in small batches, which helps all arms there, BN too.",
      .parts =
          {part(
               "test error with BN, batches of 4 over batches of 32", at_least(1.2, Unit::times),
               "The paper has 27.3/23.6 = 1.16 in batches of 4 and 34.7/23.6 = 1.47 in batches of 2. A fifth "
               "more errors is the least that one would change a batch size for.",
               [](const SeedResults& seed) { return growth(seed, "batch"); }),
           part("test error with GN, batches of 4 over batches of 32", at_most(1.1, Unit::times),
                "The paper's is 1.00; half of what BN has to grow by would no longer be \"does not\".",
                [](const SeedResults& seed) { return growth(seed, "group:4"); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "GN gains from the steps that small batches have more of; what it would lose or keep at the same "
          "number of steps is not asked. How much BN loses depends on the layers it stands in: behind "
          "convolutions alone, on images as simple as these, next to nothing.",
  };
}

}}  // namespace norma
