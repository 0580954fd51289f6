// Losses: value and gradient, logits that would overflow, and what does not fit.
#include <doctest/doctest.h>

#include <array>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_loss_test {

using namespace reference;

TEST_CASE("softmax with cross-entropy, value and gradient") {
  for (const auto& size : {std::array<Index, 2>{1, 1}, {1, 10}, {60, 10}, {7, 3}, {500, 100}}) {
    const Index N = size[0], K = size[1];
    for (double smoothing : {0.0, 0.1, 1.0}) {
      CAPTURE(N);
      CAPTURE(K);
      CAPTURE(smoothing);
      Rng rng(5);
      const Tensor z = random_tensor({N, K}, 6, 0, 3).set_requires_grad(true);
      Labels labels(N);
      for (Index n = 0; n < N; ++n) labels[n] = static_cast<int>(rng.below(static_cast<std::uint64_t>(K)));
      const auto want =
          reference::softmax_cross_entropy(numbers(z), {labels.data(), labels.data() + N}, K, smoothing);
      const Tensor L = softmax_cross_entropy(z, labels, smoothing);
      CHECK(L.shape() == Shape());
      CHECK(std::abs(double(L.item() - want.value)) < tolerance * std::max(1.0, double(want.value)));
      L.backward();
      const Numbers got = gradient(z);
      for (std::size_t i = 0; i < got.size(); ++i)
        REQUIRE(std::abs(double(got[i] - want.gradient[i])) < tolerance / static_cast<double>(N));
    }
  }
}

TEST_CASE("cross-entropy of logits that would overflow or vanish") {
  const Tensor z = Tensor::from({2, 3}, {1000, 0, -1000, -1000, -1000, -1000}).set_requires_grad(true);
  const Tensor L = softmax_cross_entropy(z, Labels::from({2, 0}));
  CHECK(double(L.item()) == doctest::Approx((2000 + std::log(3.0)) / 2));
  L.backward();
  CHECK(difference(z.grad(), {0.5L, 0, -0.5L, -1 / 3.0L, 1 / 6.0L, 1 / 6.0L}) < 1e-6);
  const Tensor nan = Tensor::from({1, 3}, {0, NAN, 0});
  CHECK(std::isnan(softmax_cross_entropy(nan, Labels::from({0})).item()));
}

TEST_CASE("count_correct; ties go to the smaller class") {
  const Tensor z = Tensor::from({4, 3}, {1, 2, 3, 3, 2, 1, 0, 0, 0, 0, 5, 5});
  CHECK(count_correct(z, Labels::from({2, 0, 0, 1})) == 4);
  CHECK(count_correct(z, Labels::from({1, 1, 1, 2})) == 0);
  const Tensor broken = Tensor::from({3, 3}, {NAN, 1, 0, 1, NAN, 0, 0, NAN, 5});
  CHECK(count_correct(broken, Labels::from({0, 0, 2})) == 0);
}

TEST_CASE("mse of different shapes") {
  const Tensor a(Shape{2, 3}), b(Shape{4, 5});
  CHECK(error_of([&] { mse(a, b); }) == "mse: shapes (2, 3) and (4, 5) differ");
}

TEST_CASE("softmax_cross_entropy: shapes, labels and smoothing that do not fit") {
  const Tensor a(Shape{2, 3});
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 1, 2}));
        }) == "softmax_cross_entropy: logits (2, 3) do not fit 3 labels");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 3}));
        }) == "softmax_cross_entropy: label 3 of sample 1 is not one of 3 classes");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({-1, 0}));
        }) == "softmax_cross_entropy: label -1 of sample 0 is not one of 3 classes");
  CHECK(error_of([&] {
          softmax_cross_entropy(a, Labels::from({0, 0}), 1.5);
        }) == "softmax_cross_entropy: expected label smoothing between 0 and 1, got 1.5");
  CHECK(error_of([&] {
          softmax_cross_entropy(Tensor(Shape{0, 3}), Labels());
        }) == "softmax_cross_entropy: logits (0, 3) have no elements");
}

}  // namespace core_loss_test
}}  // namespace norma
