// Why larger rates work with BN: the scale of the weights does not matter, so a step that is too long makes
// them longer, the gradient shorter and the surface flatter. In double.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/look.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/ops.h"
#include "core/random.h"

namespace norma {
namespace {

constexpr Index n = 64, inputs = 8;
constexpr int steps = 30;

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }
double length(const Tensor& a) { return std::sqrt(dot(a, a)); }

// One unit of eight inputs, 64 examples of normal numbers, and a target with mean 0 and variance 1.
struct Unit {
  Tensor u = Tensor({n, inputs}), target = Tensor({n, 1}), w = Tensor({1, inputs});

  Unit() {
    Rng rng(1);
    for (Tensor* t : {&u, &w, &target}) {
      for (real& v : t->values()) v = rng.normal();
    }
    Tensor truth({1, inputs});
    for (real& v : truth.values()) v = rng.normal();
    target = normalized(linear(u, truth) + target);  // with noise, so that the lowest loss is not 0
  }

  static Tensor normalized(const Tensor& x) {
    const View view = channel_view(x);
    return normalize(x, view, moments(x, view), /*eps=*/0);
  }

  Tensor y(const Tensor& weights, bool bn) const {
    const Tensor h = linear(u, weights);
    return bn ? normalized(h) : h;
  }

  // L = ½ ⟨(y − t)²⟩ with its gradient.
  double loss(const Tensor& weights, bool bn, Tensor* gradient = nullptr) const {
    Tensor leaf = weights.clone();
    leaf.set_requires_grad(true);
    const Tensor l = scale(mse(y(leaf, bn), target), 0.5);
    if (gradient) {
      l.backward();
      *gradient = leaf.grad().clone();
    }
    return l.item();
  }
  Tensor gradient(const Tensor& weights, bool bn) const {
    Tensor g;
    loss(weights, bn, &g);
    return g;
  }

  // gᵀHg/‖g‖²: how the loss bends where the next step goes, by a difference of gradients.
  double curvature(const Tensor& weights, bool bn) const {
    const Tensor g = gradient(weights, bn), e = scale(g, 1 / length(g));
    const double h = 1e-4 * length(weights);
    const Tensor change = gradient(weights + scale(e, h), bn) - gradient(weights - scale(e, h), bn);
    return dot(e, change) / (2 * h);
  }
};

void scale_invariance(Document& d, const Unit& unit) {
  d.heading("BN does not see how long the weights are");
  d.formula("BN(a W u) = BN(W u)").code(code::xhat);
  d.formula("∂L/∂(a W) = 1/a ∂L/∂W");
  d.text(
      "μ and σ grow with a, so a cancels. Then ten times the weights have a tenth of the gradient, on a "
      "surface stretched ten times, whose step limit is a hundred times as large. One unit of 8 inputs, 64 "
      "examples, ε = 0:");
  Numbers table =
      columns_of("", {"max |change of y|", "‖∂L/∂(aW)‖", "a · that", "curvature c", "limit 2/c"}, 4, true);
  const Tensor y = unit.y(unit.w, true);
  for (const double a : {0.1, 1., 10., 100.}) {
    const Tensor weights = scale(unit.w, a);
    const double g = length(unit.gradient(weights, true)), c = unit.curvature(weights, true);
    table.row("a = " + shown(a, {.decimals = a < 1}),
              {largest_difference(unit.y(weights, true), y), g, a * g, c, 2 / c});
  }
  d.numbers({table});
  d.text("c is the curvature along the gradient, gᵀHg/‖g‖²: along it the loss falls only if η < 2/c.");
}

void longer_weights(Document& d, const Unit& unit) {
  d.heading("So every step makes them longer");
  d.text(
      "If a longer w changes nothing, the gradient has no part along w; a step at a right angle can only "
      "lengthen it (`norma explain backward`: dx has no part along x̂):");
  d.formula("wᵀ ∂L/∂w = 0").code(code::dx);
  d.formula("‖w − η g‖² = ‖w‖² + η² ‖g‖²");
  Numbers table = columns_of("", {"wᵀg", "‖w‖²", "‖w‖² + η²‖g‖²", "‖w − ηg‖²"}, 4, true);
  for (const bool bn : {false, true}) {
    const Tensor g = unit.gradient(unit.w, bn), next = unit.w - g;
    const double w2 = dot(unit.w, unit.w);
    table.row(bn ? "with BN, η = 1" : "without BN, η = 1",
              {dot(unit.w, g), w2, w2 + dot(g, g), dot(next, next)});
  }
  d.numbers({table});
}

struct Trained {
  double loss, length;
};

Trained trained(const Unit& unit, double rate, bool bn) {
  Tensor w = unit.w.clone();
  for (int t = 0; t < steps; ++t) w = w - scale(unit.gradient(w, bn), rate);
  return {unit.loss(w, bn), length(w)};
}

void too_large(Document& d, const Unit& unit) {
  d.heading("A rate that is too large corrects itself");
  d.text(
      "What counts is the step beside the length of the weights, η/‖w‖². Too large a first step makes w long, "
      "after which the same η is small. Without BN it overshoots further each time. After " +
      std::to_string(steps) + " steps:");
  Numbers table = columns_of("", {"loss, without BN", "loss, with BN", "‖w‖, with BN", "η/‖w‖²"}, 3, true);
  Plot plot{
      .caption = "Loss after " + std::to_string(steps) + " steps at each rate; what is not drawn is above 2.",
      .x_label = "learning rate",
      .y_label = "loss",
      .log_x = true,
      .lines = {{.label = "without BN", .colour = 0}, {.label = "with BN", .colour = 1}}};
  for (int tenths = -20; tenths <= 30; ++tenths) {
    const double rate = std::pow(10, tenths / 10.);
    const Trained plain = trained(unit, rate, false), bn = trained(unit, rate, true);
    for (int i : {0, 1}) {
      plot.lines[i].x.push_back(rate);
      const double loss = i ? bn.loss : plain.loss;
      plot.lines[i].y.push_back(loss < 2 ? loss : NAN);
    }
    if (tenths % 10) continue;
    table.row("η = " + shown(rate, {.decimals = 1, .significant = true}),
              {plain.loss, bn.loss, bn.length, rate / (bn.length * bn.length)});
  }
  d.numbers({table}).plots({plot});
  d.text(
      "The loss with BN is never above 2, since y and t have variance 1. In a network this holds for "
      "the layers before a BN; the last layer has none, and bounds the rate (`norma reproduce "
      "rate-last-layer`).");
}

}  // namespace

Document rates_lesson() {
  Document d("Why larger rates work",
             "With BN the length of the weights does not change the output. A step that is too long only "
             "lengthens them, which shortens the next gradient and flattens the surface.");
  const Unit unit;
  scale_invariance(d, unit);
  longer_weights(d, unit);
  too_large(d, unit);
  return d;
}

}  // namespace norma
