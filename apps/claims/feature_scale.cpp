// The lecture's error surface: inputs of unlike scale make it a narrow valley; normalized inputs make it
// round.
#include "apps/claims/engine/claim.h"
#include "apps/report/gnuplot.h"
#include "apps/run/probe.h"
#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr Index samples = 200;
constexpr double scales[] = {1, 100}, truth[] = {1, 0.01};  // each input moves y by as much as the other
constexpr double noise = 0.1;
const std::vector<std::string> arms = {"raw", "normalized"};
constexpr Index most_steps = 100'000, path_length = 40;
constexpr double solved = 1e-3;  // of the excess loss at the start

// ½ mean (w₁ x₁ + w₂ x₂ − y)² and its gradient at w, by the library's own linear layer and autograd.
struct Problem {
  Tensor x, y;
  Linear layer{2, 1, /*bias=*/false};

  double loss(double w1, double w2, Vector* gradient = nullptr) {
    layer.weight[0] = static_cast<real>(w1);
    layer.weight[1] = static_cast<real>(w2);
    layer.weight.zero_grad();
    const Tensor l = scale(mse(layer(x), y), 0.5);
    if (gradient) {
      l.backward();
      *gradient = {layer.weight.grad()[0], layer.weight.grad()[1]};
    }
    return l.item();
  }
};

Problem make_problem(bool normalized, std::uint64_t seed) {
  Rng rng(seed);
  Problem p{Tensor({samples, 2}), Tensor({samples, 1})};
  for (Index n = 0; n < samples; ++n) {
    double y = rng.normal(0, noise);
    for (int i = 0; i < 2; ++i) {
      const double x = rng.normal(0, scales[i]);
      p.x[2 * n + i] = static_cast<real>(x);
      y += truth[i] * x;
    }
    p.y[n] = static_cast<real>(y);
  }
  if (normalized) {
    NoGrad guard;
    p.x = BatchNorm1d(2, {.affine = false})(p.x);
  }
  return p;
}

// H = [a b; b c], the same everywhere on a quadratic surface: its columns are differences of gradients.
struct Hessian {
  double a, b, c;
  double middle() const { return (a + c) / 2; }
  double radius() const { return std::hypot((a - c) / 2, b); }
  double largest() const { return middle() + radius(); }
  double smallest() const { return (a * c - b * b) / largest(); }  // det/λ₁: no cancellation
};

Hessian hessian(Problem& p) {
  Vector at0, at1, at2;
  p.loss(0, 0, &at0);
  p.loss(1, 0, &at1);
  p.loss(0, 1, &at2);
  return {at1[0] - at0[0], (at1[1] - at0[1] + at2[0] - at0[0]) / 2, at2[1] - at0[1]};
}

// The rows "hessian" (a, b, c), "minimum" (w₁, w₂), "start", "rate", "steps" (until solved) and the path
// "w1", "w2".
Outcome descend(bool normalized, std::uint64_t seed) {
  Problem p = make_problem(normalized, seed);
  const Hessian h = hessian(p);
  Vector g;
  p.loss(0, 0, &g);
  const double det = h.a * h.c - h.b * h.b;
  const double m1 = -(h.c * g[0] - h.b * g[1]) / det, m2 = -(h.a * g[1] - h.b * g[0]) / det;  // H m = −∇L(0)
  const double rate = 2 / (h.largest() + h.smallest());  // the best constant rate on a quadratic surface
  const double lowest = p.loss(m1, m2);

  // From a point that costs each input as much as the other.
  Vector w = {m1 + 2 / std::sqrt(h.a), m2 + 2 / std::sqrt(h.c)};
  const double wanted = solved * (p.loss(w[0], w[1]) - lowest);
  Outcome out = {{"hessian", {h.a, h.b, h.c}}, {"minimum", {m1, m2}}, {"rate", {rate}}, {"start", w}};
  Index step = 0;
  for (; step < most_steps && p.loss(w[0], w[1], &g) - lowest > wanted; ++step) {
    if (step <= path_length) {
      out["w1"].push_back(w[0]);
      out["w2"].push_back(w[1]);
    }
    w = along(w, -rate, g);
  }
  out["steps"] = {double(step)};
  return out;
}

Hessian hessian_of(const Outcome& o) {
  const auto& h = row(o, "hessian");
  return {h.at(0), h.at(1), h.at(2)};
}
double condition(const Outcome& o) { return hessian_of(o).largest() / hessian_of(o).smallest(); }
double steps(const Outcome& o) { return last(o, "steps"); }

// Where the loss exceeds its minimum by `excess`: d with ½ dᵀH d = excess around the minimum. With H = L Lᵀ
// (Cholesky) it is √(2 excess) L⁻ᵀ u for all u of length 1.
Series ellipse(const Outcome& o, double excess) {
  const Hessian h = hessian_of(o);
  const auto& m = row(o, "minimum");
  const double l11 = std::sqrt(h.a), l21 = h.b / l11, l22 = std::sqrt(h.c - l21 * l21);
  Series s{.colour = 6};
  for (int i = 0; i <= 180; ++i) {
    const double t = i * 3.14159265358979323846 / 90, r = std::sqrt(2 * excess);
    const double d2 = r * std::sin(t) / l22, d1 = (r * std::cos(t) - l21 * d2) / l11;
    s.x.push_back(m.at(0) + d1);
    s.y.push_back(m.at(1) + d2);
  }
  return s;
}

Figure surface(const Outcome& o, const std::string& title) {
  Figure f{.title = title,
           .x_label = "weight of the first input",
           .y_label = "weight of the second input",
           .equal_axes = true};
  for (double excess : {0.25, 1.0, 2.25, 4.0}) f.series.push_back(ellipse(o, excess));
  f.series.front().label = "one loss: 0.25, 1, 2.25, 4 above the lowest";
  Series path{.label = "gradient descent", .x = row(o, "w1"), .y = row(o, "w2"), .colour = 1};
  f.series.push_back(path);
  path.label = "";
  path.draw = Series::Draw::points;
  f.series.push_back(path);
  return f;
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"inputs", "condition number", "best rate", "steps"});
  for (const std::string& arm : arms) {
    auto middle = [&](const auto& f) { return median(results.each(arm, f)); };
    t.row({arm, number(middle(condition)), number(middle([](const Outcome& o) { return last(o, "rate"); })),
           count(middle(steps))});
  }
  const std::uint64_t seed = results.seeds().front();
  Figure raw = surface(results.at("raw", seed), "inputs as they are"),
         normalized = surface(results.at("normalized", seed), "inputs normalized"), steps_of_raw = raw;
  share_axes({&raw, &normalized});
  Extent w1, w2;  // of the path alone
  for (double w : raw.series.back().x) w1.add(w);
  for (double w : raw.series.back().y) w2.add(w);
  steps_of_raw.title = "inputs as they are, enlarged";
  w1 = widened(w1, 0.1);
  w2 = widened(w2, 0.1);
  steps_of_raw.x_min = w1.low;
  steps_of_raw.x_max = w1.high;
  steps_of_raw.y_min = w2.low;
  steps_of_raw.y_max = w2.high;
  return {
      {"raw",
       "Inputs of scale 1 and 100: lines of equal loss, and gradient descent at the best constant rate. In all "
       "three figures a unit of one weight is as long as one of the other: the valley, a hundred times as long "
       "as wide, is hardly more than a line.",
       raw},
      {"normalized", "The same data behind a BatchNorm1d, on the same axes; the whole descent.", normalized},
      {"raw-steps", "The first 40 steps in the valley, from one wall to the other and hardly along it.",
       steps_of_raw},
      {"table",
       "Medians over the seeds. Steps: until the loss is within a thousandth of its excess at the start.",
       t}};
}

std::string seen(const Results& results) {
  auto middle = [&](const char* arm, const auto& f) { return median(results.each(arm, f)); };
  return "The Hessian's condition number falls from " + number(middle("raw", condition)) + " to " +
         number(middle("normalized", condition)) + ", and the steps from " + count(middle("raw", steps)) +
         " to " + count(middle("normalized", steps)) +
         ". The descent on raw inputs leaps from one wall of the valley to the other and hardly moves along "
         "it.";
}

std::vector<Cell> cells(const Plan&) {
  return grid(
      [&](const std::string& arm) {
        return Cell{
            arm, "200 samples, scales 1 and 100, noise 0.1, at most 100,000 steps", 0.1,
            [arm](const ClaimData&, std::uint64_t seed) { return descend(arm == "normalized", seed); }};
      },
      arms);
}

}  // namespace

Claim feature_scale_claim() {
  return {
      .name = "feature-scale",
      .sentence =
          "Inputs of unlike scale make the error surface a narrow valley in which gradient descent zig-zags; "
          "normalizing them makes it round, and one rate fits all weights.",
      .source = "Hung-yi Lee, lecture on Batch Normalization; LeCun et al. 1998, Efficient BackProp, §4.3",
      .paper =
          "A drawing: with one input of scale 1, 2, … and another of 100, 200, … the contours are long "
          "ellipses, after normalization circles; no numbers.",
      .scope = "200 made-up samples of two inputs, a linear model; the lecture: a drawing",
      .asked =
          "A linear model of two inputs, one a hundred times the other, whose weights matter alike, fitted "
          "to 200 samples by plain gradient descent on half the mean squared error; with the inputs as they "
          "are and behind a BatchNorm1d. The Hessian is measured from autograd's gradients, and each arm "
          "gets the best constant rate there is on its surface, 2/(λ₁ + λ₂), so that the comparison is not "
          "one of rates.",
      .parts =
          {part(
               "condition number of the Hessian, raw over normalized", at_least(100, Unit::times),
               "The scales' ratio squared is 10,000; a hundred is its root, the ratio of the ellipses' axes.",
               [](const SeedResults& seed) {
                 return condition(seed["raw"]) / condition(seed["normalized"]);
               }),
           part("steps of gradient descent at each one's best rate, raw over normalized",
                at_least(10, Unit::times),
                "Steps grow with the condition number; ten times as many is what \"zig-zags\" should mean.",
                [](const SeedResults& seed) { return steps(seed["raw"]) / steps(seed["normalized"]); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "A model of two weights. In a deep network each layer's input is another layer's feature, which is "
          "the lecture's reason to normalize there too; `landscape` and `surface` look at those.",
  };
}

}}  // namespace norma
