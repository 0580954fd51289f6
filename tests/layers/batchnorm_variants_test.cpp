// Relatives of batch normalization: the l1, linf and mean-only variants, and noise (Santurkar et al. 2018).
#include "layers/batchnorm_variants.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_batchnorm_variants_test {

using namespace reference;

enum class Kind { l1, linf, mean_only };

// y = γ (x − μ)/(s + ε) + β; s = 1/m Σ |x − μ| (l1), max |x − μ| (linf), or s + ε = 1 (mean_only). Gradients
// by the chain rule through s, then μ, unless `fixed`. A `fixed` pair replaces μ and s.   (Santurkar et al.
// 2018, §3.3)
Result by_spread(Kind kind, const Numbers& x, const View& v, Wide eps, const Numbers& gamma,
                 const Numbers& beta, const Numbers& dy, Numbers& mean, Numbers& spread, bool fixed = false,
                 bool given = false) {
  Result r{x, x, Numbers(kind == Kind::mean_only ? 0 : at(v.kept)), Numbers(at(v.kept))};
  mean.resize(at(v.kept));
  spread.resize(at(v.kept));
  for (Index k = 0; k < v.kept; ++k) {
    const auto mine = rows_of(v)[at(k)];
    const std::size_t c = at(k);
    const Wide m = static_cast<Wide>(mine.size());
    Wide mu = 0, s = 0, ds = 0, sum_dc = 0;
    for (std::size_t i : mine) mu += x[i] / m;
    if (given) mu = mean[c];
    std::size_t largest = mine[0];
    for (std::size_t i : mine) {
      s += std::abs(x[i] - mu) / m;
      if (std::abs(x[i] - mu) > std::abs(x[largest] - mu)) largest = i;
    }
    if (kind == Kind::linf) s = std::abs(x[largest] - mu);
    if (given) s = spread[c];
    const Wide g = gamma.empty() ? 1 : gamma[c], root = kind == Kind::mean_only ? 1 : s + eps;
    for (std::size_t i : mine) {
      const Wide xhat = (x[i] - mu) / root;
      r.y[i] = g * xhat + beta[c];
      if (!r.dgamma.empty()) r.dgamma[c] += dy[i] * xhat;
      r.dbeta[c] += dy[i];
      r.dx[i] = g * dy[i] / root;
      ds -= g * dy[i] * (x[i] - mu) / (root * root);
    }
    mean[c] = mu;
    spread[c] = s;
    if (fixed) continue;
    for (std::size_t i : mine) {
      const Wide sign = x[i] > mu ? 1 : -1;
      if (kind == Kind::l1) r.dx[i] += ds * sign / m;
      if (kind == Kind::linf && i == largest) r.dx[i] += ds * sign;
      sum_dc += r.dx[i];
    }
    for (std::size_t i : mine) r.dx[i] -= sum_dc / m;
  }
  return r;
}

// Training with and without gradient through the statistics, the running averages, evaluation.
template <class Layer, class Running>
void check_spread(Kind kind, Layer layer, bool through, const Shape& shape, const Running& running) {
  CAPTURE(int(kind));
  CAPTURE(through);
  CAPTURE(shape);
  randomize(layer.weight, layer.bias, 1);
  const Numbers g = layer.weight.defined() ? numbers(layer.weight) : Numbers(), b = numbers(layer.bias);
  Numbers mu(3, 0), s(3, 1), mean, spread;
  for (std::uint64_t t = 0; t < 3; ++t) {
    const Tensor x = random_tensor(shape, 10 + t, 2, 3), dy = random_tensor(shape, 20 + t);
    const Result want =
        by_spread(kind, numbers(x), channel_view(x), 0.1L, g, b, numbers(dy), mean, spread, !through);
    CHECK(difference(run(layer, x, dy), want) < 5 * tolerance);
    for (std::size_t k = 0; k < 3; ++k) mu[k] += (mean[k] - mu[k]) / 4, s[k] += (spread[k] - s[k]) / 4;
    CHECK(difference(layer.running_mean, mu) < 5 * tolerance);
    if (running(layer).defined()) CHECK(difference(running(layer), s) < 5 * tolerance);
  }
  layer.eval();
  const Tensor x = random_tensor(shape, 30, -1, 2), dy = random_tensor(shape, 31);
  const Result want =
      by_spread(kind, numbers(x), channel_view(x), 0.1L, g, b, numbers(dy), mu, s, true, true);
  CHECK(difference(run(layer, x, dy), want) < 5 * tolerance);
}

TEST_CASE(
    "l1, linf and mean-only batch norm: training, running averages and evaluation, as the formulas say") {
  for (const Shape& shape : {Shape{11, 3}, Shape{5, 3, 4}, Shape{2, 3, 2, 3, 2}}) {
    for (bool through : {true, false}) {
      const BatchNormOptions o{.eps = 0.1, .momentum = 0.25, .statistics_gradient = through};
      auto spread = [](const SpreadBatchNorm& layer) { return layer.running_spread; };
      check_spread(Kind::l1, SpreadBatchNorm(3, Spread::l1, o), through, shape, spread);
      check_spread(Kind::linf, SpreadBatchNorm(3, Spread::linf, o), through, shape, spread);
      check_spread(Kind::mean_only, MeanOnlyBatchNorm(3, o), through, shape,
                   [](const MeanOnlyBatchNorm&) { return Tensor(); });
    }
  }
}

// Ioffe & Szegedy 2015, §2: x = u + b, x̂ = x − E[x], and the gradient step ignores what E[x] does with b. All
// numbers here are sums of few powers of two, so all is exact: b grows by the same step for ever, the loss
// stays as it is.
TEST_CASE("mean-only batch norm: statistics taken for constants let the bias grow without bound") {
  for (bool through : {false, true}) {
    MeanOnlyBatchNorm norm(1, {.affine = false, .statistics_gradient = through});
    const Tensor u = Tensor::from({4, 1}, {1, 2, -3, 4}), target = Tensor::from({4, 1}, {3, 0, 1, 4});
    const Tensor b = Tensor::zeros({1}).set_requires_grad(true);
    for (int t = 1; t <= 200; ++t) {
      b.zero_grad();
      const Tensor x = scale_shift(u, {4, 1, 1}, {}, b);
      const Tensor loss = mse(norm(x), target);
      loss.backward();
      b[0] -= real(0.25) * b.grad()[0];
      CHECK(loss.item() == 9);                 // x̂ = 0, 1, −4, 3
      CHECK(b[0] == (through ? 0 : real(t)));  // −dL/db = 2 mean(target − x̂) = 4 in each step
    }
  }
}

// s and m of y = s x + m for each element, from one forward and its gradient.
std::pair<Numbers, Numbers> noise_of(BatchNoise& layer, const Shape& shape, std::uint64_t seed) {
  const Tensor x = random_tensor(shape, seed).set_requires_grad(true);
  const Tensor y = layer(x);
  y.backward(Tensor::ones(shape));
  Numbers s = gradient(x), m = numbers(y);
  for (std::size_t i = 0; i < m.size(); ++i) m[i] -= s[i] * x[static_cast<Index>(i)];
  return {s, m};
}

struct Moments2 {
  double mean, deviation, least, most;
};

Moments2 moments_of(const Numbers& n, const std::vector<std::size_t>& mine) {
  Moments2 r{0, 0, HUGE_VAL, -HUGE_VAL};
  for (std::size_t i : mine) r.mean += double(n[i]) / double(mine.size());
  for (std::size_t i : mine) {
    const double v = double(n[i]);
    r.deviation += (v - r.mean) * (v - r.mean) / double(mine.size());
    r.least = std::min(r.least, v), r.most = std::max(r.most, v);
  }
  r.deviation = std::sqrt(r.deviation);
  return r;
}

TEST_CASE("batch noise: within a step, each unit's (or the layer's) own mean and scale") {
  const Shape shape{5000, 4, 2};  // 10,000 elements a unit
  for (NoiseScope scope : {NoiseScope::unit, NoiseScope::layer}) {
    CAPTURE(int(scope));
    manual_seed(3);
    BatchNoise layer(scope);
    const auto [s, m] = noise_of(layer, shape, 1);
    std::vector<double> means, scales;
    for (Index k = 0; k < 4; ++k) {
      const auto mine = rows_of({5000, 4, 2})[at(k)];
      const Moments2 of_m = moments_of(m, mine), of_s = moments_of(s, mine);
      // m ~ U(μ ± 0.1): deviation 0.2/√12, all of the interval is reached; s ~ N(σ, 0.1)
      CHECK(of_m.deviation == doctest::Approx(0.2 / std::sqrt(12.0)).epsilon(0.03));
      CHECK((of_m.most - of_m.least < 0.2 + 1e-5 && of_m.most - of_m.least > 0.199));
      CHECK(of_s.deviation == doctest::Approx(0.1).epsilon(0.03));
      CHECK((of_s.most - of_s.mean > 0.3 && of_s.mean - of_s.least > 0.3));  // not bounded as m is
      CHECK((std::abs(of_m.mean) < 0.505 && of_s.mean > 0.995 && of_s.mean < 1.255));
      Wide together = 0;  // m and s do not depend on one another
      for (std::size_t i : mine) together += (m[i] - of_m.mean) * (s[i] - of_s.mean) / 10'000;
      CHECK(std::abs(double(together)) < 5 * of_m.deviation * 0.1 / 100);
      means.push_back(of_m.mean);
      scales.push_back(of_s.mean);
    }
    auto range = [](const std::vector<double>& v) {
      return *std::max_element(v.begin(), v.end()) - *std::min_element(v.begin(), v.end());
    };
    const double few = 8 * 0.1 / 100;  // eight standard errors of a mean of 10,000
    CHECK((range(means) > few) == (scope == NoiseScope::unit));
    CHECK((range(scales) > few) == (scope == NoiseScope::unit));
  }
}

TEST_CASE("batch noise: each step draws its mean from U(-1/2, 1/2) and its scale from U(1, 5/4)") {
  manual_seed(4);
  BatchNoise layer(NoiseScope::layer);
  Numbers means, scales;
  std::vector<std::size_t> steps;
  for (std::uint64_t t = 0; t < 1000; ++t) {
    const auto [s, m] = noise_of(layer, {100, 1}, t);
    means.push_back(moments_of(m, rows_of({100, 1, 1})[0]).mean);
    scales.push_back(moments_of(s, rows_of({100, 1, 1})[0]).mean);
    steps.push_back(t);
  }
  const Moments2 mu = moments_of(means, steps), sigma = moments_of(scales, steps);
  const double root12 = std::sqrt(12.0), n = std::sqrt(1000.0);
  CHECK(std::abs(mu.mean) < 4 / root12 / n);
  CHECK(mu.deviation == doctest::Approx(1 / root12).epsilon(0.06));
  CHECK((mu.least < -0.47 && mu.most > 0.47));
  CHECK(std::abs(sigma.mean - 1.125) < 4 * 0.25 / root12 / n);
  CHECK(sigma.deviation == doctest::Approx(0.25 / root12).epsilon(0.07));
  CHECK((sigma.least < 1.02 && sigma.most > 1.23));
}

TEST_CASE("batch noise: new in each step, the same from the same seed; evaluation is the mean") {
  const Tensor x = random_tensor({6, 3}, 1);
  auto seeded = [](std::uint64_t seed) {
    manual_seed(seed);
    return BatchNoise();
  };
  BatchNoise a = seeded(1), b = seeded(1), c = seeded(2);
  const Tensor first = a(x);
  CHECK(same_bits(first, b(x)));
  CHECK_FALSE(same_bits(first, c(x)));
  CHECK_FALSE(same_bits(first, a(x)));
  a.eval();
  const auto [s, m] = noise_of(a, {6, 3}, 2);
  CHECK(difference(s, Numbers(18, 1.125L)) < tolerance);
  CHECK(difference(m, Numbers(18, 0)) < tolerance);
  CHECK(same_bits(a(x), a(x)));
  a.train();
  CHECK_FALSE(same_bits(a(x), a(x)));
}

TEST_CASE(
    "spread and mean-only batch norm, batch noise: names and order of the state, what decays, descriptions") {
  const BatchNormOptions bare{.affine = false, .track_running_stats = false};
  check_new(SpreadBatchNorm(4, Spread::l1), "weight bias running_mean running_spread num_batches_tracked",
            "L1BatchNorm(4)");
  check_new(SpreadBatchNorm(4, Spread::linf, bare), "",
            "LinfBatchNorm(4, affine=False, track_running_stats=False)");
  check_new(MeanOnlyBatchNorm(4), "bias running_mean num_batches_tracked", "MeanOnlyBatchNorm(4)");
  check_new(MeanOnlyBatchNorm(4, {.momentum = std::nullopt}), "bias running_mean num_batches_tracked",
            "MeanOnlyBatchNorm(4, momentum=None)");
  check_new(MeanOnlyBatchNorm(4, bare), "", "MeanOnlyBatchNorm(4, affine=False, track_running_stats=False)");
  check_new(BatchNoise(), "", "BatchNoise(per unit)");
  check_new(BatchNoise(NoiseScope::layer), "", "BatchNoise(per layer)");
}

TEST_CASE("spread and mean-only batch norm: errors say what was expected and what was got") {
  SpreadBatchNorm l1(4, Spread::l1);
  MeanOnlyBatchNorm centered(4);
  BatchNoise noise;
  const std::string tail = "; use a larger batch, or call eval()";
  CHECK(refusal(l1, {2, 3}) ==
        "L1BatchNorm: expected x of shape (N, 4, …) with 2 to 5 dimensions, got (2, 3)");
  CHECK(refusal(centered, {2, 3}) ==
        "MeanOnlyBatchNorm: expected x of shape (N, 4, …) with 2 to 5 dimensions, got (2, 3)");
  CHECK(refusal(noise, {4}) == "channel_view: expected x of shape (N, C) or (N, C, …), got (4,)");
  CHECK(refusal(l1, {1, 4}) ==
        "L1BatchNorm: expected at least 2 values per channel for a spread, got 1 in x (1, 4)" + tail);
  CHECK(error_of([] { SpreadBatchNorm(2, Spread::linf, {.eps = -1}); }) ==
        "LinfBatchNorm: expected eps of at least 0, got -1");
  CHECK(*l1.num_batches_tracked == 0);
}

}  // namespace layers_batchnorm_variants_test
}}  // namespace norma
