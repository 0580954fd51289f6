// Standardize: the values of torchvision's Normalize, on pictures and on flat samples.
#include "layers/standardize.h"

#include <doctest/doctest.h>

#include "layers/network/build.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_standardize_test {

/// With mean 0.25, 0.5 and std 0.5, 0.125.
Standardize layer() {
  Standardize s(2);
  s.mean[0] = static_cast<real>(0.25), s.mean[1] = static_cast<real>(0.5);
  s.std[0] = static_cast<real>(0.5), s.std[1] = static_cast<real>(0.125);
  return s;
}

TEST_CASE("standardize: (x - mean)/std of each channel, by hand") {
  Standardize s = layer();
  const std::vector<double> x = {0, 0.25, 0.5, 1, 0, 0.5, 0.625, 1, 1, 1, 1, 1, 1, 1, 1, 1},
                            y = {-0.5, 0, 0.5, 1.5, -4, 0, 1, 4, 1.5, 1.5, 1.5, 1.5, 4, 4, 4, 4};
  for (const Shape& shape : {Shape{2, 2, 2, 2}, Shape{2, 2, 4}, Shape{2, 8}}) {
    const Tensor result = s(Tensor::from(shape, x));
    CHECK(result.shape() == shape);
    for (Index i = 0; i < 16; ++i) CHECK(result[i] == real(y[static_cast<std::size_t>(i)]));
  }
  s.eval(Statistics::batch);
  CHECK(s(Tensor::from({2, 8}, x))[3] == real(1.5));  // the same in every mode
  CHECK(s(Tensor(Shape{0, 8})).shape() == Shape{0, 8});
}

TEST_CASE("standardize: its state is mean and std, which nothing trains") {
  Standardize s = layer();
  CHECK(s.parameters().empty());
  const StateDict state = s.state_dict();
  REQUIRE(state.size() == 2);
  CHECK((state[0].name == "mean" && state[1].name == "std" && state[1].tensor.shape() == Shape{2}));
  Standardize other(2);
  CHECK(other(Tensor::from({1, 2}, {3, 4}))[1] == 4);  // unset: the identity
  other.load(state);
  CHECK(other(Tensor::from({1, 2}, {0, 1}))[1] == 4);
  CHECK(s.describe() == "Standardize(2)");
}

TEST_CASE("standardize: what does not fit is refused") {
  Standardize s = layer();
  CHECK(says(error_of([] { Standardize(0); }), {"expected at least 1 channel, got 0"}));
  CHECK(says(error_of([&] { s(Tensor(Shape{2, 3, 2, 2})); }), {"expected x (N, 2, S…) or (N, 2·S), got"}));
  CHECK(says(error_of([&] { s(Tensor(Shape{2, 7})); }), {"got"}));
  CHECK(says(error_of([&] { s(Tensor(Shape{4})); }), {"got"}));
}

TEST_CASE("standardize: the word stands first, knows the data's channels, and leaves a flat input flat") {
  CHECK(takes_flat_input(parse_layers("standardize, linear 3")));
  CHECK(!takes_flat_input(parse_layers("standardize, conv 2 3")));
  CHECK(!takes_flat_input(parse_layers("standardize")));
  auto first = [](const std::string& text, const BuildOptions& options) {
    return build(parse_layers(text), options).children()[0].module->describe();
  };
  CHECK(first("standardize, linear 3", {.sample = {12}}) == "Standardize(1)");
  CHECK(first("standardize, linear 3", {.sample = {12}, .channels = 3}) == "Standardize(3)");
  CHECK(first("standardize, conv 2 3", {.sample = {3, 2, 2}}) == "Standardize(3)");
  CHECK(says(error_of([&] {
               first("conv 2 3, standardize", {.sample = {3, 4, 4}});
             }),
             {"layer 2, 'standardize'", "expected it first in the network"}));
  CHECK(says(error_of([&] {
               first("residual(standardize)", {.sample = {3, 4, 4}});
             }),
             {"layer 2, 'standardize'", "expected it first"}));
}

}  // namespace layers_standardize_test
}}  // namespace norma
