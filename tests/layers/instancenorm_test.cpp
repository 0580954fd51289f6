// Instance normalization: which statistics serve, what does not matter, errors.
#include "layers/instancenorm.h"

#include <doctest/doctest.h>

#include "layers/batchnorm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_instancenorm_test {

using namespace reference;

constexpr Index C = 3;

TEST_CASE("its statistics in evaluation unless it tracks; momentum none leaves them") {
  InstanceNorm1d plain(C), none(C, {.momentum = std::nullopt, .track_running_stats = true});
  const Tensor x = random_tensor({2, C, 6}, 1, 2, 3);
  const Tensor y = plain(x);
  plain.eval();
  CHECK(same_bits(plain(x), y));
  CHECK(same_bits(none(x), y));
  CHECK(numbers(none.running_mean) == Numbers{0, 0, 0});
  CHECK(numbers(none.running_var) == Numbers{1, 1, 1});
  none.eval(Statistics::batch);
  CHECK(same_bits(none(x), y));
  none.eval();
  CHECK_FALSE(same_bits(none(x), y));
}

TEST_CASE("names and order of the state, what decays, descriptions") {
  check_new(InstanceNorm1d(4), "", "InstanceNorm1d(4)");
  check_new(
      InstanceNorm2d(4, {.eps = 0.1, .momentum = std::nullopt, .affine = true, .track_running_stats = true}),
      "weight bias running_mean running_var num_batches_tracked",
      "InstanceNorm2d(4, eps=0.1, momentum=None, affine=True, track_running_stats=True)");
  check_new(InstanceNorm3d(4, {.affine = true}), "weight bias", "InstanceNorm3d(4, affine=True)");
}

TEST_CASE("errors say what was expected and what was got") {
  InstanceNorm2d instance(4);
  CHECK(refusal(instance, {2, 4, 5}) ==
        "InstanceNorm2d: expected x of shape (N, 4, …) with 4 dimensions, got (2, 4, 5)");
  CHECK(refusal(instance, {2, 4, 1, 1}) ==
        "InstanceNorm2d: expected at least 2 positions (the variance of one is 0), got x (2, 4, 1, 1)");
  CHECK(error_of([] { InstanceNorm1d(0); }) == "InstanceNorm1d: expected at least 1 feature, got 0");
}

TEST_CASE("an image's contrast and brightness do not matter, the other images' neither") {
  InstanceNorm2d norm(3, {.eps = 0});
  BatchNorm2d batch(3, {.eps = 0});
  const Tensor x = random_tensor({4, 3, 5, 6}, 1, 2, 3);
  Tensor other = x.clone();
  for (Index i = 0; i < 90; ++i) other[90 + i] = real(0.2) * other[90 + i] + 7;  // image 1
  CHECK(difference(norm(other), numbers(norm(x))) < 20 * tolerance);
  CHECK(difference(batch(other), numbers(batch(x))) > 0.1);
  for (Index i = 0; i < 30; ++i) other[i] = -other[i];  // a channel of image 0
  const Tensor y = norm(x), z = norm(other);
  CHECK(difference(Numbers(z.data() + 30, z.data() + 360), Numbers(y.data() + 30, y.data() + 360)) <
        20 * tolerance);
  CHECK(difference(z, numbers(y)) > 0.1);
}

}  // namespace layers_instancenorm_test
}}  // namespace norma
