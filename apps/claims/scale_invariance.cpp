// BN(Wu) = BN((aW)u), and the gradient of larger weights is smaller: the identities, and runs from scaled
// weights.
#include "apps/claims/engine/claim.h"
#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> factors = {0.01, 0.1, 10, 100}, init_scales = {0.1, 1, 10};
const std::vector<std::string> norms = {"none", "batch"};

// y = BN(W u), with its gradients when dL/dy = r.
struct Pass {
  Tensor y, du, dW;
};

Pass pass(const Tensor& weights, double factor, const Tensor& inputs, const Tensor& r) {
  Linear layer(weights.dim(1), weights.dim(0), /*bias=*/false);
  layer.weight.copy_from(scale(weights, factor));
  BatchNorm1d norm(weights.dim(0), {.eps = 1e-12});  // the identities are exact as ε → 0
  Tensor u = inputs.clone();
  u.set_requires_grad(true);
  const Tensor y = norm(layer(u));
  y.backward(r);
  return {y.detach(), u.grad().clone(), layer.weight.grad().clone()};
}

// ‖a·factor − b‖/‖b‖
double relative_difference(const Tensor& a, const Tensor& b, double factor = 1) {
  double difference = 0, length = 0;
  for (Index i = 0; i < b.size(); ++i) {
    difference += (a[i] * factor - b[i]) * (a[i] * factor - b[i]);
    length += b[i] * b[i];
  }
  return std::sqrt(difference / length);
}

// The rows "y", "du" and "dW": relative differences of the two sides of the three identities, one a factor.
Outcome identities(const ClaimData&, std::uint64_t seed) {
  Rng rng(seed);
  auto random = [&](const Shape& shape) {
    Tensor t(shape);
    for (real& v : t.values()) v = static_cast<real>(rng.normal());
    return t;
  };
  const Tensor W = random({10, 20}), u = random({64, 20}), r = random({64, 10});
  const Pass one = pass(W, 1, u, r);
  Outcome out;
  for (double a : factors) {
    const Pass scaled = pass(W, a, u, r);
    out["y"].push_back(relative_difference(scaled.y, one.y));        // BN((aW)u) = BN(Wu)
    out["du"].push_back(relative_difference(scaled.du, one.du));     // ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u
    out["dW"].push_back(relative_difference(scaled.dW, one.dW, a));  // ∂BN((aW)u)/∂(aW) = 1/a ∂BN(Wu)/∂W
  }
  return out;
}

std::string arm(const std::string& norm, double init_scale) {
  return "norm=" + norm + ", init-scale=" + number_text(init_scale);
}

// Largest less smallest accuracy over the scales.
double span(const SeedResults& seed, const std::string& norm) {
  double low = 1, high = 0;
  for (double a : init_scales) {
    low = std::min(low, accuracy(seed[arm(norm, a)]));
    high = std::max(high, accuracy(seed[arm(norm, a)]));
  }
  return high - low;
}

double worst(const Outcome& identities) {
  double most = 0;
  for (const char* name : {"y", "du", "dW"}) most = std::max(most, quantile(row(identities, name), 1));
  return most;
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"a", "BN((aW)u) against BN(Wu)", "∂/∂u against ∂/∂u", "a · ∂/∂(aW) against ∂/∂W"});
  for (std::size_t i = 0; i < factors.size(); ++i) {
    std::vector<std::string> cells = {number(factors[i])};
    for (const char* name : {"y", "du", "dW"})
      cells.push_back(number(
          quantile(results.each("identities", [&](const Outcome& o) { return row(o, name).at(i); }), 1)));
    t.row(cells);
  }
  Figure f = accuracy_figure("factor on the initial weights");
  for (const std::string& norm : norms) {
    const auto arms = arms_of(init_scales, [&](double a) { return arm(norm, a); });
    f.series.push_back(
        points_of(results, arms, init_scales, with_or_without(norm), arm_colour(norm), accuracy));
  }
  return {
      {"identities",
       "Relative differences (‖difference‖/‖right side‖) of the two sides of §3.3's identities, the largest "
       "over the seeds. float has seven digits.",
       t},
      {"scales", "Test accuracy at the end against the factor on all initial weights; mean and 95% interval.",
       f}};
}

std::string seen(const Results& results) {
  auto of = [&](const char* norm) {
    return number(100 * median(results.each([&](const SeedResults& seed) { return span(seed, norm); })));
  };
  return "The identities hold to " + number(quantile(results.each("identities", worst), 1)) +
         ". From weights a tenth to ten times PyTorch's the final accuracy spans " + of("none") +
         " points without BN and " + of("batch") + " with it (medians over the seeds).";
}

std::vector<Cell> cells(const Plan& plan) {
  std::vector<Cell> cells = grid(
      [&](const std::string& norm, double a) {
        RunConfig c;
        c.activation = "relu";
        c.norm = norm;
        c.init_scale = a;
        c.steps = c.eval_every = plan.of(1'000, 20);
        return training(arm(norm, a), c, {.test = Training::brief});
      },
      norms, init_scales);
  cells.insert(cells.begin(), {"identities", "a = 0.01, 0.1, 10, 100", 0.01, identities});
  return cells;
}

}  // namespace

Claim scale_invariance_claim() {
  return {
      .name = "scale-invariance",
      .sentence =
          "With BN the scale of a layer's weights changes neither its output nor the gradient that it passes "
          "down, and larger weights get smaller gradients.",
      .source = "Ioffe & Szegedy 2015, §3.3",
      .paper =
          "Three identities, exact as ε goes to 0; \"BN makes training more resilient to the parameter "
          "scale\".",
      .scope =
          "one layer, exactly; {data}, 3 hidden layers of ReLUs, {1,000} steps of 60; the paper: the identities, on paper",
      .asked =
          "First the identities themselves, for a layer of 20 inputs and 10 outputs, 64 samples, weights "
          "times a = 0.01, 0.1, 10 and 100, computed in float. Then what they are good for: the MNIST "
          "network with ReLUs, {1,000} steps at a rate of 0.1, from weights a tenth, one and ten times as "
          "large as PyTorch's default, and how far the three final accuracies lie apart.",
      .parts =
          {part("largest relative difference of the two sides of an identity", at_most(1e-4),
                "float carries seven digits; after sums over 64 samples, divisions and roots five or six are "
                "left.",
                [](const SeedResults& seed) { return worst(seed["identities"]); }),
           part("span of the final accuracies over the three scales, without BN less with BN",
                at_least(0.05, Unit::points),
                "Five points are far more than seeds differ by; \"more resilient\" should not need a "
                "magnifying glass.",
                [](const SeedResults& seed) { return span(seed, "none") - span(seed, "batch"); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "The output layer has no BN, so its scale matters in both arms. And weights that are too large for "
          "their rate hardly turn: with BN the effective rate is η/‖w‖² (`weight-decay`).",
  };
}

}}  // namespace norma
