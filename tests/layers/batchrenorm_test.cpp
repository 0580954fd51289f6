// Batch renormalization against the paper's formulas (Ioffe 2017).
#include "layers/batchrenorm.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_batchrenorm_test {

using namespace reference;

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
    const auto mine = rows_of(v)[at(k)];
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

TEST_CASE("training, clipped and not, and evaluation, as the paper's formulas say") {
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

TEST_CASE("if nothing is clipped, training computes what evaluation would") {
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

bool identical(const Result& a, const Result& b) {
  return a.y == b.y && a.dx == b.dx && a.dgamma == b.dgamma && a.dbeta == b.dbeta;
}

TEST_CASE("until warmup it is BatchNorm, bit for bit; then the limits open") {
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

TEST_CASE("the schedule of the limits") {
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

TEST_CASE("names and order of the state, what decays, descriptions") {
  check_new(BatchRenorm(4), "weight bias running_mean running_std num_batches_tracked", "BatchRenorm(4)");
  check_new(BatchRenorm(4, {.momentum = 0.1}), "weight bias running_mean running_std num_batches_tracked",
            "BatchRenorm(4, momentum=0.1)");
}

TEST_CASE("errors say what was expected and what was got") {
  BatchRenorm renorm(4);
  const std::string tail = "; use a larger batch, or call eval()";
  CHECK(refusal(renorm, {4}) ==
        "BatchRenorm: expected x of shape (N, 4, …) with 2 to 5 dimensions, got (4,)");
  CHECK(refusal(renorm, {1, 4}) ==
        "BatchRenorm: expected at least 2 values per channel for a variance, got 1 in x (1, 4)" + tail);
  auto renorm_error = [](const BatchRenormOptions& o) { return error_of([&] { BatchRenorm(2, o); }); };
  CHECK(renorm_error({.momentum = 0}) == "BatchRenorm: expected a momentum above 0 and at most 1, got 0");
  CHECK(renorm_error({.momentum = 1.5}) ==
        "BatchRenorm: expected a momentum between 0 and 1, or none, got 1.5");
  CHECK(renorm_error({.r_max = 0.5}) ==
        "BatchRenorm: expected r_max of at least 1 and d_max of at least 0, got 0.5 and 5");
  CHECK(renorm_error({.d_max = -1}) ==
        "BatchRenorm: expected r_max of at least 1 and d_max of at least 0, got 3 and -1");
  CHECK(renorm_error({.warmup = 30000}) ==
        "BatchRenorm: expected steps 0 ≤ warmup ≤ r_until, d_until, got 30000, 40000 and 25000");
  CHECK(renorm_error({.warmup = -1}).ends_with(", got -1, 40000 and 25000"));
  CHECK(*renorm.num_batches_tracked == 0);
}

}  // namespace layers_batchrenorm_test
}}  // namespace norma
