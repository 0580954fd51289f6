// The matrix product for browsers against OpenBLAS: the same file, compiled for this machine.
#include "apps/lab/sgemm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/blas.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD { namespace lab_sgemm_test {

Tensor random_matrix(Index rows, Index cols, std::uint64_t seed) {
  Rng rng(seed);
  Tensor t({rows, cols});
  for (real& v : t.values()) v = static_cast<real>(rng.normal());
  return t;
}

// The largest difference from OpenBLAS's A B + beta·C, for sums of k products of normal numbers.
double largest_difference(Index m, Index n, Index k, bool ta, bool tb, real alpha, real beta) {
  const Tensor A = ta ? random_matrix(k, m, 1) : random_matrix(m, k, 1);
  const Tensor B = tb ? random_matrix(n, k, 2) : random_matrix(k, n, 2);
  const Tensor ours = random_matrix(m, n, 3), theirs = ours.clone(), scaled = A.clone();
  for (real& v : scaled.values()) v *= alpha;
  const Matrix a = matrix(scaled), b = matrix(B);
  multiply(ta ? a.T() : a, tb ? b.T() : b, matrix(theirs), beta);
  sgemm(m, n, k, alpha, {A.data(), A.dim(1), ta}, {B.data(), B.dim(1), tb}, beta, ours.data(), n);
  double largest = 0;
  for (Index i = 0; i < ours.size(); ++i) largest = std::max(largest, double(std::abs(ours[i] - theirs[i])));
  return largest;
}

TEST_CASE("our product is OpenBLAS's: odd sizes, each factor as stored or transposed, any alpha and beta") {
  const Index sizes[][3] = {{1, 1, 1},   {4, 8, 16},   {5, 9, 1},     {3, 7, 13},    {60, 100, 784},
                            {61, 10, 7}, {1, 33, 600}, {100, 1, 515}, {17, 23, 1025}};
  const real factors[][2] = {{1, 0}, {1, 1}, {0.5, -2}, {0, 0.25}};  // alpha, beta
  for (const auto& size : sizes)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true})
        for (const auto& factor : factors) {
          INFO(concat("m, n, k = ", size[0], ", ", size[1], ", ", size[2], ", A ", ta ? "" : "not ",
                      "transposed, B ", tb ? "" : "not ", "transposed, alpha ", factor[0], ", beta ",
                      factor[1]));
          CHECK(largest_difference(size[0], size[1], size[2], ta, tb, factor[0], factor[1]) <
                4e-6 * std::sqrt(double(size[2])) + 1e-6);
        }
}

TEST_CASE("rows of factors and of the result may be parts of longer ones, whose rest stays") {
  const Tensor A = random_matrix(6, 20, 1), B = random_matrix(20, 11, 2);
  Tensor wide = Tensor::full({6, 15}, 7), narrow = Tensor::zeros({6, 9});
  sgemm(6, 9, 12, 1, {A.data() + 3, 20, false}, {B.data() + 2, 11, false}, 0, wide.data(), 15);
  Tensor a({6, 12}), b({12, 9});
  for (Index i = 0; i < 6; ++i)
    for (Index t = 0; t < 12; ++t) a[i * 12 + t] = A[i * 20 + 3 + t];
  for (Index t = 0; t < 12; ++t)
    for (Index j = 0; j < 9; ++j) b[t * 9 + j] = B[t * 11 + 2 + j];
  multiply(matrix(a), matrix(b), matrix(narrow));
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 15; ++j) {
      if (j < 9)
        CHECK(std::abs(wide[i * 15 + j] - narrow[i * 9 + j]) < 1e-5);
      else
        CHECK(wide[i * 15 + j] == 7);
    }
}

TEST_CASE("beta = 0 does not read what was there, and no terms leave beta C") {
  Tensor C = Tensor::full({2, 2}, NAN);
  const float A[] = {1, 2}, B[] = {3, 4};
  sgemm(2, 2, 1, 1, {A, 1, false}, {B, 2, false}, 0, C.data(), 2);
  CHECK(std::vector<real>(C.begin(), C.end()) == std::vector<real>{3, 4, 6, 8});
  sgemm(2, 2, 0, 1, {A, 1, false}, {B, 2, false}, 0.5, C.data(), 2);
  CHECK(std::vector<real>(C.begin(), C.end()) == std::vector<real>{1.5, 2, 3, 4});
}

}  // namespace lab_sgemm_test
}}  // namespace norma
