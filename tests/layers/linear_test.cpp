// Linear layers.
#include "layers/linear.h"

#include <doctest/doctest.h>

#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_linear_test {

using namespace reference;

TEST_CASE("errors and shapes") {
  Linear layer(4, 2), bare(4, 2, false);
  CHECK(layer(Tensor::zeros({3, 4})).shape() == Shape{3, 2});
  CHECK_FALSE(bare.bias.defined());
  CHECK(names(bare) == "weight");
  CHECK(error_of([&] { layer(Tensor::zeros({3, 5})); }) == "linear: x (3, 5) does not fit W (2, 4)");
  CHECK(error_of([] { Linear(0, 3); }) == "Linear: expected at least 1 input and 1 output, got 0 and 3");
}

TEST_CASE("state, description and initial weights are PyTorch's") {
  Linear layer(25, 4);
  CHECK(names(layer) == "weight bias");
  CHECK(layer.weight.shape() == Shape{4, 25});
  CHECK(layer.bias.shape() == Shape{4});
  CHECK(layer.describe() == "Linear(25, 4)");
  CHECK(Linear(25, 4, false).describe() == "Linear(25, 4, bias=False)");
  CHECK((layer.parameters()[0].decay && !layer.parameters()[1].decay));
  for (const Tensor& t : {layer.weight, layer.bias})  // U(±1/√25)
    for (real w : t.values()) CHECK(std::abs(w) <= real(0.2));
}

}  // namespace layers_linear_test
}}  // namespace norma
