// Pooling layers, Flatten and Residual.
#include "layers/pooling.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/conv.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_pooling_test {

using namespace reference;

TEST_CASE("pools as layers are the operations, and say what does not fit") {
  const Tensor x = random_tensor({2, 4, 6, 7}, 1);
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
  CHECK(error_of([] {
          MaxPool3d(2, {.stride = {2, 2}});
        }) == "MaxPool3d: stride: expected 1 or 3 numbers, got 2");
  CHECK(error_of([&] {
          MaxPool1d layer1(2);
          layer1(x);
        }) == "MaxPool1d: expected x with 3 dimensions, got (2, 4, 6, 7)");
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

}  // namespace layers_pooling_test
}}  // namespace norma
