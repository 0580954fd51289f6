// What the other measures of centre and spread are made of.
#include "core/normalize_parts.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_normalize_parts_test {

using namespace reference;

TEST_CASE("center, spread and scale_shift: errors") {
  const Tensor x = Tensor::ones({2, 3}), g = Tensor::ones({2});
  CHECK(error_of([&] { center(x, {2, 2, 1}); }) == "center: view (2, 2, 1) does not fit x (2, 3)");
  CHECK(error_of([&] {
          spread(x, {2, 2, 1}, Spread::l1);
        }) == "spread: view (2, 2, 1) does not fit x (2, 3)");
  CHECK(error_of([&] {
          scale_shift(x, {2, 3, 1}, g);
        }) == "scale_shift: expected gamma and beta of shape (3,), got (2,)");
  CHECK(error_of([&] {
          scale_shift(x, {2, 2, 1}, g);
        }) == "scale_shift: view (2, 2, 1) does not fit x (2, 3)");
  CHECK(error_of([&] { center(x, {-1, -6, 1}); }) == "center: view (-1, -6, 1) does not fit x (2, 3)");
  CHECK(error_of([&] {
          spread(Tensor::ones({0, 3}), {0, 3, 1}, Spread::l1);
        }) == "spread: x (0, 3) has no elements to measure");
}

TEST_CASE("spread: NaN is seen wherever it stands") {
  for (Index where : {0, 1, 2}) {
    Tensor column = Tensor::from({3, 1}, {1, 3, 2});
    column[where] = NAN;
    for (Spread norm : {Spread::l1, Spread::linf}) CHECK(std::isnan(spread(column, {3, 1, 1}, norm)[0]));
  }
}

TEST_CASE("center, spread, scale_shift and reciprocal: worked by hand") {
  const Tensor x = Tensor::from({2, 2}, {1, -2, 5, 4});  // two channels, two samples
  const View v = channel_view(x);
  CHECK(numbers(center(x, v)) == Numbers{-2, -3, 2, 3});
  CHECK(numbers(spread(x, v, Spread::l1)) == Numbers{3, 3});
  CHECK(numbers(spread(x, v, Spread::linf)) == Numbers{5, 4});
  CHECK(numbers(scale_shift(x, v, Tensor::from({2}, {2, -1}), Tensor::from({2}, {0, 3}))) ==
        Numbers{2, 5, 10, -1});
  CHECK(numbers(scale_shift(x, v, {})) == numbers(x));
  CHECK(numbers(reciprocal(x, 3)) == Numbers{0.25, 1, 0.125, Wide(1 / real(7))});
}

TEST_CASE("center, spread, scale_shift and reciprocal: gradients worked by hand") {
  const Tensor dy = Tensor::from({2, 2}, {1, 2, 3, 6});
  auto gradient_of = [&](auto f, const Tensor& upstream) {
    const Tensor x = Tensor::from({2, 2}, {1, -2, 5, 4}).set_requires_grad(true);
    f(x).backward(upstream);
    return gradient(x);
  };
  const View v{2, 2, 1};
  CHECK(gradient_of([&](const Tensor& x) { return center(x, v); }, dy) == Numbers{-1, -2, 1, 2});
  const Tensor ds = Tensor::from({2}, {2, 4});
  CHECK(gradient_of([&](const Tensor& x) { return spread(x, v, Spread::l1); }, ds) == Numbers{1, -2, 1, 2});
  CHECK(gradient_of([&](const Tensor& x) { return spread(x, v, Spread::linf); }, ds) == Numbers{0, 0, 2, 4});
  CHECK(gradient_of(
            [&](const Tensor& x) {
              return scale_shift(x, v, Tensor::from({2}, {2, -1}));
            },
            dy) == Numbers{2, -2, 6, -6});
  CHECK(gradient_of([](const Tensor& x) { return reciprocal(x, 3); }, Tensor::from({2, 2}, {16, 1, 64, 0})) ==
        Numbers{-1, -1, -1, 0});
}

}  // namespace core_normalize_parts_test
}}  // namespace norma
