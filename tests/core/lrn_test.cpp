// Local response normalization (Krizhevsky et al. 2012, §3.3).
#include <doctest/doctest.h>

#include "core/normalize_parts.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_lrn_test {

using namespace reference;

TEST_CASE("value and gradient of every rank and window, by the whole Jacobian") {
  const double alpha = 0.7, beta = 0.6, k = 1.5;
  for (const Shape& shape : {Shape{3, 5}, Shape{1, 1}, Shape{2, 7, 3}, Shape{2, 4, 2, 3},
                             Shape{1, 3, 2, 1, 2}, Shape{40, 90, 50}}) {
    for (Index size : {1, 2, 3, 4, 5, 12}) {
      CAPTURE(shape);
      CAPTURE(size);
      const Tensor input = random_tensor(shape, 1).set_requires_grad(true), seed = random_tensor(shape, 2);
      const Numbers x = numbers(input), dy = numbers(seed);
      const View v = channel_view(input);
      Numbers y(x.size()), dx(x.size(), 0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const Index c = Index(i) / v.inner % v.kept;
        Wide t = k;
        std::vector<std::size_t> window;
        for (Index j = 0; j < size; ++j) {  // size/2 before, the rest from c on
          const Index w = c - size / 2 + j;
          if (w >= 0 && w < v.kept) window.push_back(at(Index(i) + (w - c) * v.inner));
        }
        for (std::size_t w : window) t += Wide(alpha) / size * x[w] * x[w];
        y[i] = x[i] / std::pow(t, Wide(beta));
        dx[i] += dy[i] / std::pow(t, Wide(beta));
        for (std::size_t w : window)  // ∂y_c/∂x_w = −β x_c t^(−β−1) 2 α/size x_w
          dx[w] -= dy[i] * beta * x[i] * std::pow(t, Wide(-beta - 1)) * 2 * alpha / size * x[w];
      }
      auto act = [&] {
        input.zero_grad();
        const Tensor got = local_response_norm(input, size, alpha, beta, k);
        got.backward(seed);
        return std::vector<Tensor>{got, input.grad().clone()};
      };
      const auto got = act();
      CHECK(difference(got[0], y) < tolerance);
      CHECK(difference(got[1], dx) < tolerance);
      local_response_norm(input, size, alpha, beta, k).backward(seed);  // is added
      for (Wide& d : dx) d *= 2;
      CHECK(difference(input.grad(), dx) < tolerance);
      if (x.size() > 1000) CHECK(same_on_two_threads(act));
    }
  }
}

TEST_CASE("a window far larger than the channels") {
  const Tensor x = random_tensor({1, 3}, 1);
  for (Index size : {Index{1} << 62, Index{6148914691236517205}, Index{9223372036854775807}})
    CHECK(numbers(local_response_norm(x, size, 0, 0.75, 1)) == numbers(x));
}

}  // namespace core_lrn_test
}}  // namespace norma
