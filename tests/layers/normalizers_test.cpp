// The normalizers that PyTorch does not have, against the papers' formulas: batch renormalization, the l1, linf and
// mean-only variants, statistics taken for constants, noise. Those of weights are in reparametrize_test.cpp.
#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

using reference::difference;

double difference(const Result& got, const Result& want) {
  return std::max({reference::difference(got.y, want.y), reference::difference(got.dx, want.dx),
                   reference::difference(got.dgamma, want.dgamma),
                   reference::difference(got.dbeta, want.dbeta)});
}

bool identical(const Result& a, const Result& b) {
  return a.y == b.y && a.dx == b.dx && a.dgamma == b.dgamma && a.dbeta == b.dbeta;
}

void randomize(const Tensor& gamma, const Tensor& beta, std::uint64_t seed) {
  if (gamma.defined()) gamma.copy_from(random_tensor(gamma.shape(), seed, 1, 0.5));
  if (beta.defined()) beta.copy_from(random_tensor(beta.shape(), seed + 1));
}

// The elements of channel k, in order.
std::vector<std::size_t> channel(const View& v, Index k) {
  std::vector<std::size_t> mine;
  for (Index o = 0; o < v.outer; ++o)
    for (Index i = 0; i < v.inner; ++i) mine.push_back(at((o * v.kept + k) * v.inner + i));
  return mine;
}

// Batch Renormalization (Ioffe 2017) ------------------------------------------------------------------------

struct Renorm {
  Result result;
  Numbers mean, std;  // μ_B, σ_B
  int clipped_r = 0, clipped_d = 0;
};

// §3: r and d, x̂ = (x − μ_B)/σ_B r + d, and the backpropagation as the paper lists it, r and d held.
Renorm renormalize(const Numbers& x, const View& v, Wide eps, const Numbers& mu, const Numbers& sigma,
                   Wide r_max, Wide d_max, const Numbers& gamma, const Numbers& beta, const Numbers& dy) {
  Renorm all{{x, x, Numbers(at(v.kept)), Numbers(at(v.kept))}, Numbers(at(v.kept)), Numbers(at(v.kept))};
  Result& out = all.result;
  for (Index k = 0; k < v.kept; ++k) {
    const auto mine = channel(v, k);
    const std::size_t c = at(k);
    const Wide m = static_cast<Wide>(mine.size());
    Wide mean = 0, var = 0, dsigma = 0, dmu = 0;
    for (std::size_t i : mine) mean += x[i] / m;
    for (std::size_t i : mine) var += (x[i] - mean) * (x[i] - mean) / m;
    const Wide std = std::sqrt(eps + var), ratio = std / sigma[c], shift = (mean - mu[c]) / sigma[c];
    const Wide r = std::max(1 / r_max, std::min(r_max, ratio)), d = std::max(-d_max, std::min(d_max, shift));
    all.clipped_r += r != ratio;
    all.clipped_d += d != shift;
    for (std::size_t i : mine) {
      const Wide xhat = (x[i] - mean) / std * r + d, dxhat = dy[i] * gamma[c];
      out.y[i] = gamma[c] * xhat + beta[c];
      out.dgamma[c] += dy[i] * xhat;
      out.dbeta[c] += dy[i];
      dsigma += dxhat * (x[i] - mean) * -r / (std * std);
      dmu += dxhat * -r / std;
    }
    for (std::size_t i : mine)
      out.dx[i] = dy[i] * gamma[c] * r / std + dsigma * (x[i] - mean) / (m * std) + dmu / m;
    all.mean[c] = mean;
    all.std[c] = std;
  }
  return all;
}

TEST_CASE("batch renorm: training, clipped and not, and evaluation, as the paper's formulas say") {
  for (const Shape& shape : {Shape{12, 6}, Shape{4, 6, 5}, Shape{3, 6, 2, 1, 3}}) {
    CAPTURE(shape);
    BatchRenormOptions o;
    o.momentum = 0.2;
    o.eps = 0.01;
    o.r_max = 1.25, o.d_max = 0.5, o.warmup = 0, o.r_until = o.d_until = 0;
    BatchRenorm layer(6, o);
    randomize(layer.weight, layer.bias, 1);
    const Numbers g = numbers(layer.weight), b = numbers(layer.bias);
    Numbers mu(6, 0), sigma(6, 1);
    int clipped_r = 0, clipped_d = 0;
    for (std::uint64_t t = 0; t < 12; ++t) {
      const Tensor x = random_tensor(shape, 10 + t, 0.1 * double(t), 1.1), dy = random_tensor(shape, 40 + t);
      const View v = channel_view(x);
      const Renorm want = renormalize(numbers(x), v, 0.01L, mu, sigma, 1.25L, 0.5L, g, b, numbers(dy));
      CHECK(difference(run(layer, x, dy), want.result) < 5 * tolerance);
      clipped_r += want.clipped_r;
      clipped_d += want.clipped_d;
      for (std::size_t k = 0; k < 6; ++k) {  // of σ_B, not of its square
        mu[k] += 0.2L * (want.mean[k] - mu[k]);
        sigma[k] += 0.2L * (want.std[k] - sigma[k]);
      }
      CHECK(difference(layer.running_mean, mu) < 5 * tolerance);
      CHECK(difference(layer.running_std, sigma) < 5 * tolerance);
      CHECK(*layer.num_batches_tracked == std::int64_t(t) + 1);
    }
    CHECK((clipped_r > 3 && clipped_r < 69));  // of 72
    CHECK((clipped_d > 3 && clipped_d < 69));

    layer.eval();  // y = γ (x − μ)/σ + β, all constants
    const Tensor x = random_tensor(shape, 90, 1, 2), dy = random_tensor(shape, 91);
    Numbers squares;
    for (Wide s : sigma) squares.push_back(s * s);
    const auto constants = std::pair(mu, squares);
    const Normalized want =
        reference::normalize(numbers(x), channel_view(x), 0, g, b, numbers(dy), &constants);
    CHECK(difference(run(layer, x, dy), {want.y, want.dx, want.dgamma, want.dbeta}) < 5 * tolerance);
    CHECK(difference(layer.running_std, sigma) < 5 * tolerance);
  }
}

TEST_CASE("batch renorm: where nothing is clipped, training computes what evaluation would") {
  BatchRenorm layer(4,
                    {.momentum = 0.1, .r_max = 1e6, .d_max = 1e6, .warmup = 0, .r_until = 0, .d_until = 0});
  randomize(layer.weight, layer.bias, 1);
  for (std::uint64_t t = 0; t < 5; ++t) {
    const Tensor x = random_tensor({16, 4}, t, 2, 3);
    layer.eval();
    const Tensor by_running = layer(x);
    layer.train();
    CHECK(difference(layer(x), numbers(by_running)) < 5 * tolerance);
  }
  const Tensor x = random_tensor({16, 4}, 9, 2, 3);
  BatchNorm1d plain(4);
  CHECK(difference(layer(x), numbers(plain(x))) > 0.1);
}

TEST_CASE("batch renorm: until warmup it is BatchNorm, bit for bit; then the limits open") {
  BatchRenorm layer(4, {.warmup = 5, .r_until = 8, .d_until = 7});
  BatchNorm1d plain(4);
  randomize(layer.weight, layer.bias, 1);
  randomize(plain.weight, plain.bias, 1);
  for (std::uint64_t t = 0; t <= 6; ++t) {
    CAPTURE(t);
    const Tensor x = random_tensor({9, 4, 3}, t, 2, 3), dy = random_tensor({9, 4, 3}, 50 + t);
    CHECK(identical(run(layer, x, dy), run(plain, x, dy)) == (t <= 5));  // at 5 the limits are still 1 and 0
  }
}

TEST_CASE("batch renorm: the schedule of the limits") {
  auto limits = [](const BatchRenormOptions& o, std::int64_t step) {
    BatchRenorm layer(2, o);
    *layer.num_batches_tracked = step;
    return std::pair(layer.limits().r_max, layer.limits().d_max);
  };
  auto near = [](std::pair<double, double> a, double r, double d) {
    return a.first == doctest::Approx(r).epsilon(1e-12) && a.second == doctest::Approx(d).epsilon(1e-12);
  };
  for (std::int64_t step : {0, 1, 4999, 5000}) CHECK(limits({}, step) == std::pair(1.0, 0.0));
  CHECK(near(limits({}, 15000), 1 + 2.0 * 10000 / 35000, 2.5));
  CHECK(near(limits({}, 24999), 1 + 2.0 * 19999 / 35000, 5.0 * 19999 / 20000));
  CHECK(near(limits({}, 25000), 1 + 2.0 * 20000 / 35000, 5));
  CHECK(near(limits({}, 32500), 1 + 2.0 * 27500 / 35000, 5));
  for (std::int64_t step : {40000, 40001, 10'000'000}) CHECK(limits({}, step) == std::pair(3.0, 5.0));
  const BatchRenormOptions jump{.r_max = 2, .d_max = 4, .warmup = 10, .r_until = 10, .d_until = 12};
  CHECK(limits(jump, 9) == std::pair(1.0, 0.0));
  CHECK(limits(jump, 10) == std::pair(2.0, 0.0));
  CHECK(limits(jump, 11) == std::pair(2.0, 2.0));
  CHECK(limits(jump, 12) == std::pair(2.0, 4.0));
  // No limit at all is a limit of infinity, and the warmup holds all the same.
  const BatchRenormOptions open{
      .r_max = HUGE_VAL, .d_max = HUGE_VAL, .warmup = 2, .r_until = 3, .d_until = 3};
  CHECK(limits(open, 1) == std::pair(1.0, 0.0));
  CHECK(limits(open, 3) == std::pair(HUGE_VAL, HUGE_VAL));
}

// Other measures of centre and spread -----------------------------------------------------------------------

enum class Kind { l1, linf, mean_only };

// y = γ (x − μ)/(s + ε) + β; s = 1/m Σ |x − μ| (l1), max |x − μ| (linf), or s + ε = 1 (mean_only). Gradients by the
// chain rule through s, then μ, unless `fixed`. A `fixed` pair replaces μ and s.   (Santurkar et al. 2018, §3.3)
Result by_spread(Kind kind, const Numbers& x, const View& v, Wide eps, const Numbers& gamma,
                 const Numbers& beta, const Numbers& dy, Numbers& mean, Numbers& spread, bool fixed = false,
                 bool given = false) {
  Result r{x, x, Numbers(kind == Kind::mean_only ? 0 : at(v.kept)), Numbers(at(v.kept))};
  mean.resize(at(v.kept));
  spread.resize(at(v.kept));
  for (Index k = 0; k < v.kept; ++k) {
    const auto mine = channel(v, k);
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

TEST_CASE("batch norm without gradient through the statistics: they count as constants") {
  BatchNorm2d layer(3, {.statistics_gradient = false});
  randomize(layer.weight, layer.bias, 1);
  const Tensor x = random_tensor({4, 3, 2, 5}, 2, 1, 2), dy = random_tensor({4, 3, 2, 5}, 3);
  const Numbers g = numbers(layer.weight), b = numbers(layer.bias);
  const View v = channel_view(x);
  const Normalized whole = reference::normalize(numbers(x), v, 1e-5L, g, b, numbers(dy));
  const auto constants = std::pair(whole.mean, whole.variance);
  const Normalized want = reference::normalize(numbers(x), v, 1e-5L, g, b, numbers(dy), &constants);
  const Result got = run(layer, x, dy);
  CHECK(difference(got, {want.y, want.dx, want.dgamma, want.dbeta}) < 2 * tolerance);
  CHECK(difference(got.dx, whole.dx) > 0.01);
}

// Ioffe & Szegedy 2015, §2: x = u + b, x̂ = x − E[x], and the gradient step ignores what E[x] does with b. All numbers
// here are sums of few powers of two, so all is exact: b grows by the same step for ever, the loss stays as it is.
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

// Noise behind BatchNorm (Santurkar et al. 2018, §2.2 and appendix A) ---------------------------------------

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
      const auto mine = channel({5000, 4, 2}, k);
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
    means.push_back(moments_of(m, channel({100, 1, 1}, 0)).mean);
    scales.push_back(moments_of(s, channel({100, 1, 1}, 0)).mean);
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

TEST_CASE("batch noise: anew each step, the same from the same seed; evaluation is the mean") {
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

}  // namespace
}}  // namespace norma
