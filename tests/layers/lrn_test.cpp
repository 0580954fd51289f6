// Local response normalization as a layer.
#include "layers/lrn.h"

#include <doctest/doctest.h>

#include "core/normalize_parts.h"
#include "core/ops.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_lrn_test {

using namespace reference;

TEST_CASE("names and order of the state, what decays, descriptions") {
  check_new(LocalResponseNorm(5), "", "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1)");
}

TEST_CASE("NaN stays in the windows that see it") {
  Tensor x = random_tensor({2, 6}, 3);
  x[1] = NAN;
  const Tensor y = LocalResponseNorm(3)(x);
  for (Index i = 0; i < 12; ++i) CHECK(std::isnan(y[i]) == (i < 3));
}

TEST_CASE("errors say what was expected and what was got") {
  LocalResponseNorm lrn(5);
  CHECK(refusal(lrn, {4}) == "local_response_norm: expected x of shape (N, C, …), got (4,)");
  CHECK(error_of([] { LocalResponseNorm(0); }) == "LocalResponseNorm: expected a size of at least 1, got 0");
}

TEST_CASE("it is the operation, in training and in evaluation") {
  const Tensor x = random_tensor({2, 6, 3}, 1);
  LocalResponseNorm layer(3, {.alpha = 0.5, .beta = 0.6, .k = 2});
  const Tensor y = local_response_norm(x, 3, 0.5, 0.6, 2);
  CHECK(same_bits(layer(x), y));
  layer.eval();
  CHECK(same_bits(layer(x), y));
}

}  // namespace layers_lrn_test
}}  // namespace norma
