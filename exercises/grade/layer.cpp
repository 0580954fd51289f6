#include <norma/core/gradcheck.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// r = √(1/D Σ x² + ε) of each row of x (N, D), of shape (N).
Tensor root_mean_squares(const Tensor& x, double eps = large_eps) {
  Tensor r = Tensor::zeros({x.dim(0)});
  const Index D = x.dim(1);
  for (Index i = 0; i < x.size(); ++i) r[i / D] += x[i] * x[i] / static_cast<real>(D);
  return each(r, [eps](double v) { return std::sqrt(v + eps); });
}

// x/divisor, by rows.
Tensor divided(const Tensor& x, const Tensor& divisor) {
  Tensor result(x.shape());
  for (Index i = 0; i < x.size(); ++i) result[i] = x[i] / divisor[i / x.dim(1)];
  return result;
}

// x γ, γ (D) for each row.
Tensor times(const Tensor& x, const Tensor& gamma) {
  Tensor result(x.shape());
  for (Index i = 0; i < x.size(); ++i) result[i] = x[i] * gamma[i % gamma.size()];
  return result;
}

// (dx̂ − b x̂ ⟨dx̂ x̂⟩)/r, right if b = 1 and dx̂ = γ dy.
Tensor input_gradient(const Tensor& x, const Tensor& dxhat, double b) {
  const Index N = x.dim(0), D = x.dim(1);
  const Tensor r = root_mean_squares(x), xhat = divided(x, r);
  std::vector<double> mean(static_cast<std::size_t>(N));
  for (Index i = 0; i < x.size(); ++i)
    mean[static_cast<std::size_t>(i / D)] += double(dxhat[i]) * xhat[i] / double(D);
  Tensor dx(x.shape());
  for (Index i = 0; i < x.size(); ++i) {
    dx[i] = static_cast<real>((dxhat[i] - b * xhat[i] * mean[static_cast<std::size_t>(i / D)]) / r[i / D]);
  }
  return dx;
}

// The sum of a b over the rows, for each of D columns.
Tensor sum_of_rows(const Tensor& a, const Tensor& b) {
  Tensor result = Tensor::zeros({a.dim(1)});
  for (Index i = 0; i < a.size(); ++i) result[i % a.dim(1)] += a[i] * b[i];
  return result;
}

// a b of the last row.
Tensor last_row(const Tensor& a, const Tensor& b) {
  Tensor result({a.dim(1)});
  for (Index k = 0; k < a.dim(1); ++k) {
    const Index i = a.size() - a.dim(1) + k;
    result[k] = a[i] * b[i];
  }
  return result;
}

void check_values(Grader& g, const RmsNormFunction& rms_norm, const Tensor& x, const Tensor& gamma) {
  const Index N = x.dim(0), D = x.dim(1);
  const Tensor r = root_mean_squares(x);
  const auto with = [&](const auto& f) { return times(divided(x, each(r, f)), gamma); };
  const double d = double(D);
  const View rows{1, N, D};
  g.trying("the values of rms_norm, x (4, 3)");
  g.compare("y = γ x/√(⟨x²⟩ + ε)", "y", rms_norm(x.clone(), gamma.clone(), large_eps),
            times(divided(x, r), gamma),
            {{normalize(x, rows, moments(x, rows), large_eps, gamma, {}, {N, D, 1}),
              "That is LayerNorm: you subtract the mean. RMSNorm leaves the mean where it is and divides by "
              "√(⟨x²⟩ + ε)."},
             {with([](double v) { return v * v; }), "You divide by ⟨x²⟩ + ε; expected its root."},
             {with([&](double v) { return std::sqrt(d * (v * v - large_eps) + large_eps); }),
              "You divide by the root of the sum of squares; expected their mean, 1/D Σ x²."},
             {with([](double v) { return std::sqrt(v * v - large_eps); }), "ε is missing: √(⟨x²⟩ + ε)."},
             {divided(x, r), "γ is missing: y = γ x̂."}});
}

void check_gradients_of(Grader& g, const RmsNormFunction& rms_norm, const Tensor& values,
                        const Tensor& gammas) {
  Tensor x = values.clone(), gamma = gammas.clone();
  x.set_requires_grad(true);
  gamma.set_requires_grad(true);
  const Tensor dy = normals(x.shape(), 3, 0.5), dxhat = times(dy, gammas),
               xhat = divided(values, root_mean_squares(values)), dx = input_gradient(values, dxhat, 1),
               dgamma = sum_of_rows(dy, xhat);
  const double D = double(x.dim(1)), N = double(x.dim(0));
  g.trying("the gradient");
  const Tensor y = rms_norm(x, gamma, large_eps);
  if (!y.requires_grad()) {
    wrong(
        "The values are right, but y does not know that it came from x: return record(y, {x, gamma}, …), "
        "not y.");
  }
  y.backward(dy);
  for (const auto& [t, name] : {std::pair(x, "x"), std::pair(gamma, "gamma")}) {
    if (!t.has_grad())
      wrong("No gradient reaches ", name, ": the function that record() is given writes into ", name,
            ".open_grad().");
  }
  g.compare(
      "dx", "dx", x.grad(), dx,
      {{input_gradient(values, dxhat, 0),
        "Your dx is γ dy/r: it takes r for a constant. Each x moves r, and r divides the whole row: − x̂ "
        "⟨dx̂ x̂⟩."},
       {input_gradient(values, dy, 1), "γ is missing in your dx: dx̂ = γ dy."},
       {input_gradient(values, dxhat, D),
        "Your dx subtracts x̂ Σ dx̂ x̂; expected the mean over the row, 1/D Σ dx̂ x̂."},
       {input_gradient(values, dxhat, -1), "The term through r has the wrong sign: − x̂ ⟨dx̂ x̂⟩."}});
  g.compare(
      "dγ", "dgamma", gamma.grad(), dgamma,
      {{sum_of_rows(dy, values), "Your dγ is Σ dy x; γ multiplies x̂: dγ = Σ dy x̂."},
       {last_row(dy, xhat),
        "Your dγ holds the last row alone: while beta is 0, each row overwrites the one before. Sum over the "
        "rows first, then write each element once."},
       {scale(dgamma, 1 / N), "Your dγ is a mean over the rows; expected the sum."},
       {sum_of_rows(dxhat, xhat), "Your dγ has γ in it: dγ = Σ dy x̂, and dx̂ = γ dy is for x."}});

  // x is used twice, so its gradient has two parts; add() is the newer operation and hands its part on first.
  x.zero_grad();
  gamma.zero_grad();
  g.trying("the gradient where x is used twice");
  add(rms_norm(x, gamma, large_eps), x).backward(dy);
  g.compare("a tensor used twice gets the sum of both gradients", "dx", x.grad(), dx + dy,
            {{dx,
              "x is used twice, in y + x, and your gradient overwrites what the other use left. open_grad() "
              "says by its beta whether to overwrite (0) or to add (1)."}});
  g.trying("a γ that is not trained: its open_grad() is false, with no memory behind it");
  rms_norm(x, gammas.clone(), large_eps).backward(dy);
  g.trying("an x that needs no gradient: its open_grad() is false, with no memory behind it");
  rms_norm(values.clone(), gamma, large_eps).backward(dy);
  g.right("what is not trained gets no gradient");
}

// At other numbers, of another shape.
void check_by_differences(Grader& g, const RmsNormFunction& rms_norm) {
  Tensor x = normals({2, 5}, 4, 1, 2), gamma = normals({5}, 5, 1.5);
  x.set_requires_grad(true);
  gamma.set_requires_grad(true);
  g.trying("finite differences, x (2, 5)");
  const GradCheck checked = check_gradients(
      {x, gamma}, [&](const std::vector<Tensor>& in) { return rms_norm(in[0], in[1], large_eps); }, 1.0 / 16);
  if (!(checked.worst < 1e-3)) {
    wrong(
        "For x (4, 3) the gradient is right, for x (2, 5) finite differences disagree (input 0 is x, 1 is γ): ",
        checked.where, ".");
  }
  g.right(concat("finite differences agree for x (2, 5), to ", checked.worst));
}

void check_module(Grader& g, const MakeLayer& make) {
  g.trying("the layer, of 3 features");
  const std::unique_ptr<Module> layer = make(3);
  const auto parameters = layer->parameters();
  if (parameters.size() != 1) {
    wrong("The layer has ", parameters.size(),
          " parameters; expected one, γ, of shape (features): what is not "
          "registered by parameter(\"weight\", …) is not trained.");
  }
  g.compare("the layer has one parameter, γ, all ones", "γ", parameters[0].tensor.detach(),
            Tensor::ones({3}));
  const Tensor gamma = normals({3}, 9), x = normals({4, 3}, 8, 1);
  parameters[0].tensor.copy_from(gamma);
  g.compare("the layer uses it", "y", layer->forward(x).detach(),
            times(divided(x, root_mean_squares(x, 1e-5)), gamma));
}

}  // namespace

int grade_layer(const RmsNormFunction& rms_norm, const MakeLayer& make, std::ostream& out) {
  return grade(out, "7: a layer of your own, RMSNorm",
               "The engine's own are made in the same way: core/activations.cpp, layers/linear.cpp.",
               [&](Grader& g) {
                 const Tensor x = normals({4, 3}, 1, 1, 2), gamma = normals({3}, 2, 1.5);
                 check_values(g, rms_norm, x, gamma);
                 check_gradients_of(g, rms_norm, x, gamma);
                 check_by_differences(g, rms_norm);
                 check_module(g, make);
               });
}

}  // namespace exercises
