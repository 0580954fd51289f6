// The gradient of batch normalization four times, in double.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/gradcheck.h"
#include "core/normalize.h"
#include "core/normalize_parts.h"
#include "core/normalize_plain.h"
#include "core/ops.h"

namespace norma {
namespace {

constexpr double eps = 1e-5, m = 4;

// Σ over the examples: one number a feature.
Tensor total(const Tensor& t) { return reshape(matmul(Tensor::ones({1, t.dim(0)}), t), {t.dim(1)}); }

// (σ² + ε)^power, one a feature.
Tensor power(const Scratch<double>& variance, double power) {
  Tensor result({variance.size()});
  for (Index k = 0; k < result.size(); ++k) result[k] = std::pow(variance[k] + eps, power);
  return result;
}

NumberStyle look(bool names, int decimals = 6) {
  NumberStyle l{.columns = {"k=0", "k=1", "k=2"}, .decimals = decimals, .colour = ColourBy::column};
  if (names) l.rows = {"n=0", "n=1", "n=2", "n=3"};
  return l;
}

struct Gradients {
  Tensor dx, dgamma, dbeta;
};

}  // namespace

Document backward_lesson() {
  Tensor x =
      Tensor::from({4, 3}, {3, 0, 0, 1, 2, 5, 3, 3, 2, 2, 0, 0});  // `norma explain by-hand`, after the ReLU
  Tensor gamma = Tensor::from({3}, {2, 3, -1}), beta = Tensor::from({3}, {0, 0, 1});
  const Tensor dy = Tensor::from({4, 3}, {1, 0, -1, 0, 2, 1, -1, 1, 0, 2, -1, 1});
  const View view = channel_view(x);
  const auto forward = [&] { return normalize(x, view, moments(x, view), eps, gamma, beta); };

  Document d("The gradient of batch normalization",
             "The same gradient four times: in the paper's stages, in one line, as autograd computes it, and "
             "by finite differences. All in double, with ε = 10⁻⁵.");
  d.heading("Given");
  d.text(
      "x is the batch of `norma explain by-hand` after its ReLU, an example n a row, a feature k a column "
      "(and a colour). dy stands for dL/dy, what the layers behind have sent back; any numbers will do. The "
      "m = 4 examples share μ and σ².");
  d.formula("y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)");
  const Moments batch = moments(x, view);
  const Tensor xhat = normalize(x, view, moments(x, view), eps);
  d.numbers({matrix_of("x", x, look(true, 0)), matrix_of("dy", dy, look(false, 0)),
             matrix_of("x̂", xhat, look(false, 4))});
  d.numbers({row_of("γ", gamma, look(false, 0)), row_of("β", beta, look(false, 0))});

  d.heading("In stages (Ioffe & Szegedy 2015, §3)");
  d.text(
      "The chain rule, backwards through Algorithm 1. x reaches y by three ways: by itself, through μ, and "
      "through σ².");
  d.formula("dx̂ = γ dy");
  d.formula("dσ² = −½ (σ² + ε)^(−3/2) Σ dx̂ (x − μ)");
  d.formula("dμ = −Σ dx̂/√(σ² + ε) − 2 dσ²/m Σ (x − μ)");
  d.formula("dx = dx̂/√(σ² + ε) + 2 dσ² (x − μ)/m + dμ/m");
  const Tensor istd = power(batch.variance, -0.5), from_mean = center(x, view);
  const Tensor dxhat = scale_shift(dy, view, gamma);
  const Tensor dvar = scale(power(batch.variance, -1.5) * total(dxhat * from_mean), -0.5);
  const Tensor through_var = dvar * scale(total(from_mean), -2 / m);
  const Tensor dmu = through_var - total(scale_shift(dxhat, view, istd));
  const Tensor direct = scale_shift(dxhat, view, istd);
  const Gradients staged = {direct + scale_shift(from_mean, view, scale(dvar, 2 / m), scale(dmu, 1 / m)),
                            total(dy * xhat), total(dy)};
  d.numbers({matrix_of("dx̂", dxhat, look(true, 0))});
  d.numbers({row_of("dσ²", dvar, look(false)), row_of("dμ", dmu, look(false))});
  d.numbers({matrix_of("dx, in stages", staged.dx, look(true)),
             matrix_of("its direct part, dx̂/√(σ² + ε)", direct, look(false, 4))});
  d.text(
      "The sum in dμ of x − μ is 0, for x − μ has no mean. The second matrix is what would be left if μ and "
      "σ² counted as constants: another gradient altogether, with which §2 of the paper shows training to "
      "fail.");

  d.heading("In one line");
  d.text("With the stages put into each other:");
  d.formula("dx = γ/(m√(σ² + ε)) (m dy − Σ dy − x̂ Σ dy x̂)");
  const Tensor inside = scale(dy, m) - scale_shift(xhat, view, total(dy * xhat), total(dy));
  const Gradients one_line = {scale_shift(inside, view, scale(gamma * istd, 1 / m)), staged.dgamma,
                              staged.dbeta};
  d.numbers({matrix_of("dx, in one line", one_line.dx, look(true))});
  d.text(
      "So dx is dy with two things taken away, its mean and its part along x̂, and then scaled: no step can "
      "move a feature's mean or spread, which the layer undoes anyway.");

  d.heading("As the library computes it");
  d.text(
      "The same line with 1/m drawn into the sums, ⟨·⟩ for a mean over what shares μ; where μ and σ² are "
      "constants (running statistics), both ⟨·⟩ are 0.");
  d.formula("dx = (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)/√(σ² + ε)").code(code::dx).code(code::constants);
  d.formula("dγ = Σ dy x̂").code(code::xhat).code(code::dgamma);
  d.formula("dβ = Σ dy").code(code::dbeta);
  for (Tensor* t : {&x, &gamma, &beta}) t->set_requires_grad(true);
  forward().backward(dy);
  const Gradients autograd = {x.grad().clone(), gamma.grad().clone(), beta.grad().clone()};
  d.numbers({matrix_of("dx, autograd", autograd.dx, look(true))});
  d.numbers({row_of("dγ, autograd", autograd.dgamma, look(false)),
             row_of("dβ, autograd", autograd.dbeta, look(false, 0))});

  d.heading("By differences");
  d.text(
      "L = Σ dy y, with one number of x, γ or β moved by ±h and ±2h, h = 2⁻¹³. No formula of the gradient is "
      "in this.");
  d.formula("dL/dx ≈ (8 (L(x + h) − L(x − h)) − (L(x + 2h) − L(x − 2h)))/(12h)").code(code::numerical);
  const auto loss = [&]() -> double {
    NoGrad guard;
    return sum(dy * forward()).item();
  };
  const auto numerically = [&](const Tensor& of) {
    Tensor result(of.shape());
    for (Index i = 0; i < of.size(); ++i) result[i] = numerical_derivative(of[i], loss, 0x1p-13);
    return result;
  };
  const Gradients numerical = {numerically(x), numerically(gamma), numerically(beta)};
  d.numbers({matrix_of("dx, by differences", numerical.dx, look(true))});
  d.numbers({row_of("dγ, by differences", numerical.dgamma, look(false)),
             row_of("dβ, by differences", numerical.dbeta, look(false, 0))});

  d.heading("Largest differences");
  d.text("Last, against the plain definition: the stages in loops over single elements, for any two views.");
  d.code(code::plain);
  const PlainNormalization plain = normalize_plain(x, view, eps, gamma, beta, view, dy);
  const Gradients defined = {Tensor::from(x.shape(), plain.dx), Tensor::from(gamma.shape(), plain.dgamma),
                             Tensor::from(beta.shape(), plain.dbeta)};
  std::vector<double> values;
  for (const auto& [a, b] : {std::pair(&staged, &autograd),
                             {&one_line, &autograd},
                             {&numerical, &autograd},
                             {&defined, &autograd}}) {
    for (const Tensor Gradients::*part : {&Gradients::dx, &Gradients::dgamma, &Gradients::dbeta})
      values.push_back(largest_difference(a->*part, b->*part));
  }
  d.numbers({{.name = "max |difference|",
              .rows = {"in stages − autograd", "in one line − autograd", "by differences − autograd",
                       "by definition − autograd"},
              .columns = {"dx", "dγ", "dβ"},
              .values = values,
              .decimals = 2,
              .significant = true}});
  d.text(
      "Double has 16 digits; the differences keep 11 or so of them. `norma gradcheck` does this to every "
      "operation there is.");
  return d;
}

}  // namespace norma
