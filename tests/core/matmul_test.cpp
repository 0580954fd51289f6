// Matrix products and linear against the slow version, with their gradients.
#include <doctest/doctest.h>

#include <array>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_matmul_test {

using namespace reference;

TEST_CASE("matmul and linear, value and gradient") {
  for (const auto& size : {std::array<Index, 3>{1, 1, 1},
                           {1, 5, 1},
                           {3, 1, 17},
                           {7, 13, 5},
                           {60, 100, 33},
                           {2, 0, 3},
                           {129, 31, 300}}) {
    const Index m = size[0], k = size[1], n = size[2];
    CAPTURE(m);
    CAPTURE(k);
    CAPTURE(n);
    const Tensor A = random_tensor({m, k}, 1).set_requires_grad(true),
                 B = random_tensor({k, n}, 2).set_requires_grad(true),
                 b = random_tensor({n}, 3).set_requires_grad(true), dC = random_tensor({m, n}, 4);
    const Numbers a = numbers(A), bt = transpose(numbers(B), k, n), d = numbers(dC);
    const Numbers dA = matmul(d, bt, m, n, k), dB = matmul(transpose(a, m, k), d, k, m, n);
    Numbers want = matmul(a, numbers(B), m, k, n);
    const Tensor C = matmul(A, B);
    CHECK(difference(C, want) < tolerance);
    C.backward(dC);
    CHECK(difference(gradient(A), dA) < tolerance);
    CHECK(difference(gradient(B), dB) < tolerance);

    const Tensor W = Tensor(Shape{n, k}).set_requires_grad(true);
    for (std::size_t i = 0; i < bt.size(); ++i) W.data()[i] = static_cast<real>(bt[i]);
    CHECK(difference(linear(A, W), want) < tolerance);
    for (Index i = 0; i < m * n; ++i) want[at(i)] += b[i % n];
    A.zero_grad();
    for (int times : {1, 2}) {  // the second gradient is added to the first
      CAPTURE(times);
      const Tensor y = linear(A, W, b);
      CHECK(difference(y, want) < tolerance);
      y.backward(dC);
      auto grown = [&](Numbers g) {
        for (Wide& v : g) v *= times;
        return g;
      };
      CHECK(difference(gradient(A), grown(dA)) < tolerance);
      CHECK(difference(gradient(W), grown(transpose(dB, k, n))) < tolerance);
      CHECK(difference(gradient(b), grown(column_sums(d, m, n))) < tolerance);
    }
  }
}

TEST_CASE("matmul and linear of shapes that do not fit") {
  const Tensor a(Shape{2, 3}), b(Shape{4, 5}), v(Shape{3});
  CHECK(error_of([&] { matmul(a, b); }) == "matmul: A (2, 3) does not fit B (4, 5)");
  CHECK(error_of([&] { matmul(a, v); }) == "matmul: A (2, 3) does not fit B (3,)");
  CHECK(error_of([&] { linear(a, b); }) == "linear: x (2, 3) does not fit W (4, 5)");
  CHECK(error_of([&] { linear(v, a); }) == "linear: x (3,) does not fit W (2, 3)");
  CHECK(error_of([&] { linear(a, a, v); }) == "linear: b (3,) does not fit W (2, 3)");
}

}  // namespace core_matmul_test
}}  // namespace norma
