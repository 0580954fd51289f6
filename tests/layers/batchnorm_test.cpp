// Batch normalization: statistics that are gathered and used, options, errors, and statistics taken for
// constants.
#include "layers/batchnorm.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/batchnorm_variants.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_batchnorm_test {

using namespace reference;

TEST_CASE("training gathers what inference uses") {
  BatchNorm1d norm(3);
  CHECK(numbers(norm.weight) == Numbers{1, 1, 1});
  CHECK(numbers(norm.bias) == Numbers{0, 0, 0});
  CHECK(numbers(norm.running_mean) == Numbers{0, 0, 0});
  CHECK(numbers(norm.running_var) == Numbers{1, 1, 1});
  CHECK(*norm.num_batches_tracked == 0);

  Numbers mean(3, 0), variance(3, 1);
  for (std::uint64_t t = 1; t <= 4; ++t) {
    const Tensor x = random_tensor({6, 3}, t, 2, 3);
    const Normalized batch = reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x));
    CHECK(difference(norm(x), batch.y) < tolerance);
    for (std::size_t k = 0; k < 3; ++k) {
      mean[k] = 0.9L * mean[k] + 0.1L * batch.mean[k];
      variance[k] = 0.9L * variance[k] + 0.1L * batch.variance[k] * 6 / 5;  // the unbiased one
    }
    CHECK(difference(norm.running_mean, mean) < tolerance);
    CHECK(difference(norm.running_var, variance) < tolerance);
    CHECK(*norm.num_batches_tracked == static_cast<std::int64_t>(t));
  }

  const auto gathered = snapshot(norm);
  const Tensor x = random_tensor({6, 3}, 9);
  const auto constants = std::pair(mean, variance);
  norm.eval();
  CHECK(difference(norm(x),
                   reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x), &constants).y) <
        tolerance);
  CHECK(norm(random_tensor({1, 3}, 10)).size() == 3);  // a batch of one is nothing special
  norm.eval(Statistics::batch);
  const Numbers by_batch = reference::normalize(numbers(x), {6, 3, 1}, 1e-5L, {}, {}, numbers(x)).y;
  CHECK(difference(norm(x), by_batch) < tolerance);
  CHECK(snapshot(norm) == gathered);  // inference of either kind changes nothing
  norm.train();
  CHECK(difference(norm(x), by_batch) < tolerance);
  CHECK(snapshot(norm) != gathered);
}

TEST_CASE("momentum none is the average of all batches") {
  BatchNormOptions o;
  o.momentum = std::nullopt;
  BatchNorm1d norm(2, o);
  Numbers mean(2, 0), variance(2, 0);
  for (std::uint64_t t = 1; t <= 5; ++t) {
    const Tensor x = random_tensor({4, 2}, t, 1);
    norm(x);
    const Normalized batch = reference::normalize(numbers(x), {4, 2, 1}, 0, {}, {}, numbers(x));
    for (std::size_t k = 0; k < 2; ++k) {
      mean[k] += batch.mean[k] / 5;
      variance[k] += batch.variance[k] * 4 / 3 / 5;
    }
  }
  CHECK(difference(norm.running_mean, mean) < 10 * tolerance);
  CHECK(difference(norm.running_var, variance) < 10 * tolerance);
}

TEST_CASE("over batch and positions of (N, C, L)") {
  BatchNorm1d norm(3);
  const Tensor x = random_tensor({4, 3, 5}, 1, 2);
  CHECK(difference(norm(x), reference::normalize(numbers(x), {4, 3, 5}, 1e-5L, {}, {}, numbers(x)).y) <
        tolerance);
  CHECK(norm(random_tensor({1, 3, 5}, 2)).shape() == Shape{1, 3, 5});  // five values per channel
}

TEST_CASE("options") {
  BatchNorm1d plain(3,
                    {.eps = 1e-3, .momentum = std::nullopt, .affine = false, .track_running_stats = false});
  CHECK(plain.state_dict().empty());
  CHECK_FALSE(plain.weight.defined());
  CHECK_FALSE(plain.running_mean.defined());
  CHECK(plain.describe() ==
        "BatchNorm1d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)");
  CHECK(BatchNorm1d(3, {.momentum = 0.2}).describe() == "BatchNorm1d(3, momentum=0.2)");
  const Tensor x = random_tensor({4, 3}, 1);
  const Numbers by_batch = reference::normalize(numbers(x), {4, 3, 1}, 1e-3L, {}, {}, numbers(x)).y;
  CHECK(difference(plain(x), by_batch) < tolerance);
  plain.eval();
  CHECK(difference(plain(x), by_batch) < tolerance);
}

TEST_CASE("errors") {
  BatchNorm1d norm(3);
  auto run = [&](const Shape& shape) { return error_of([&] { norm(Tensor::zeros(shape)); }); };
  CHECK(run({5, 4}) == "BatchNorm1d: expected x of shape (N, 3, …) with 2 to 3 dimensions, got (5, 4)");
  CHECK(run({3}) == "BatchNorm1d: expected x of shape (N, 3, …) with 2 to 3 dimensions, got (3,)");
  CHECK(run({2, 3, 4, 5}) ==
        "BatchNorm1d: expected x of shape (N, 3, …) with 2 to 3 dimensions, got (2, 3, 4, 5)");
  const std::string one =
      "BatchNorm1d: expected at least 2 values per channel for a variance, got 1 in x (1, 3); use a larger "
      "batch, or call eval()";
  CHECK(run({1, 3}) == one);
  CHECK(*norm.num_batches_tracked == 0);
  CHECK(numbers(norm.running_var) == Numbers{1, 1, 1});
  norm.eval(Statistics::batch);
  CHECK(run({1, 3}) == one);
  BatchNorm1d untracked(3, {.track_running_stats = false});  // eval() would not help
  CHECK(error_of([&] {
          untracked(Tensor::zeros({1, 3}));
        }) ==
        "BatchNorm1d: expected at least 2 values per channel for a variance, got 1 in x (1, 3); use a larger "
        "batch");
  CHECK(run({0, 3}).starts_with(
      "BatchNorm1d: expected at least 2 values per channel for a variance, got 0 in x (0, 3)"));
  for (double f : {-0.1, 1.5, double(NAN)})
    CHECK(error_of([&] {
            BatchNorm1d(3, {.momentum = f});
          }).starts_with("BatchNorm1d: expected a momentum between 0 and 1, or none, got "));
  CHECK(error_of([] { BatchNorm1d(0); }) == "BatchNorm1d: expected at least 1 feature, got 0");
  CHECK(error_of([] { BatchNorm1d(2, {.eps = -1}); }) == "BatchNorm1d: expected eps of at least 0, got -1");
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

TEST_CASE("names and order of the state, what decays, descriptions") {
  const std::string state = "weight bias running_mean running_var num_batches_tracked";
  check_new(BatchNorm2d(4), state, "BatchNorm2d(4)");
  check_new(BatchNorm3d(4, {.eps = 1e-3, .momentum = 0.2}), state, "BatchNorm3d(4, eps=0.001, momentum=0.2)");
  check_new(BatchNorm1d(4, {.statistics_gradient = false}), state,
            "BatchNorm1d(4, statistics_gradient=False)");
}

TEST_CASE("batch norm of images and volumes: errors say what was expected and what was got") {
  BatchNorm2d two(4);
  BatchNorm3d three(4);
  CHECK(refusal(two, {2, 3, 5, 5}) ==
        "BatchNorm2d: expected x of shape (N, 4, …) with 4 dimensions, got (2, 3, 5, 5)");
  CHECK(refusal(two, {2, 4, 5}) ==
        "BatchNorm2d: expected x of shape (N, 4, …) with 4 dimensions, got (2, 4, 5)");
  CHECK(refusal(three, {2, 4, 5, 5}) ==
        "BatchNorm3d: expected x of shape (N, 4, …) with 5 dimensions, got (2, 4, 5, 5)");
}

}  // namespace layers_batchnorm_test
}}  // namespace norma
