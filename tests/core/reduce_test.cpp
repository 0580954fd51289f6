// Sums, means and reshape.
#include <doctest/doctest.h>

#include <array>

#include "core/ops.h"
#include "tests/support/elementwise.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_reduce_test {

using namespace reference;

TEST_CASE("sum, mean and mse") {
  for (const Shape& shape : shapes) {
    CAPTURE(shape);
    const Tensor a = random_tensor(shape, 1, 3).set_requires_grad(true),
                 b = random_tensor(shape, 2).set_requires_grad(true);
    const Wide n = static_cast<Wide>(a.size());
    Wide s = 0, squares = 0;
    Numbers da(at(a.size())), db(da);
    for (Index i = 0; i < a.size(); ++i) {
      const Wide d = Wide(a[i]) - b[i];
      s += a[i];
      squares += d * d;
      da[at(i)] = 1 + 2 / n + 3 * 2 * d / n;  // of sum + 2 mean + 3 mse
      db[at(i)] = -3 * 2 * d / n;
    }
    CHECK(difference(sum(a), {s}) < tolerance);
    CHECK(difference(mean(a), {s / n}) < tolerance);
    CHECK(difference(mse(a, b), {squares / n}) < tolerance);
    add(add(sum(a), scale(mean(a), 2)), scale(mse(a, b), 3)).backward();
    CHECK(difference(a.grad(), da) < tolerance);
    CHECK(difference(b.grad(), db) < tolerance);
  }
  CHECK(error_of([] { mean(Tensor(Shape{0, 2})); }) == "mean: x (0, 2) has no elements");
  CHECK(sum(Tensor(Shape{0})).item() == 0);
}

TEST_CASE("reshape, value and gradient") {
  using Two = const Tensor*;
  using W = const Wide*;
  using Three = std::array<Wide, 3>;
  check_elementwise(
      "reshape", 1, [](Two x) { return reshape(reshape(*x, {x->size()}), x->shape()); },
      [](W x) {
        return Three{*x, 1};
      });
}

TEST_CASE("reshape to another number of elements is an error") {
  const Tensor v(Shape{3});
  CHECK(error_of([&] { reshape(v, {2}); }) == "reshape: x (3,) has 3 elements, (2,) has 2");
}

}  // namespace core_reduce_test
}}  // namespace norma
