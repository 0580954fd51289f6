#include <norma/layers/batchnorm.h>
#include <norma/layers/fold.h>
#include <norma/layers/linear.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// A Linear and what normalizes after it.
struct Layers {
  Tensor W, b;
  FrozenNorm norm;

  Layers(Index out, Index in)
      : W(normals({out, in}, 1)),
        b(normals({out}, 2)),
        norm{normals({out}, 3, 2), normals({out}, 4), normals({out}, 5, 1),
             each(normals({out}, 6), [](double v) { return 1 + v * v; }), large_eps} {}

  // W with row i times rows[i].
  Tensor scaled_rows(const Tensor& rows) const {
    Tensor result = W.clone();
    for (Index i = 0; i < W.size(); ++i) result[i] *= rows[i / W.dim(1)];
    return result;
  }
  // W with column j times columns[j], if W is square.
  Tensor scaled_columns(const Tensor& columns) const {
    Tensor result = W.clone();
    for (Index i = 0; i < W.size(); ++i) result[i] *= columns[i % columns.size()];
    return result;
  }
};

// What the engine's fold_batchnorm makes of them: the weight and the bias.
std::pair<Tensor, Tensor> folded(const Layers& layers) {
  const FrozenNorm& n = layers.norm;
  Sequential net;
  Linear& linear = net.append(Linear(layers.W.dim(1), layers.W.dim(0)));
  const BatchNorm& bn = net.append(BatchNorm1d(layers.W.dim(0), {.eps = n.eps}));
  linear.weight.copy_from(layers.W);
  linear.bias.copy_from(layers.b);
  bn.weight.copy_from(n.gamma);
  bn.bias.copy_from(n.beta);
  bn.running_mean.copy_from(n.mean);
  bn.running_var.copy_from(n.variance);
  fold_batchnorm(net);
  return {linear.weight.detach(), linear.bias.detach()};
}

std::vector<Mistake> mistakes_of_weight(const Layers& layers, const Tensor& s) {
  const FrozenNorm& n = layers.norm;
  const auto by = [&](const auto& divisor) {
    Tensor factor = each(n.variance, divisor);
    for (Index k = 0; k < s.size(); ++k) factor[k] = n.gamma[k] / factor[k];
    return layers.scaled_rows(factor);
  };
  const auto root = [&](double v) { return std::sqrt(v + n.eps); };
  return {
      {layers.W,
       "W is as it was: fold is not written yet, or returns the W it got. The file begins with what "
       "to do."},
      {layers.scaled_columns(s),
       "You scale the columns of W. BN follows the Linear, so output k is what has γ, σ² and μ: scale the rows "
       "of W (out, in)."},
      {by([](double v) { return std::sqrt(v); }), "ε is missing: s = γ/√(σ² + ε)."},
      {by([&](double v) { return v + n.eps; }), "You divide by σ² + ε; expected its root: s = γ/√(σ² + ε)."},
      {layers.scaled_rows(each(n.variance, [&](double v) { return 1 / root(v); })),
       "γ is missing: s = γ/√(σ² + ε)."},
      {layers.scaled_rows(n.gamma), "You scale by γ alone; it is divided by √(σ² + ε) too."},
      {layers.scaled_rows(each(s, [](double v) { return 1 / v; })),
       "Your s is upside down: s = γ/√(σ² + ε)."},
  };
}

std::vector<Mistake> mistakes_of_bias(const Layers& layers, const Tensor& s) {
  const FrozenNorm& n = layers.norm;
  const Tensor &b = layers.b, &mu = n.mean, &beta = n.beta;
  return {
      {b, "b is as it was, though W is folded: b' is what y is where x = 0."},
      {s * b + beta, "μ is missing: the Linear's own output at x = 0 is b, and BN subtracts μ from it."},
      {b - mu + beta, "b − μ is not scaled: BN multiplies all that the Linear says by s, its bias too."},
      {s * (b - mu + beta), "You scale β too: it is added after the scaling."},
      {s * b - mu + beta, "μ is subtracted after the scaling; BN subtracts it before: s (b − μ) + β."},
      {b - s * mu + beta, "b itself is not scaled: s (b − μ) + β."},
      {s * (b - mu), "β is missing: s (b − μ) + β."},
      {s * (b + mu) + beta, "You add μ; BN subtracts it: s (b − μ) + β."},
      {beta - s * mu, "The Linear's own bias b is missing: s (b − μ) + β."},
  };
}

void check_fold(Grader& g, const Fold& fold, Index out, Index in) {
  const Layers layers(out, in);
  const FrozenNorm& n = layers.norm;
  const Tensor s = each(n.variance, [&](double v) { return 1 / std::sqrt(v + n.eps); }) * n.gamma;
  const auto [W, b] = folded(layers);
  const std::string where = concat(" of ", in, " inputs and ", out, " outputs");
  g.trying("a Linear" + where);
  const auto [got_W, got_b] = fold(layers.W.clone(), layers.b.clone(), n);
  g.compare("W'" + where, "W'", got_W, W, mistakes_of_weight(layers, s));
  g.compare("b'" + where, "b'", got_b, b, mistakes_of_bias(layers, s));
  const Tensor x = normals({5, in}, 7);
  const Tensor h = linear(x, layers.W, layers.b);
  g.compare("one Linear now says what Linear and BN said", "y", linear(x, got_W, got_b),
            normalize(h, channel_view(h), constant_moments(n.mean, n.variance), n.eps, n.gamma, n.beta));
}

}  // namespace

int grade_fold(const Fold& fold, std::ostream& out) {
  return grade(out, "5: fold Batch Normalization into a Linear", "The engine's own: layers/fold.cpp.",
               [&](Grader& g) {
                 check_fold(g, fold, 3, 3);
                 check_fold(g, fold, 2, 4);
               });
}

}  // namespace exercises
