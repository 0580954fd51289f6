// Activations and dropout as layers.
#include "layers/activation.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_activation_test {

using namespace reference;

TEST_CASE("dropout: a mask that follows from the seed, another each time; nothing in inference") {
  auto drop = [](std::uint64_t seed, double p) {
    manual_seed(seed);
    return Dropout(p);
  };
  const Tensor x = Tensor::ones({100, 100});
  Dropout a = drop(1, 0.3), b = drop(1, 0.3), c = drop(2, 0.3), second(0.3);
  const Tensor first = a(x);
  CHECK(same_bits(first, b(x)));
  CHECK_FALSE(same_bits(first, c(x)));
  CHECK_FALSE(same_bits(first, second(x)));
  CHECK_FALSE(same_bits(first, a(x)));
  const auto kept = 10'000 - std::count(first.data(), first.data() + 10'000, real(0));
  CHECK(std::abs(static_cast<double>(kept) / 10'000 - 0.7) < 4 * std::sqrt(0.21 / 10'000));
  CHECK(std::abs(double(mean(first).item()) - 1) < 0.03);
  a.eval();
  CHECK(a(x).is(x));
  CHECK(drop(1, 0)(x).is(x));
  CHECK(error_of([] { Dropout(-0.1); }) == "Dropout: expected a probability between 0 and 1, got -0.1");
  CHECK(error_of([] { Dropout(NAN); }).starts_with("Dropout: expected a probability"));
}

TEST_CASE("Activation is the operation of its name, and says what it is") {
  const Tensor x = random_tensor({4, 5}, 1);
  CHECK(same_bits(Activation("sigmoid")(x), sigmoid(x)));
  CHECK(same_bits(Activation("tanh")(x), tanh(x)));
  CHECK(same_bits(Activation("relu")(x), relu(x)));
  CHECK(same_bits(Activation("leaky_relu")(x), leaky_relu(x, 0.01)));
  CHECK(Activation("sigmoid").describe() == "Sigmoid()");
  CHECK(Activation("tanh").describe() == "Tanh()");
  CHECK(Activation("relu").describe() == "ReLU()");
  CHECK(Activation("leaky_relu").describe() == "LeakyReLU(negative_slope=0.01)");
  CHECK(Activation("relu").state_dict().empty());
}

}  // namespace layers_activation_test
}}  // namespace norma
