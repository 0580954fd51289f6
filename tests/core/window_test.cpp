// Windows that slide: how many outputs they have, worked by hand.
#include "core/window.h"

#include <doctest/doctest.h>

#include "core/conv.h"
#include "core/pooling.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_window_test {

using namespace reference;

TEST_CASE("sizes of outputs, worked by hand") {
  const Tensor x = Tensor::zeros({1, 1, 5, 6});
  CHECK(max_pool(x, 2).shape() == Shape{1, 1, 2, 3});
  CHECK(max_pool(x, 2, {.ceil_mode = true}).shape() == Shape{1, 1, 3, 3});
  CHECK(max_pool(x, 3, {.stride = 1, .dilation = 2}).shape() == Shape{1, 1, 1, 2});
  // The last window would begin in the right padding: (5 + 2 − 2)/2 rounded up + 1 = 4, less one.
  CHECK(avg_pool(x, 2, {.stride = 2, .padding = 1, .ceil_mode = true}).shape() == Shape{1, 1, 3, 4});
  CHECK(conv(x, Tensor::zeros({4, 1, 3, 3}), {}, 2, 1).shape() == Shape{1, 4, 3, 3});
  CHECK(adaptive_avg_pool(x, {2, 9}).shape() == Shape{1, 1, 2, 9});
}

TEST_CASE("sizes: one number for all dimensions, or one each; four are too many") {
  CHECK(error_of([] { Sizes({1, 2, 3, 4}); }) == "sizes: expected at most 3, got 4");
  const Sizes none{}, all = 3, each = {3, 5};
  CHECK((none.empty() && !all.empty() && all.count() == 1 && each.count() == 2));
  CHECK((all[0] == 3 && all[2] == 3 && each[0] == 3 && each[1] == 5));
}

}  // namespace core_window_test
}}  // namespace norma
