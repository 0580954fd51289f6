// Spectral normalization and the spectral penalty, against singular values by Jacobi's rotations.
#include "layers/spectral_norm.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "core/reparametrize.h"
#include "layers/linear.h"
#include "layers/weight_norm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_spectral_norm_test {

using namespace reference;

struct Singular {
  Wide value = 0;  // the largest
  Numbers u, v;    // its directions
};

// One-sided Jacobi: rotations of pairs of columns of A (m, n) until all are orthogonal; their lengths are the
// singular values, the product of the rotations holds the right directions.
Singular largest_singular(Numbers A, Index m, Index n) {
  Numbers V(at(n * n), 0);
  for (Index i = 0; i < n; ++i) V[at(i * n + i)] = 1;
  auto dot = [&](Index p, Index q) {
    Wide sum = 0;
    for (Index i = 0; i < m; ++i) sum += A[at(i * n + p)] * A[at(i * n + q)];
    return sum;
  };
  auto rotate = [&](Numbers& M, Index rows, Index p, Index q, Wide c, Wide s) {
    for (Index i = 0; i < rows; ++i) {
      const Wide a = M[at(i * n + p)], b = M[at(i * n + q)];
      M[at(i * n + p)] = c * a - s * b;
      M[at(i * n + q)] = s * a + c * b;
    }
  };
  for (int sweep = 0; sweep < 40; ++sweep) {
    for (Index p = 0; p < n; ++p)
      for (Index q = p + 1; q < n; ++q) {
        const Wide apq = dot(p, q);
        if (apq == 0) continue;
        const Wide zeta = (dot(q, q) - dot(p, p)) / (2 * apq);
        const Wide t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
        const Wide c = 1 / std::sqrt(1 + t * t);
        rotate(A, m, p, q, c, c * t);
        rotate(V, n, p, q, c, c * t);
      }
  }
  Singular best;
  Index column = 0;
  for (Index p = 0; p < n; ++p)
    if (const Wide length = std::sqrt(dot(p, p)); length > best.value) best.value = length, column = p;
  for (Index i = 0; i < m; ++i) best.u.push_back(A[at(i * n + column)] / best.value);
  for (Index i = 0; i < n; ++i) best.v.push_back(V[at(i * n + column)]);
  return best;
}

TEST_CASE("the test's own singular values") {
  const Singular s = largest_singular({3, 0, 4, 5}, 2, 2);  // σ² = 45 and 5
  CHECK(double(s.value) == doctest::Approx(std::sqrt(45)).epsilon(1e-15));
  CHECK(std::abs(double(s.v[0] * s.v[1])) == doctest::Approx(0.5).epsilon(1e-15));
}

// W as the matrix (kept, the rest).
Numbers matrix_of(const Tensor& W, const View& view) {
  Numbers A;
  for (const auto& row : rows_of(view))
    for (std::size_t i : row) A.push_back(W[Index(i)]);
  return A;
}

TEST_CASE("spectral_norm: after enough steps the largest singular value is 1") {
  struct Case {
    Shape shape;
    SpectralNormOptions o;
  };
  SpectralNormOptions columns, thrice;
  columns.dim = 1;
  thrice.n_power_iterations = 3;
  for (const Case& c : {Case{{6, 4}, {}}, Case{{3, 8}, thrice}, Case{{5, 3, 2, 2}, {}},
                        Case{{4, 5, 2, 3}, columns}, Case{{1, 5}, {}}, Case{{5, 1}, {}}}) {
    const auto& [shape, o] = c;
    CAPTURE(c.shape);
    manual_seed(6);
    Bare layer(shape);
    layer.weight.copy_from(random_tensor(shape, 1, 0.2, 3));
    SpectralNorm& formula = spectral_norm(layer, o);
    const View view = weight_view(layer.weight, o.dim);
    for (int t = 0; t < 600; ++t) layer(Tensor::zeros({1}));
    layer.eval();
    const Singular left =
        largest_singular(matrix_of(layer.effective_weight(), view), view.kept, view.count());
    CHECK(double(left.value) == doctest::Approx(1).epsilon(10 * tolerance));
    const Singular whole = largest_singular(matrix_of(formula.weight_orig, view), view.kept, view.count());
    Numbers wanted = numbers(formula.weight_orig);
    for (Wide& w : wanted) w /= whole.value;
    CHECK(difference(layer.effective_weight(), wanted) < 10 * tolerance);
    wanted = whole.u;
    if (formula.u[0] * whole.u[0] < 0)
      for (Wide& n : wanted) n = -n;
    CHECK(difference(formula.u, wanted) < (in_double ? 1e-6 : 1e-3));
  }
}

TEST_CASE("spectral_norm: one step of training is one power iteration; evaluation moves nothing") {
  manual_seed(7);
  Linear layer(4, 3);
  SpectralNorm& formula = spectral_norm(layer);
  CHECK(names(layer) == "bias weight_orig weight_u weight_v");
  CHECK(layer.describe() == "Linear(4, 3, spectral_norm)");
  CHECK((formula.u.shape() == Shape{3} && formula.v.shape() == Shape{4}));
  auto unit = [](Numbers n) {
    Wide squares = 0;
    for (Wide x : n) squares += x * x;
    for (Wide& x : n) x /= std::sqrt(squares);
    return n;
  };
  CHECK(difference(formula.u, unit(numbers(formula.u))) < tolerance);
  const Numbers W = numbers(formula.weight_orig);
  const Tensor x = random_tensor({5, 4}, 1);
  Numbers u = numbers(formula.u), v;
  for (int t = 0; t < 3; ++t) {
    layer(x);
    v = unit(matmul(u, W, 1, 3, 4));
    u = unit(matmul(W, v, 3, 4, 1));
    CHECK(difference(formula.v, v) < 10 * tolerance);
    CHECK(difference(formula.u, u) < 10 * tolerance);
  }
  layer.eval();
  const Tensor before_u = formula.u.clone(), before_v = formula.v.clone(), y = layer(x);
  layer(random_tensor({2, 4}, 2));
  CHECK(same_bits(layer(x), y));
  CHECK((same_bits(before_u, formula.u) && same_bits(before_v, formula.v)));
  layer.train();
  layer(x);
  CHECK_FALSE(same_bits(before_u, formula.u));
}

TEST_CASE(
    "spectral_norm: the gradient takes u and v as they were in its own forward, also after later ones") {
  manual_seed(8);
  Linear layer(4, 3);
  SpectralNorm& formula = spectral_norm(layer);
  const Numbers W = numbers(formula.weight_orig);
  const Tensor dw = random_tensor({3, 4}, 1), old = layer.effective_weight();
  const Numbers u = numbers(formula.u), v = numbers(formula.v);
  for (int t = 0; t < 3; ++t) layer(random_tensor({2, 4}, 2));
  CHECK(difference(formula.u, u) > 1e-3);
  // w = W/σ, σ = uᵀWv: dW = dw/σ − (Σ dw W)/σ² u vᵀ
  Wide sigma = 0, along = 0;
  for (std::size_t i = 0; i < 12; ++i) sigma += u[i / 4] * W[i] * v[i % 4], along += W[i] * dw[Index(i)];
  Numbers want, w;
  for (std::size_t i = 0; i < 12; ++i) {
    w.push_back(W[i] / sigma);
    want.push_back(dw[Index(i)] / sigma - along / (sigma * sigma) * u[i / 4] * v[i % 4]);
  }
  CHECK(difference(old, w) < 5 * tolerance);
  old.backward(dw);
  CHECK(difference(formula.weight_orig.grad(), want) < 5 * tolerance);
}

// Yoshida & Miyato 2017: λ/2 Σ σ(W)², gradient λ σ u vᵀ.
TEST_CASE("spectral penalty: value and gradient after convergence, warm-started, of matrices only") {
  manual_seed(9);
  Linear a(5, 4), b(3, 6);
  a.weight.copy_from(random_tensor({4, 5}, 1, 0.3));
  b.weight.copy_from(random_tensor({6, 3}, 2, 0.3));
  std::vector<Parameter> parameters = a.parameters();
  for (const Parameter& p : b.parameters()) parameters.push_back(p);
  const double lambda = 0.3;
  SpectralPenalty penalty(parameters, lambda);
  const Tensor first = penalty();
  CHECK(first.shape() == Shape{});
  for (int t = 0; t < 300; ++t) penalty();
  const Tensor value = penalty();
  value.backward();
  Wide want = 0;
  for (const Linear* layer : {&a, &b}) {
    const Index m = layer->weight.dim(0), n = layer->weight.dim(1);
    const Singular s = largest_singular(numbers(layer->weight), m, n);
    want += Wide(lambda) / 2 * s.value * s.value;
    Numbers slope;
    for (Index i = 0; i < m * n; ++i)
      slope.push_back(Wide(lambda) * s.value * s.u[at(i / n)] * s.v[at(i % n)]);
    CHECK(difference(gradient(layer->weight), slope) < (in_double ? 1e-7 : 1e-4));
    CHECK_FALSE(layer->bias.has_grad());
  }
  CHECK(double(value.item() / want) == doctest::Approx(1).epsilon(10 * tolerance));
  CHECK(double(first.item()) < double(want) * (1 - 1e-3));  // one iteration a call
  CHECK(double(SpectralPenalty({}, 1)().item()) == 0);
}

TEST_CASE("SpectralPenalty: parameters of a reparametrized weight are not the weight") {
  Linear weighted(3, 2), spectral(3, 2);
  weight_norm(weighted);
  spectral_norm(spectral);
  CHECK(error_of([&] { SpectralPenalty(weighted.parameters(), 1); }) ==
        "SpectralPenalty: expected plain weights, got weight_g, part of a reparametrized weight");
  CHECK(error_of([&] { SpectralPenalty(spectral.parameters(), 1); }) ==
        "SpectralPenalty: expected plain weights, got weight_orig, part of a reparametrized weight");
}

TEST_CASE("SpectralPenalty: LayerNorm's gamma and beta are no weights, whatever their rank") {
  const Tensor W = random_tensor({3, 2}, 1).set_requires_grad(true),
               gamma = Tensor::ones({2, 3, 4}).set_requires_grad(true);
  SpectralPenalty with({{"weight", W, true}, {"gamma", gamma, false}}, 0.5);
  with().backward();
  CHECK(W.has_grad());
  CHECK(!gamma.has_grad());
}

TEST_CASE("spectral_norm: errors") {
  Linear other(4, 2);
  auto options = [&](int n, double eps, int dim) {
    SpectralNormOptions o;
    o.n_power_iterations = n, o.eps = eps, o.dim = dim;
    return error_of([&] { spectral_norm(other, o); });
  };
  CHECK(options(0, 1, 0) == "spectral_norm: expected n_power_iterations of at least 1, got 0");
  CHECK(options(1, 0, 0) == "spectral_norm: expected eps above 0, got 0");
  CHECK(options(1, 1, -1) == "spectral_norm: expected dim of at least 0, got -1");
  CHECK(options(1, 1, 2) == "weight_view: a weight (2, 4) has no dimension 2");
  CHECK(names(other) == "weight bias");
  CHECK(error_of([&] { SpectralPenalty(other.parameters(), -1); }) ==
        "SpectralPenalty: expected λ of at least 0, got -1");
}

}  // namespace layers_spectral_norm_test
}}  // namespace norma
