#include "apps/checks/gradient_cases.h"
#include "core/conv.h"
#include "core/pooling.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

// The numbers 0, 0.1, 0.2 … shuffled: a small step changes no maximum's place.
Tensor separated(const Shape& shape, std::uint64_t seed) {
  Rng rng(seed);
  Tensor t(shape);
  for (Index i = 0; i < t.size(); ++i) {
    const Index j = static_cast<Index>(rng.below(static_cast<std::uint64_t>(i + 1)));
    t[i] = t[j];
    t[j] = static_cast<real>(0.1 * double(i));
  }
  return t.set_requires_grad(true);
}

GradientCase conv_case(const std::string& name, const Shape& x, const Shape& W, bool bias,
                       const Sizes& stride = 1, const Sizes& padding = 0, const Sizes& dilation = 1,
                       Index groups = 1) {
  return {"conv " + name,
          {random_leaf(x, 1), random_leaf(W, 2), bias ? random_leaf({W[0]}, 3) : Tensor()},
          [=](const Inputs& in) { return conv(in[0], in[1], in[2], stride, padding, dilation, groups); }};
}

GradientCase max_case(const std::string& name, const Shape& x, const Sizes& kernel,
                      const MaxPoolOptions& o = {}) {
  return {
      "max_pool " + name, {separated(x, 4)}, [=](const Inputs& in) { return max_pool(in[0], kernel, o); }};
}

GradientCase avg_case(const std::string& name, const Shape& x, const Sizes& kernel,
                      const AvgPoolOptions& o = {}) {
  return {
      "avg_pool " + name, {random_leaf(x, 4)}, [=](const Inputs& in) { return avg_pool(in[0], kernel, o); }};
}

GradientCase adaptive_case(const std::string& name, const Shape& x, const Sizes& output) {
  return {"adaptive_avg_pool " + name, {random_leaf(x, 4)}, [=](const Inputs& in) {
            return adaptive_avg_pool(in[0], output);
          }};
}

}  // namespace

std::vector<GradientCase> conv_cases() {
  GradientCase frozen = conv_case("with frozen weights", {2, 2, 4, 4}, {3, 2, 3, 3}, true);
  frozen.inputs[1].set_requires_grad(false);
  return {
      conv_case("1d", {2, 3, 6}, {4, 3, 3}, true),
      conv_case("2d", {2, 2, 4, 5}, {3, 2, 3, 2}, true),
      conv_case("3d", {2, 2, 3, 4, 3}, {2, 2, 2, 3, 2}, true),
      conv_case("without bias", {2, 2, 4, 4}, {3, 2, 3, 3}, false),
      conv_case("stride (2, 3), padding (1, 2)", {2, 2, 5, 5}, {3, 2, 3, 3}, true, {2, 3}, {1, 2}),
      conv_case("dilation 2, padding 2", {2, 2, 5, 5}, {2, 2, 3, 3}, true, 1, 2, 2),
      conv_case("2 groups", {2, 4, 4, 4}, {6, 2, 3, 3}, true, 1, 1, 1, 2),
      conv_case("1×1", {2, 3, 3, 3}, {2, 3, 1, 1}, true),
      frozen,
      max_case("1d", {2, 2, 7}, 2),
      max_case("2d, windows that overlap", {2, 2, 5, 6}, 3, {.stride = 2, .padding = 1}),
      max_case("3d, dilation 2", {1, 2, 4, 4, 5}, 2, {.stride = 1, .dilation = 2}),
      max_case("2d, ceil_mode", {1, 2, 5, 5}, 2, {.ceil_mode = true}),
      avg_case("1d", {2, 2, 7}, 3, {.stride = 2, .padding = 1}),
      avg_case("2d, padding not counted", {2, 2, 5, 6}, 3,
               {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}),
      avg_case("3d, divisor 3", {1, 2, 4, 4, 3}, 2, {.divisor_override = 3}),
      adaptive_case("1d to 3", {2, 2, 5}, 3),
      adaptive_case("2d to 1", {2, 3, 3, 4}, 1),
      adaptive_case("3d to (1, 2, 3)", {2, 2, 3, 3, 4}, {1, 2, 3}),
  };
}

}}  // namespace norma
