// What bounds the rate is the sharpness of the loss at the start, and BN's larger rates are those of a
// flatter one.
#include <cmath>

#include "apps/claims/engine/depths.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<Index> depths = {3, 8, 16};
const std::vector<std::string> norms = {"none", "batch"};

double sharpness_of(const Outcome& outcome) { return row(outcome, "sharpness").front(); }
// The largest rate in units of 2/λ₁.
double product(const Outcome& outcome) { return row(outcome, "rate").front() * sharpness_of(outcome) / 2; }

// How many times larger or smaller BN's gain in rates is than what it takes off the sharpness.
double mismatch(const SeedResults& seed, Index depth) {
  const double q = product(seed[depth_arm("batch", depth)]) / product(seed[depth_arm("none", depth)]);
  return std::max(q, 1 / q);
}

std::vector<Exhibit> show(const Results& results) {
  Table table({"network", "sharpness λ₁", "2/λ₁", "largest rate", "rate · λ₁/2"});
  for (Index depth : depths) {
    for (const std::string& norm : norms) {
      const std::string arm = depth_arm(norm, depth);
      auto middle = [&](const auto& f) { return number(median(results.each(arm, f))); };
      table.row({std::to_string(depth) + " layers, " + with_or_without(norm), middle(sharpness_of),
                 middle([](const Outcome& o) { return 2 / sharpness_of(o); }),
                 middle([](const Outcome& o) { return row(o, "rate").front(); }), middle(product)});
    }
  }
  return {
      {"sharpness", "Before training, and the largest rate that trains (medians over the seeds).", table}};
}

std::string range(const Results& results, const std::string& norm) {
  std::vector<double> products;
  for (Index depth : depths) {
    for (double p : results.each(depth_arm(norm, depth), product)) products.push_back(p);
  }
  return number(quantile(products, 0)) + " to " + number(quantile(products, 1));
}

std::string seen(const Results& results) {
  return "The largest rate is " + range(results, "none") + " times 2/λ₁ without BN, and " +
         range(results, "batch") + " times with it.";
}

std::vector<Part> parts() {
  std::vector<Part> all;
  for (Index depth : depths)
    all.push_back(
        part("largest rate without BN against 2/λ₁, the larger over the smaller: " + std::to_string(depth) +
                 " layers",
             at_most(2, Unit::times),
             "Theory has the largest rate between 2/λ₁ and 4/λ₁: a factor of 2 is as well as it can be told.",
             [depth](const SeedResults& seed) {
               const double q = product(seed[depth_arm("none", depth)]);
               return std::max(q, 1 / q);
             }));
  for (Index depth : depths)
    all.push_back(
        part("BN's gain in the largest rate against what it takes off λ₁, the larger over the smaller: " +
                 std::to_string(depth) + " layers",
             at_most(2, Unit::times), "As without BN.",
             [depth](const SeedResults& seed) { return mismatch(seed, depth); }));
  return all;
}

}  // namespace

Claim rate_sharpness_claim() {
  return {
      .name = "rate-sharpness",
      .sentence =
          "The largest rate of a network is 2 to 4 over the sharpness of its loss at the start, and BN's larger rates are "
          "those of a flatter start.",
      .source =
          "Cohen et al. 2021, §2 (arXiv 2103.00065); Gilmer et al. 2021 (arXiv 2110.04369); Lewkowycz et al. "
          "2020 (arXiv 2003.02218)",
      .paper =
          "Gradient descent is unstable if the rate is above 2/λ₁, and networks catapult out of sharp "
          "places up to about 4/λ₁; Gilmer et al. find that normalization, like warm-up, works by a lower "
          "sharpness at the start.",
      .scope =
          "{data}, ReLU networks of 3 to 16 layers, {1,500} steps of 60, sharpness at the start on {500} images; the "
          "papers: CIFAR-10 and ImageNet, whole batches and SGD",
      .asked =
          "The networks of `rate-by-depth`. Before the first step the sharpness λ₁ is found by power iteration on {500} "
          "training images, with BN normalized by their own statistics: the largest eigenvalue of the Gauss–Newton "
          "matrix, which is the Hessian of the loss without the curvature of the network's output. (Differences of a "
          "ReLU network's gradient give no Hessian: the gradient jumps.) If 2/λ₁ is what bounds the rate, it is near "
          "the largest rate without BN, and BN's gain in that rate equals λ₁ without BN over λ₁ with it.",
      .parts = parts(),
      .grid = [](const Plan& plan) { return depth_cells(plan, depths); },
      .show = show,
      .seen = seen,
      .caveat =
          "The sharpness changes as soon as training begins, and SGD in batches of 60 is noisy: this asks for the "
          "start alone.",
  };
}

}}  // namespace norma
