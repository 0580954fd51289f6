// The error surface of two weights whose inputs have the scales 1 and 100, raw and normalized. In double.
#include <array>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/look.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/ops.h"

namespace norma {
namespace {

using Point = std::array<double, 2>;

constexpr double solved = 1e-3;  // of the loss at the start

// H = [a b; b c], the same everywhere on a quadratic surface.
struct Hessian {
  double a, b, c;
  double largest() const { return (a + c) / 2 + std::hypot((a - c) / 2, b); }
  double smallest() const { return (a * c - b * b) / largest(); }  // det/λ₁: no cancellation
  double condition() const { return largest() / smallest(); }
  double limit() const { return 2 / largest(); }
  double best_rate() const { return 2 / (largest() + smallest()); }
};

// L(w) = ½ ⟨(w₁ x₁ + w₂ x₂ − y)²⟩, 0 at the lowest point.
struct Surface {
  std::string name;
  Tensor x, y;
  Point lowest;

  double loss(const Point& w, Point* gradient = nullptr) const {
    Tensor weight = Tensor::from({1, 2}, {w[0], w[1]});
    weight.set_requires_grad(true);
    const Tensor l = scale(mse(linear(x, weight), y), 0.5);
    if (gradient) {
      l.backward();
      *gradient = {weight.grad()[0], weight.grad()[1]};
    }
    return l.item();
  }

  // Its columns are differences of gradients.
  Hessian hessian() const {
    Point at0, at1, at2;
    loss({0, 0}, &at0);
    loss({1, 0}, &at1);
    loss({0, 1}, &at2);
    return {at1[0] - at0[0], at2[0] - at0[0], at2[1] - at0[1]};
  }

  // The first weight is off by as much as alone costs a loss of 4.5, the second 0.5.
  Point start() const {
    const Hessian h = hessian();
    return {lowest[0] + 3 / std::sqrt(h.a), lowest[1] + 1 / std::sqrt(h.c)};
  }

  Point step(const Point& w, double rate) const {
    Point g;
    loss(w, &g);
    return {w[0] - rate * g[0], w[1] - rate * g[1]};
  }
};

// Four examples; either input moves y as much as the other.
Surface raw() {
  const Tensor x = Tensor::from({4, 2}, {1, 200, -1, 100, 2, -100, -2, -200});
  const Tensor y = linear(x, Tensor::from({1, 2}, {1, 0.01}));
  return {"raw", x, y, {1, 0.01}};
}

Surface normalized() {
  const Surface r = raw();
  const View view = channel_view(r.x);
  const Moments m = moments(r.x, view);
  const Point lowest = {std::sqrt(m.variance[0]), 0.01 * std::sqrt(m.variance[1])};
  return {"normalized", normalize(r.x, view, moments(r.x, view), /*eps=*/0), r.y, lowest};
}

void the_surface(Document& d, const std::vector<Surface>& both) {
  d.heading("Two weights, two scales");
  d.text("Four examples of two inputs, the second a hundred times the first, and y = x₁ + 0.01 x₂:");
  d.formula("L(w) = ½ ⟨(w₁ x₁ + w₂ x₂ − y)²⟩").code(code::linear);
  const NumberStyle inputs{.columns = {"x₁", "x₂"}, .colour = ColourBy::column};
  NumberStyle scaled = inputs;
  scaled.decimals = 4;
  d.numbers({matrix_of("x, raw", both[0].x, inputs), matrix_of("x̂, normalized", both[1].x, scaled),
             matrix_of("y", both[0].y, {.decimals = 0})});
  d.text(
      "How the surface bends, the same everywhere on it; measured as differences of autograd's gradients:");
  d.formula("H = ⟨x xᵀ⟩,  x̂ = (x − μ)/σ").code(code::xhat);
  std::vector<Numbers> hessians;
  for (const Surface& s : both) {
    const Hessian h = s.hessian();
    hessians.push_back(
        {.name = "H, " + s.name, .values = {h.a, h.b, h.b, h.c}, .decimals = 2, .height = 2, .width = 2});
  }
  d.numbers(hessians);
}

void the_limit(Document& d, const std::vector<Surface>& both) {
  d.heading("The steepest direction sets the rate, the flattest the time");
  d.text(
      "Along an axis of the ellipses, with curvature λ, a step multiplies the distance from the lowest point "
      "by 1 − η λ. So it shrinks only below 2/λ₁, and nothing beats the rate at which the steepest and the "
      "flattest direction shrink alike:");
  d.formula("w ← w − η ∂L/∂w");
  d.formula("η < 2/λ₁,  best η = 2/(λ₁ + λ₂)");
  d.formula("L ← ((κ − 1)/(κ + 1))² L,  κ = λ₁/λ₂");
  Numbers axes = columns_of("", {"λ₁", "λ₂", "κ", "2/λ₁", "2/(λ₁ + λ₂)"}, 5, true);
  Numbers steps = columns_of("steps to a thousandth of the loss", {"derived", "measured"}, 0);
  for (const Surface& s : both) {
    const Hessian h = s.hessian();
    axes.row(s.name, {h.largest(), h.smallest(), h.condition(), h.limit(), h.best_rate()});
    const double shrinks = (h.condition() - 1) / (h.condition() + 1);
    Point w = s.start();
    const double goal = solved * s.loss(w);
    int taken = 0;
    for (; s.loss(w) > goal; ++taken) w = s.step(w, h.best_rate());
    steps.row(s.name, {std::ceil(std::log(solved) / (2 * std::log(shrinks))), double(taken)});
  }
  d.numbers({axes}).numbers({steps});
}

void the_rates(Document& d, const std::vector<Surface>& both) {
  d.heading("On either side of the limit");
  d.text("The loss after some steps, at rates in units of 2/λ₁, from the same loss:");
  std::vector<Numbers> tables;
  for (const Surface& s : both) {
    Numbers n = columns_of("loss, " + s.name, {"0", "1", "10", "100"}, 3, true);
    for (double rate : {0.25, 0.5, 0.99, 1.01}) {
      std::vector<double> losses;
      Point w = s.start();
      for (int t = 0; t <= 100; ++t) {
        if (t == 0 || t == 1 || t == 10 || t == 100) losses.push_back(s.loss(w));
        w = s.step(w, rate * s.hessian().limit());
      }
      n.row(shown(rate, {.decimals = 2}), losses);
    }
    tables.push_back(n);
  }
  d.numbers(tables);
  d.text(
      "On raw inputs no rate helps: what the first weight needs the second cannot bear. Normalized, one rate "
      "fits both. In a deep network each layer's inputs are the features of another, which is the reason to "
      "normalize there too.");
}

// Where the loss is `level`: H = L Lᵀ (Cholesky) makes it √(2 level) L⁻ᵀ u around the lowest point, ‖u‖ = 1.
Plot::Line ellipse(const Surface& s, double level) {
  const Hessian h = s.hessian();
  const double l11 = std::sqrt(h.a), l21 = h.b / l11, l22 = std::sqrt(h.c - l21 * l21);
  Plot::Line line{.colour = 6};
  for (int i = 0; i <= 180; ++i) {
    const double t = i * 3.14159265358979323846 / 90, r = std::sqrt(2 * level);
    const double d2 = r * std::sin(t) / l22, d1 = (r * std::cos(t) - l21 * d2) / l11;
    line.x.push_back(s.lowest[0] + d1);
    line.y.push_back(s.lowest[1] + d2);
  }
  return line;
}

Plot drawn(const Surface& s, const std::string& caption) {
  Plot plot{.caption = caption, .x_label = "w₁", .y_label = "w₂", .equal_axes = true};
  for (double level : {0.25, 1., 2.25, 4.}) plot.lines.push_back(ellipse(s, level));
  plot.lines[0].label = "loss 0.25, 1, 2.25, 4";
  Plot::Line path{.label = "30 steps", .colour = 1};
  Point w = s.start();
  for (int t = 0; t <= 30; ++t) {
    path.x.push_back(w[0]);
    path.y.push_back(w[1]);
    w = s.step(w, s.hessian().best_rate());
  }
  plot.lines.push_back(path);
  path.label = "";
  path.points = true;
  plot.lines.push_back(path);
  return plot;
}

void the_pictures(Document& d, const std::vector<Surface>& both) {
  d.heading("Seen from above");
  d.plots(
      {drawn(both[0], "Raw, at the best rate. A unit of w₁ is as long as one of w₂: the valley is a line."),
       drawn(both[1], "Normalized, on the same axes: the whole descent.")});
  Plot stretched = drawn(
      both[0], "Raw again, w₂ stretched: from one wall of the valley to the other, and hardly along it.");
  stretched.equal_axes = false;
  d.plots({stretched});
}

}  // namespace

Document surface_lesson() {
  Document d(
      "The error surface, raw and normalized",
      "Inputs of the scales 1 and 100 make the loss a narrow valley: the steep weight bounds the rate, "
      "the flat one then crawls. Normalized inputs make it nearly round.");
  const std::vector<Surface> both = {raw(), normalized()};
  the_surface(d, both);
  the_limit(d, both);
  the_rates(d, both);
  the_pictures(d, both);
  return d;
}

}  // namespace norma
