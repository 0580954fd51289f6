// Layer normalization: state, and what does not fit.
#include "layers/layernorm.h"

#include <doctest/doctest.h>

#include "layers/batchnorm_variants.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_layernorm_test {

using namespace reference;

TEST_CASE("names and order of the state, what decays, descriptions") {
  check_new(LayerNorm({3, 4}), "weight bias", "LayerNorm((3, 4))");
  check_new(LayerNorm({4}, {.eps = 0.1, .elementwise_affine = false}), "",
            "LayerNorm((4,), eps=0.1, elementwise_affine=False)");
  CHECK(LayerNorm({3, 4}).weight.shape() == Shape{3, 4});
}

TEST_CASE("errors say what was expected and what was got") {
  LayerNorm layer({3, 4});
  CHECK(refusal(layer, {2, 4, 3}) == "LayerNorm: x (2, 4, 3) does not end in normalized_shape (3, 4)");
  CHECK(refusal(layer, {4}) == "LayerNorm: x (4,) does not end in normalized_shape (3, 4)");
  CHECK(error_of([] { LayerNorm(Shape{}); }) ==
        "LayerNorm: expected a normalized_shape of at least one dimension, all of at least 1, got ()");
  CHECK(error_of([] {
          LayerNorm({3, 0});
        }) ==
        "LayerNorm: expected a normalized_shape of at least one dimension, all of at least 1, got (3, 0)");
  CHECK(error_of([] { LayerNorm({3}, {.eps = NAN}); }) == "LayerNorm: expected eps of at least 0, got nan");
}

TEST_CASE("each sample by its own mean and variance over normalized_shape, γ and β along it") {
  for (const Shape& normalized : {Shape{6}, Shape{4, 6}, Shape{3, 4, 6}}) {
    CAPTURE(normalized);
    LayerNorm layer(normalized);
    randomize(layer.weight, layer.bias, 1);
    const Tensor x = random_tensor({2, 3, 4, 6}, 2, 1, 2), dy = random_tensor({2, 3, 4, 6}, 3);
    const Index D = normalized.size(), rows = x.size() / D;
    const Numbers gamma = numbers(layer.weight), beta = numbers(layer.bias), upstream = numbers(dy);
    // γ and β go along the other index: by hand, and dx from γ dy.
    Numbers scaled = upstream, dgamma(at(D), 0), dbeta(at(D), 0);
    for (Index i = 0; i < x.size(); ++i) scaled[at(i)] *= gamma[at(i % D)];
    Normalized want = reference::normalize(numbers(x), {1, rows, D}, 1e-5L, {}, {}, scaled);
    for (Index i = 0; i < x.size(); ++i) {
      dgamma[at(i % D)] += upstream[at(i)] * want.y[at(i)];
      dbeta[at(i % D)] += upstream[at(i)];
      want.y[at(i)] = gamma[at(i % D)] * want.y[at(i)] + beta[at(i % D)];
    }
    CHECK(difference(run(layer, x, dy), Result{want.y, want.dx, dgamma, dbeta}) < 2 * tolerance);
    layer.eval();
    CHECK(difference(layer(x), want.y) < tolerance);  // no running averages: the same in evaluation
  }
}

}  // namespace layers_layernorm_test
}}  // namespace norma
