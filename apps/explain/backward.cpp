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

// Σ over the examples: one number per feature.
Tensor total(const Tensor& t) { return reshape(matmul(Tensor::ones({1, t.dim(0)}), t), {t.dim(1)}); }

// (σ² + ε)^power, one per feature.
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

// x is what `norma explain by-hand` has after its ReLU.
struct Example {
  Tensor x = Tensor::from({4, 3}, {3, 0, 0, 1, 2, 5, 3, 3, 2, 2, 0, 0});
  Tensor gamma = Tensor::from({3}, {2, 3, -1}), beta = Tensor::from({3}, {0, 0, 1});
  Tensor dy = Tensor::from({4, 3}, {1, 0, -1, 0, 2, 1, -1, 1, 0, 2, -1, 1});
  View view = channel_view(x);
  Tensor xhat = normalize(x, view, moments(x, view), eps);

  Tensor y() const { return normalize(x, view, moments(x, view), eps, gamma, beta); }
};

void given(Document& d, const Example& e) {
  d.heading("Given");
  d.text(
      "x is the batch of `norma explain by-hand` after its ReLU, an example n a row, a feature k a column "
      "(and a colour). dy stands for dL/dy, what the layers behind have sent back; any numbers will do. The "
      "m = 4 examples share μ and σ².");
  d.formula("y = γ x̂ + β  with  x̂ = (x − μ)/√(σ² + ε)");
  d.numbers({matrix_of("x", e.x, look(true, 0)), matrix_of("dy", e.dy, look(false, 0)),
             matrix_of("x̂", e.xhat, look(false, 4))});
  d.numbers({row_of("γ", e.gamma, look(false, 0)), row_of("β", e.beta, look(false, 0))});
}

Gradients in_stages(Document& d, const Example& e) {
  d.heading("In stages (Ioffe & Szegedy 2015, §3)");
  d.text(
      "The chain rule, backwards through Algorithm 1. x reaches y by three ways: by itself, through μ, and "
      "through σ².");
  d.formula("dx̂ = γ dy");
  d.formula("dσ² = −½ (σ² + ε)^(−3/2) Σ dx̂ (x − μ)");
  d.formula("dμ = −Σ dx̂/√(σ² + ε) − 2 dσ²/m Σ (x − μ)");
  d.formula("dx = dx̂/√(σ² + ε) + 2 dσ² (x − μ)/m + dμ/m");
  const Moments batch = moments(e.x, e.view);
  const Tensor from_mean = center(e.x, e.view), dxhat = scale_shift(e.dy, e.view, e.gamma);
  const Tensor dvar = scale(power(batch.variance, -1.5) * total(dxhat * from_mean), -0.5);
  const Tensor direct = scale_shift(dxhat, e.view, power(batch.variance, -0.5));
  const Tensor dmu = dvar * scale(total(from_mean), -2 / m) - total(direct);
  const Tensor dx = direct + scale_shift(from_mean, e.view, scale(dvar, 2 / m), scale(dmu, 1 / m));
  d.numbers({matrix_of("dx̂", dxhat, look(true, 0))});
  d.numbers({row_of("dσ²", dvar, look(false)), row_of("dμ", dmu, look(false))});
  d.numbers({matrix_of("dx, in stages", dx, look(true)),
             matrix_of("its direct part, dx̂/√(σ² + ε)", direct, look(false, 4))});
  d.text(
      "The sum in dμ of x − μ is 0, for x − μ has no mean. The second matrix is what would be left if μ and "
      "σ² counted as constants: another gradient altogether, with which §2 of the paper shows training to "
      "fail.");
  return {dx, total(e.dy * e.xhat), total(e.dy)};
}

// dγ and dβ are those of the stages.
Tensor in_one_line(Document& d, const Example& e, const Gradients& staged) {
  d.heading("In one line");
  d.text("With the stages put into each other:");
  d.formula("dx = γ/(m√(σ² + ε)) (m dy − Σ dy − x̂ Σ dy x̂)");
  const Tensor inside = scale(e.dy, m) - scale_shift(e.xhat, e.view, staged.dgamma, staged.dbeta);
  const Tensor istd = power(moments(e.x, e.view).variance, -0.5);
  const Tensor dx = scale_shift(inside, e.view, scale(e.gamma * istd, 1 / m));
  d.numbers({matrix_of("dx, in one line", dx, look(true))});
  d.text(
      "So dx is dy minus two things, its mean and its part along x̂, and then scaled: no step can "
      "move a feature's mean or spread, which the layer undoes anyway.");
  return dx;
}

void show(Document& d, const Gradients& g, const std::string& how) {
  d.numbers({matrix_of("dx, " + how, g.dx, look(true))});
  d.numbers({row_of("dγ, " + how, g.dgamma, look(false)), row_of("dβ, " + how, g.dbeta, look(false, 0))});
}

Gradients by_autograd(Document& d, Example& e) {
  d.heading("As the library computes it");
  d.text(
      "The same line with 1/m drawn into the sums, ⟨·⟩ for a mean over what shares μ; if μ and σ² are "
      "constants (running statistics), both ⟨·⟩ are left out.");
  d.formula("dx = (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)/√(σ² + ε)").code(code::dx).code(code::constants);
  d.formula("dγ = Σ dy x̂").code(code::xhat).code(code::dgamma);
  d.formula("dβ = Σ dy").code(code::dbeta);
  for (Tensor* t : {&e.x, &e.gamma, &e.beta}) t->set_requires_grad(true);
  e.y().backward(e.dy);
  const Gradients autograd = {e.x.grad().clone(), e.gamma.grad().clone(), e.beta.grad().clone()};
  show(d, autograd, "autograd");
  return autograd;
}

Gradients by_differences(Document& d, const Example& e) {
  d.heading("By differences");
  d.text(
      "L = Σ dy y, with one number of x, γ or β moved by ±h and ±2h, h = 2⁻¹³. No formula of the gradient is "
      "in this.");
  d.formula("dL/dx ≈ (8 (L(x + h) − L(x − h)) − (L(x + 2h) − L(x − 2h)))/(12h)").code(code::numerical);
  const auto loss = [&]() -> double {
    NoGrad guard;
    return sum(e.dy * e.y()).item();
  };
  const auto numerically = [&](const Tensor& of) {
    Tensor result(of.shape());
    for (Index i = 0; i < of.size(); ++i) result[i] = numerical_derivative(of[i], loss, 0x1p-13);
    return result;
  };
  const Gradients numerical = {numerically(e.x), numerically(e.gamma), numerically(e.beta)};
  show(d, numerical, "by differences");
  return numerical;
}

Gradients by_definition(const Example& e) {
  const PlainNormalization plain = normalize_plain(e.x, e.view, eps, e.gamma, e.beta, e.view, e.dy);
  return {Tensor::from(e.x.shape(), plain.dx), Tensor::from(e.gamma.shape(), plain.dgamma),
          Tensor::from(e.beta.shape(), plain.dbeta)};
}

}  // namespace

Document backward_lesson() {
  Document d("The gradient of batch normalization",
             "The same gradient four times: in the paper's stages, in one line, as autograd computes it, and "
             "by finite differences. All in double, with ε = 10⁻⁵.");
  Example e;
  given(d, e);
  const Gradients staged = in_stages(d, e);
  const Gradients one_line = {in_one_line(d, e, staged), staged.dgamma, staged.dbeta};
  const Gradients autograd = by_autograd(d, e), numerical = by_differences(d, e);

  d.heading("Largest differences");
  d.text("Last, against the plain definition: the stages in loops over single elements, for any two views.");
  d.code(code::plain);
  std::vector<double> values;
  for (const Gradients& g : {staged, one_line, numerical, by_definition(e)}) {
    for (const Tensor Gradients::*part : {&Gradients::dx, &Gradients::dgamma, &Gradients::dbeta})
      values.push_back(largest_difference(g.*part, autograd.*part));
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
