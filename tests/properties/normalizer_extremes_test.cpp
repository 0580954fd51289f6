// All normalizers given what may break them: constants, NaN, large means, one sample, none.
#include <doctest/doctest.h>

#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/lrn.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace properties_normalizer_extremes_test {

using namespace reference;

// Every normalizer of (N, 4, L), without γ and β if possible.
std::vector<std::unique_ptr<Module>> every(double eps = 1e-5) {
  const BatchNormOptions o{.eps = eps, .affine = false};
  std::vector<std::unique_ptr<Module>> all;
  all.push_back(std::make_unique<BatchNorm1d>(4, o));
  all.push_back(std::make_unique<BatchRenorm>(4, BatchRenormOptions{.eps = eps}));
  all.push_back(std::make_unique<SpreadBatchNorm>(4, Spread::l1, o));
  all.push_back(std::make_unique<SpreadBatchNorm>(4, Spread::linf, o));
  all.push_back(std::make_unique<MeanOnlyBatchNorm>(4, o));
  all.push_back(std::make_unique<InstanceNorm1d>(4, InstanceNormOptions{.eps = eps}));
  all.push_back(std::make_unique<LayerNorm>(Shape{4, 6}, LayerNormOptions{.eps = eps}));
  all.push_back(std::make_unique<GroupNorm>(2, 4, GroupNormOptions{.eps = eps}));
  return all;
}

TEST_CASE("constant inputs give beta, and gradients stay finite") {
  for (const auto& layer : every()) {
    CAPTURE(layer->describe());
    for (real value : {real(0), real(0.1), real(-1e4)}) {
      const Tensor x = Tensor::full({5, 4, 6}, value).set_requires_grad(true);
      const Tensor y = (*layer)(x);
      y.backward(random_tensor({5, 4, 6}, 1));
      const double rounding = std::abs(double(value)) * (in_double ? 1e-15 : 1e-16) / 1e-5;
      for (real n : y.values()) CHECK(std::abs(double(n)) <= rounding);
      for (real n : x.grad()) CHECK(std::abs(n) < 2e6);
    }
  }
}

TEST_CASE("NaN stays where its statistics reach") {
  const Index bad = 2 * 24 + 1 * 6 + 3;  // sample 2, channel 1, position 3 of (5, 4, 6)
  for (const auto& layer : every()) {
    const std::string name = layer->describe();
    CAPTURE(name);
    Tensor x = random_tensor({5, 4, 6}, 1).set_requires_grad(true);
    x[bad] = NAN;
    const Tensor y = (*layer)(x);
    y.backward(random_tensor({5, 4, 6}, 2));
    for (Index i = 0; i < 120; ++i) {
      const Index n = i / 24, c = i / 6 % 4;
      bool reached = c == 1;
      if (name.find("Layer") == 0) reached = n == 2;
      if (name.find("Group") == 0) reached = n == 2 && c < 2;
      if (name.find("Instance") == 0) reached = n == 2 && c == 1;
      CHECK(std::isnan(y[i]) == reached);
      if (!reached) CHECK(std::isfinite(x.grad()[i]));
    }
    for (const StateEntry& e : layer->state_dict())
      if (e.name.find("running") == 0)
        for (Index k = 0; k < 4; ++k) CHECK(std::isnan(e.tensor[k]) == (k == 1));
  }
}

TEST_CASE("mean 1e4 and deviation 1e-2 come out right in layer, group and instance norm") {
  const Tensor x = random_tensor({4, 6, 50}, 1, 1e4, 1e-2).set_requires_grad(true),
               dy = random_tensor({4, 6, 50}, 2);
  LayerNorm layer({6, 50}, {.elementwise_affine = false});
  GroupNorm group(2, 6, {.affine = false});
  InstanceNorm1d instance(6);
  BatchRenorm renorm(6);
  const std::vector<std::pair<Module*, View>> all = {
      {&layer, {1, 4, 300}}, {&group, {1, 8, 150}}, {&instance, {1, 24, 50}}, {&renorm, {4, 6, 50}}};
  for (const auto& one : all) {
    CAPTURE(one.first->describe());
    const auto& [module, view] = one;
    x.zero_grad();
    const Normalized want = reference::normalize(numbers(x), view, 1e-5L, {}, {}, numbers(dy));
    const Tensor y = (*module)(x);
    y.backward(dy);
    CHECK(difference(y, want.y) < 1e-6);
    CHECK(difference(x.grad(), want.dx) < 1e-6);
  }
}

TEST_CASE("one sample, one channel, one value, five dimensions, a huge epsilon") {
  LayerNorm single({1});
  GroupNorm lonely(4, 4), one(1, 1);
  for (const Tensor& y : {single(Tensor::full({3, 1}, 7)), lonely(random_tensor({3, 4}, 1)),
                          one(Tensor::full({2, 1}, -3)), MeanOnlyBatchNorm(4)(random_tensor({1, 4}, 2))}) {
    for (real n : y.values()) CHECK(n == 0);  // β: the mean is the value itself
  }
  for (const Shape& shape : {Shape{1, 4, 6}, Shape{1, 4, 1, 2, 3}, Shape{2, 4, 3, 1, 2}}) {
    CAPTURE(shape);
    const Tensor x = random_tensor(shape, 3, 2, 3);
    const Index N = shape[0];
    Shape inner{4};
    for (int i = 2; i < shape.rank(); ++i) inner.append(shape[i]);
    auto want = [&](const View& v) {
      return reference::normalize(numbers(x), v, 1e-5L, {}, {}, numbers(x)).y;
    };
    CHECK(difference(LayerNorm(inner)(x), want({1, N, 24})) < tolerance);
    CHECK(difference(GroupNorm(2, 4)(x), want({1, 2 * N, 12})) < tolerance);
    CHECK(difference(BatchRenorm(4)(x), want({N, 4, 6})) < tolerance);
    if (shape.rank() == 5) {
      CHECK(difference(BatchNorm3d(4)(x), want({N, 4, 6})) < tolerance);
      CHECK(difference(InstanceNorm3d(4)(x), want({1, 4 * N, 6})) < tolerance);
    }
    Tensor flat = x.detach({24 * N, 1});
    CHECK(difference(BatchNorm1d(1)(flat), want({1, 1, 24 * N})) < tolerance);
  }
  for (const auto& layer : every(1e30)) {
    if (layer->describe().find("Mean") == 0) continue;
    const Tensor y = (*layer)(random_tensor({5, 4, 6}, 4, 2, 3));
    for (real n : y.values()) CHECK(std::abs(double(n)) < 1e-10);
  }
}

TEST_CASE("an empty batch: an error in one line or an empty result, and no state is changed") {
  for (const auto& layer : every()) {
    CAPTURE(layer->describe());
    const StateDict state = layer->state_dict();
    const std::string text = refusal(*layer, {0, 4, 6});
    CHECK((text == "no error" || text.find("x (0, 4, 6)") != text.npos));
    for (const StateEntry& e : state) {
      if (e.counter) CHECK(*e.counter == 0);
      if (!e.counter)
        for (real n : e.tensor.values()) CHECK(n == (e.name == "bias" || e.name == "running_mean" ? 0 : 1));
    }
    layer->eval();
    CHECK(error_of([&] {
            CHECK((*layer)(Tensor::ones({0, 4, 6})).shape() == Shape{0, 4, 6});
          }) == "no error");
  }
  InstanceNorm1d tracked(4, {.track_running_stats = true});
  tracked(Tensor::ones({0, 4, 6}));
  CHECK(numbers(tracked.running_mean) == Numbers{0, 0, 0, 0});
  const Tensor x = Tensor::ones({0, 4}).set_requires_grad(true);
  LayerNorm layer({4});
  const Tensor y = layer(x);
  y.backward(Tensor::ones({0, 4}));
  CHECK(gradient(layer.weight) == Numbers{0, 0, 0, 0});
  CHECK(LocalResponseNorm(3)(x).size() == 0);
  CHECK(BatchNoise()(x).size() == 0);
}

}  // namespace properties_normalizer_extremes_test
}}  // namespace norma
