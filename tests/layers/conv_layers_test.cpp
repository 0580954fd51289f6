// Layers of convolutional networks: state, descriptions and initial weights as PyTorch's, errors, Residual; a small net
// that learns on volumes.
#include <doctest/doctest.h>

#include "core/conv.h"
#include "core/ops.h"
#include "layers/activation.h"
#include "layers/conv.h"
#include "layers/linear.h"
#include "layers/pooling.h"
#include "optim/optimizer.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

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

TEST_CASE("Conv and pools as layers are the operations, and say what does not fit") {
  const Tensor x = random_tensor({2, 4, 6, 7}, 1);
  Conv2d layer(4, 6, 3, {.stride = 2, .padding = 1, .dilation = {2, 1}, .groups = 2});
  CHECK(same_bits(layer(x), conv(x, layer.weight, layer.bias, 2, 1, {2, 1}, 2)));
  CHECK(same_bits(MaxPool2d(2)(x), max_pool(x, 2)));
  CHECK(same_bits(AvgPool2d(3, {.stride = 1, .padding = 1})(x), avg_pool(x, 3, {.stride = 1, .padding = 1})));
  CHECK(same_bits(AdaptiveAvgPool2d(1)(x), adaptive_avg_pool(x, 1)));
  CHECK(Flatten()(x).shape() == Shape{2, 168});
  CHECK(Flatten()(Tensor::zeros({3})).shape() == Shape{3, 1});
  CHECK(MaxPool2d(2).describe() ==
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  CHECK(AvgPool3d({1, 2, 2}).describe() == "AvgPool3d(kernel_size=(1, 2, 2), stride=(1, 2, 2), padding=0)");
  CHECK(AvgPool1d(2, {.stride = 1}).describe() == "AvgPool1d(kernel_size=(2,), stride=(1,), padding=(0,))");
  CHECK(AdaptiveAvgPool1d(4).describe() == "AdaptiveAvgPool1d(output_size=4)");

  CHECK(error_of([] { Conv2d(3, 4, 3, {.groups = 2}); }) ==
        "Conv2d: 2 groups do not divide 3 channels in and 4 out");
  CHECK(error_of([] { Conv1d(0, 4, 3); }) ==
        "Conv1d: 0 channels in and 4 out given, at least 1 of each wanted");
  CHECK(error_of([] { Conv2d(3, 4, {3, 3, 3}); }) == "Conv2d: 3 numbers given for kernel, 1 or 2 wanted");
  CHECK(error_of([] {
          MaxPool3d(2, {.stride = {2, 2}});
        }) == "MaxPool3d: 2 numbers given for stride, 1 or 3 wanted");
  CHECK(error_of([&] {
          MaxPool1d layer1(2);
          layer1(x);
        }) == "MaxPool1d: x (2, 4, 6, 7) given, 3 dimensions wanted");
  CHECK(error_of([&] { Conv2d(3, 4, 3)(x); }) ==
        "conv2d: x (2, 4, 6, 7) does not fit W (4, 3, 3, 3) with 1 group");
}

TEST_CASE("Residual adds what goes around") {
  auto convolution = [](Index out, Index stride) {
    Sequential s;
    s.append(Conv2d(2, out, 3, {.stride = stride, .padding = 1}));
    return s;
  };
  const Tensor x = random_tensor({2, 2, 4, 4}, 1);
  Residual same(convolution(2, 1));
  CHECK(same_bits(same(x), add(same.children()[0].module->forward(x), x)));
  CHECK(same.state_dict()[0].name == "main.0.weight");

  Sequential shortcut;
  shortcut.append(Conv2d(2, 4, 1, {.stride = 2}));
  Residual other(convolution(4, 2), std::move(shortcut));
  CHECK(other(x).shape() == Shape{2, 4, 2, 2});
  CHECK(other.state_dict()[2].name == "shortcut.0.weight");
  CHECK(other.describe() == "Residual(main, shortcut)");
  const Residual moved(std::move(other));
  CHECK(moved.children().size() == 2);

  Residual wrong(convolution(4, 2));
  CHECK(error_of([&] { wrong(x); }) == "Residual: main gives (2, 4, 2, 2), the identity (2, 2, 4, 4)");
}

// Volumes of noise with a brighter half: the class is 0 left, 1 right, 2 top or 3 bottom.
void draw_volumes(const Tensor& x, const Labels& labels, Rng& rng) {
  for (Index n = 0; n < x.dim(0); ++n) {
    labels[n] = static_cast<int>(rng.below(4));
    for (Index i = 0; i < 216; ++i) {
      const Index h = i / 6 % 6, w = i % 6;
      const bool bright = labels[n] == 0 ? w < 3 : labels[n] == 1 ? w >= 3 : labels[n] == 2 ? h < 3 : h >= 3;
      x[n * 216 + i] = static_cast<real>(rng.normal(bright ? 0.3 : -0.3, 1));
    }
  }
}

TEST_CASE("a net of Conv3d learns four kinds of noisy volumes") {
  manual_seed(1);
  Sequential net;  // a BatchNorm3d(8) fits after either Conv3d
  net.append(Conv3d(1, 8, 3, {.padding = 1}));
  net.append(Activation("relu"));
  net.append(MaxPool3d(2));
  net.append(Conv3d(8, 8, 3, {.padding = 1}));
  net.append(Activation("relu"));
  net.append(Flatten());
  net.append(Linear(8 * 27, 4));
  Adam adam(net.parameters(), {.lr = 0.005});
  Rng rng(2);
  Tensor x({32, 1, 6, 6, 6});
  Labels labels(32);
  for (int step = 0; step < 60; ++step) {
    draw_volumes(x, labels, rng);
    adam.zero_grad();
    softmax_cross_entropy(net(x), labels).backward();
    adam.step();
  }
  NoGrad guard;
  Tensor test({200, 1, 6, 6, 6});
  Labels truth(200);
  draw_volumes(test, truth, rng);
  CHECK(count_correct(net(test), truth) > 180);
}

}  // namespace
}}  // namespace norma
