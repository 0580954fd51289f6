// Group normalization (Wu & He 2018): what it is with one group and with a group for each channel; state;
// errors.
#include "layers/groupnorm.h"

#include <doctest/doctest.h>

#include "layers/batchnorm_variants.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_groupnorm_test {

using namespace reference;

TEST_CASE("one group is LayerNorm, one group per channel is InstanceNorm; values and gradients") {
  for (const Shape& shape : {Shape{5, 6, 4}, Shape{2, 6, 3, 2}, Shape{3, 6, 2, 2, 2}}) {
    CAPTURE(shape);
    const Tensor x = random_tensor(shape, 1, 2, 3), dy = random_tensor(shape, 2);
    Shape inner{6};
    for (int i = 2; i < shape.rank(); ++i) inner.append(shape[i]);
    const Index S = inner.size() / 6;

    GroupNorm one(1, 6), each(6, 6);
    LayerNorm layer(inner);
    randomize(one.weight, one.bias, 3);
    randomize(each.weight, each.bias, 3);
    for (Index i = 0; i < 6 * S; ++i) layer.weight[i] = one.weight[i / S], layer.bias[i] = one.bias[i / S];
    const Result a = run(one, x, dy), b = run(layer, x, dy);
    auto a_channel = [&](const Numbers& elements) {  // the sums over a channel's positions
      Numbers sums(6, 0);
      for (std::size_t i = 0; i < elements.size(); ++i) sums[i / at(S)] += elements[i];
      return sums;
    };
    CHECK(a.y == b.y);
    CHECK(difference(a.dx, b.dx) < tolerance);
    CHECK(difference(a.dgamma, a_channel(b.dgamma)) < tolerance);
    CHECK(difference(a.dbeta, a_channel(b.dbeta)) < tolerance);

    auto same = [&](auto instance) {
      randomize(instance.weight, instance.bias, 3);
      const Result c = run(each, x, dy), d = run(instance, x, dy);
      CHECK((c.y == d.y && c.dx == d.dx && c.dgamma == d.dgamma && c.dbeta == d.dbeta));
    };
    if (shape.rank() == 3) same(InstanceNorm1d(6, {.affine = true}));
    if (shape.rank() == 4) same(InstanceNorm2d(6, {.affine = true}));
    if (shape.rank() == 5) same(InstanceNorm3d(6, {.affine = true}));
    CHECK(difference(run(each, x, dy).y, a.y) > 0.1);
  }
  // of (N, C) one group is LayerNorm too
  GroupNorm group(1, 6);
  LayerNorm layer({6});
  randomize(group.weight, group.bias, 3);
  randomize(layer.weight, layer.bias, 3);
  const Tensor x = random_tensor({7, 6}, 1, 2, 3), dy = random_tensor({7, 6}, 2);
  const Result a = run(group, x, dy), b = run(layer, x, dy);
  CHECK((a.y == b.y && a.dx == b.dx && a.dgamma == b.dgamma && a.dbeta == b.dbeta));
}

TEST_CASE("names and order of the state, what decays, descriptions") {
  check_new(GroupNorm(2, 4), "weight bias", "GroupNorm(2, 4)");
  check_new(GroupNorm(2, 4, {.eps = 0.1, .affine = false}), "", "GroupNorm(2, 4, eps=0.1, affine=False)");
}

TEST_CASE("errors say what was expected and what was got") {
  GroupNorm group(2, 4);
  CHECK(refusal(group, {2, 3}) == "GroupNorm: expected x of shape (N, 4, …), got (2, 3)");
  CHECK(refusal(group, {4}) == "GroupNorm: expected x of shape (N, 4, …), got (4,)");

  CHECK(error_of([] { GroupNorm(3, 4); }) ==
        "GroupNorm: expected a number of channels that is a multiple of the groups, got 4 channels and 3 "
        "groups");
  CHECK(error_of([] { GroupNorm(0, 4); }) ==
        "GroupNorm: expected a number of channels that is a multiple of the groups, got 4 channels and 0 "
        "groups");
  CHECK(error_of([] { GroupNorm(2, 0); }) ==
        "GroupNorm: expected a number of channels that is a multiple of the groups, got 0 channels and 2 "
        "groups");
  CHECK(error_of([] { GroupNorm(2, 4, {.eps = -1}); }) == "GroupNorm: expected eps of at least 0, got -1");
}

}  // namespace layers_groupnorm_test
}}  // namespace norma
