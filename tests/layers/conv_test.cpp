// Convolutions as layers: state, descriptions and initial weights as PyTorch's, errors.
#include "layers/conv.h"

#include <doctest/doctest.h>

#include "core/conv.h"
#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_conv_test {

using namespace reference;

TEST_CASE("Conv: state, description and initial weights are PyTorch's") {
  CHECK(Conv2d(1, 16, 3, {.padding = 1}).describe() ==
        "Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))");
  CHECK(Conv1d(4, 6, 5, {.stride = 2, .dilation = 3, .groups = 2, .bias = false}).describe() ==
        "Conv1d(4, 6, kernel_size=(5,), stride=(2,), dilation=(3,), groups=2, bias=False)");
  CHECK(Conv3d(2, 3, {1, 2, 3}, {.stride = {1, 2, 1}, .padding = {0, 0, 1}}).describe() ==
        "Conv3d(2, 3, kernel_size=(1, 2, 3), stride=(1, 2, 1), padding=(0, 0, 1))");
  Conv2d layer(8, 6, {3, 5}, {.groups = 2});
  const StateDict state = layer.state_dict();
  REQUIRE(state.size() == 2);
  CHECK((state[0].name == "weight" && state[0].tensor.shape() == Shape{6, 4, 3, 5}));
  CHECK((state[1].name == "bias" && state[1].tensor.shape() == Shape{6}));
  CHECK((layer.parameters()[0].decay && !layer.parameters()[1].decay));
  const real bound = static_cast<real>(1 / std::sqrt(4.0 * 15));  // U(±1/√fan_in)
  real largest = 0;
  for (real w : layer.weight.values()) largest = std::max(largest, std::abs(w));
  CHECK((largest <= bound && largest > bound * real(0.9)));
  for (real b : layer.bias.values()) CHECK(std::abs(b) <= bound);
  Rng rng(1);
  layer.reset({.kind = Init::given, .scale = 0}, 1, rng);
  for (real w : layer.weight.values()) CHECK(w == 0);
  CHECK(!Conv2d(1, 2, 3, {.bias = false}).bias.defined());
}

TEST_CASE("Conv as a layer is the operation, and says what does not fit") {
  const Tensor x = random_tensor({2, 4, 6, 7}, 1);
  Conv2d layer(4, 6, 3, {.stride = 2, .padding = 1, .dilation = {2, 1}, .groups = 2});
  CHECK(same_bits(layer(x), conv(x, layer.weight, layer.bias, 2, 1, {2, 1}, 2)));

  CHECK(error_of([] { Conv2d(3, 4, 3, {.groups = 2}); }) ==
        "Conv2d: 2 groups do not divide 3 channels in and 4 out");
  CHECK(error_of([] { Conv1d(0, 4, 3); }) ==
        "Conv1d: expected at least 1 channel in and out, got 0 in and 4 out");
  CHECK(error_of([] { Conv2d(3, 4, {3, 3, 3}); }) == "Conv2d: kernel: expected 1 or 2 numbers, got 3");
  CHECK(error_of([&] { Conv2d(3, 4, 3)(x); }) ==
        "conv2d: x (2, 4, 6, 7) does not fit W (4, 3, 3, 3) with 1 group");
}

}  // namespace layers_conv_test
}}  // namespace norma
