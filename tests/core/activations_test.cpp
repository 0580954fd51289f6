// Activations and dropout: values, gradients, and numbers at the edges.
#include <doctest/doctest.h>

#include <array>

#include "core/ops.h"
#include "tests/support/elementwise.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_activations_test {

using namespace reference;

TEST_CASE("activations, value and gradient") {
  using Two = const Tensor*;
  using W = const Wide*;
  using Three = std::array<Wide, 3>;
  check_elementwise(
      "relu", 1, [](Two x) { return relu(*x); },
      [](W x) {
        return *x > 0 ? Three{*x, 1} : Three{0, 0};
      });
  check_elementwise(
      "leaky_relu", 1, [](Two x) { return leaky_relu(*x, 0.25); },
      [](W x) {
        return *x > 0 ? Three{*x, 1} : Three{*x / 4, 0.25L};
      });
  check_elementwise(
      "tanh", 1, [](Two x) { return tanh(*x); },
      [](W x) {
        const Wide y = std::tanh(*x);
        return Three{y, 1 - y * y};
      });
  check_elementwise(
      "sigmoid", 1, [](Two x) { return sigmoid(*x); },
      [](W x) {
        const Wide y = 1 / (1 + std::exp(-*x));
        return Three{y, y * (1 - y)};
      });
}

TEST_CASE("activations at 0, at infinity and of NaN") {
  Tensor x = Tensor::from({5}, {0, -0.0, NAN, HUGE_VAL, -HUGE_VAL}).set_requires_grad(true);
  for (auto f :
       {+[](const Tensor& t) { return relu(t); }, +[](const Tensor& t) { return leaky_relu(t, 0.0); },
        +[](const Tensor& t) { return tanh(t); }, +[](const Tensor& t) { return sigmoid(t); }})
    CHECK(std::isnan(f(x)[2]));
  CHECK(relu(x)[3] == HUGE_VAL);
  CHECK(relu(x)[4] == 0);
  CHECK(tanh(x)[4] == -1);
  CHECK(sigmoid(x)[3] == 1);
  relu(x).backward(Tensor::ones({5}));
  CHECK(x.grad()[0] == 0);
  CHECK(x.grad()[1] == 0);
}

TEST_CASE("dropout drops what it says, scales the rest and passes the gradient there") {
  Rng rng(3), same(3);
  const Tensor x = Tensor::full({400, 50}, 2).set_requires_grad(true);
  const Tensor y = dropout(x, 0.3, rng);
  sum(y).backward();
  Index dropped = 0;
  for (Index i = 0; i < x.size(); ++i) {
    dropped += y[i] == 0;
    REQUIRE((y[i] == 0 || std::abs(y[i] - real(2 / 0.7)) < 1e-5));
    REQUIRE(std::abs(x.grad()[i] - y[i] / 2) < 1e-6);
  }
  CHECK(std::abs(static_cast<double>(dropped) / 20000 - 0.3) < 4 * std::sqrt(0.21 / 20000));
  CHECK(same_bits(dropout(x, 0.3, same), y));
  CHECK(numbers(dropout(x, 0, rng)) == numbers(x));
  CHECK(numbers(dropout(x, 1, rng)) == Numbers(20000, 0));
  CHECK(error_of([&] { dropout(x, 1.5, rng); }) ==
        "dropout: expected a probability between 0 and 1, got 1.5");
}

}  // namespace core_activations_test
}}  // namespace norma
