// Weights as functions of other parameters: values, gradients, and what does not fit.
#include "core/reparametrize.h"

#include <doctest/doctest.h>

#include "layers/weight_norm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_reparametrize_test {

using namespace reference;

TEST_CASE("weight_norm: w, and the gradients of g and v, as §2 says; that of v is orthogonal to v") {
  struct Case {
    Shape shape;
    int dim;
  };
  for (const Case& c : {Case{{5, 7}, 0}, Case{{5, 7}, 1}, Case{{5, 7}, -1}, Case{{4, 3, 2, 3}, 0},
                        Case{{4, 3, 2, 3}, 1}, Case{{4, 3, 2}, 2}, Case{{1, 1}, 0}, Case{{90, 800}, 0}}) {
    const Shape& shape = c.shape;
    const int dim = c.dim;
    CAPTURE(shape);
    CAPTURE(dim);
    const Tensor v = random_tensor(shape, 1).set_requires_grad(true), dw = random_tensor(shape, 3);
    const View view = weight_view(v, dim);
    const Tensor g = random_tensor({view.kept}, 2, 1).set_requires_grad(true);
    Numbers w(at(v.size())), dg, dv(at(v.size()));
    Wide lengths = 0;  // the largest ‖∇v‖ ‖v‖
    for (const auto& row : rows_of(view)) {
      Wide squares = 0, along = 0, d_squares = 0;
      for (std::size_t i : row) squares += Wide(v[Index(i)]) * v[Index(i)];
      const Wide norm = std::sqrt(squares), gk = g[Index(dg.size())];
      for (std::size_t i : row) w[i] = gk * v[Index(i)] / norm, along += dw[Index(i)] * v[Index(i)] / norm;
      for (std::size_t i : row) {
        dv[i] = gk / norm * dw[Index(i)] - gk * along / (norm * norm) * v[Index(i)];
        d_squares += dv[i] * dv[i];
      }
      dg.push_back(along);
      lengths = std::max(lengths, std::sqrt(d_squares) * norm);
    }
    auto act = [&] {
      g.zero_grad(), v.zero_grad();
      const Tensor got = weight_norm(v, g, view);
      got.backward(dw);
      return std::vector<Tensor>{got, g.grad().clone(), v.grad().clone()};
    };
    const auto got = act();
    CHECK(difference(got[0], w) < tolerance);
    CHECK(difference(got[1], dg) < tolerance);
    if (shape == Shape{1, 1})
      CHECK(std::abs(double(got[2][0])) < tolerance);
    else
      CHECK(difference(got[2], dv) < tolerance);
    for (const auto& row : rows_of(view)) {
      Wide dot = 0;
      for (std::size_t i : row) dot += Wide(got[2][Index(i)]) * v[Index(i)];
      CHECK(std::abs(dot) <= tolerance * std::max<Wide>(lengths, 1));
    }
    weight_norm(v, g, view).backward(dw);  // is added
    for (Wide& d : dg) d *= 2;
    for (Wide& d : dv) d *= 2;
    CHECK(difference(g.grad(), dg) < tolerance);
    if (shape != Shape{1, 1}) CHECK(difference(v.grad(), dv) < tolerance);
    if (v.size() > 1000) CHECK(same_on_two_threads(act));
  }
}

TEST_CASE("reparametrized weights: errors") {
  const Tensor W = Tensor::ones({3, 4}), u = Tensor::ones({3}), v = Tensor::ones({4});
  CHECK(error_of([&] {
          weight_norm(W, u, {1, 4, 3});
        }) == "weight_norm: expected g of 4 elements, got shape (3,)");
  CHECK(error_of([&] {
          weight_norm(W, u, {1, 3, 5});
        }) == "weight_norm: view (1, 3, 5) does not fit x (3, 4)");
  CHECK(error_of([&] {
          bilinear(W, {1, 3, 4}, v, u);
        }) == "bilinear: expected u of 3 and v of 4 elements, got shapes (4,) and (3,)");
  CHECK(error_of([&] {
          power_iteration(W, {1, 3, 4}, v, u, 1e-12);
        }) == "power_iteration: expected u of 3 and v of 4 elements, got shapes (4,) and (3,)");
}

TEST_CASE(
    "power iteration: a weight of zeros leaves the vectors what they were, for when it is not zero any "
    "more") {
  const Tensor u = Tensor::from({2}, {0.6, 0.8}), v = Tensor::from({2}, {1, 0});
  power_iteration(Tensor::zeros({2, 2}), weight_view(Tensor::zeros({2, 2}), 0), u, v, 1e-12);
  CHECK((u[0] == real(0.6) && u[1] == real(0.8) && v[0] == 1 && v[1] == 0));
}

}  // namespace core_reparametrize_test
}}  // namespace norma
