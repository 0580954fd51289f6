// Matrix products through BLAS: transposed or not, into a new result or on top of one; and what does not fit.
#include "core/blas.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_blas_test {

using namespace reference;

TEST_CASE("C = A B + beta C, of either factor as it is stored or transposed") {
  const Index m = 5, k = 7, n = 3;
  const Tensor A = random_tensor({m, k}, 1), B = random_tensor({k, n}, 2), At = random_tensor({k, m}, 3),
               Bt = random_tensor({n, k}, 4), C = random_tensor({m, n}, 5);
  const Numbers a = numbers(A), b = numbers(B), at = transpose(numbers(At), k, m),
                bt = transpose(numbers(Bt), n, k);
  auto product = [&](const Matrix& left, const Matrix& right, real beta) {
    const Tensor into = C.clone();
    multiply(left, right, matrix(into), beta);
    return into;
  };
  auto plus = [](Numbers sum, const Numbers& more, Wide beta) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += beta * more[i];
    return sum;
  };
  const Matrix ta = matrix(At).T(), tb = matrix(Bt).T();
  CHECK(difference(product(matrix(A), matrix(B), 0), reference::matmul(a, b, m, k, n)) < tolerance);
  CHECK(difference(product(ta, matrix(B), 0), reference::matmul(at, b, m, k, n)) < tolerance);
  CHECK(difference(product(matrix(A), tb, 0), reference::matmul(a, bt, m, k, n)) < tolerance);
  CHECK(difference(product(ta, tb, 0.5), plus(reference::matmul(at, bt, m, k, n), numbers(C), 0.5)) <
        tolerance);
}

TEST_CASE("what does not fit is refused before BLAS is asked") {
  const Tensor A(Shape{2, 3}), B(Shape{4, 5}), C(Shape{2, 5}), v(Shape{3});
  CHECK(error_of([&] { matrix(v); }) == "matrix: expected a tensor of rank 2, got shape (3,)");
  CHECK(error_of([&] { multiply(matrix(A), matrix(B), matrix(C), 0); }) ==
        "multiply: (2, 3) times (4, 5) does not fit the result (2, 5)");
  CHECK(error_of([&] {
          multiply(matrix(A), matrix(A).T(), GradSlot{C.data(), 10, 0});
        }) == "multiply: (2, 3) times (3, 2) does not fit a gradient of 10 elements");
}

}  // namespace core_blas_test
}}  // namespace norma
