// Batch normalization by hand, in double: each step is an operation of the library.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/normalize_parts.h"
#include "core/ops.h"

namespace norma {
namespace {

const std::vector<std::string> features = {"k=0", "k=1", "k=2"}, examples = {"n=0", "n=1", "n=2", "n=3"};

NumberStyle whole() { return {.rows = features, .columns = examples, .colour = ColourBy::row}; }
NumberStyle exact() {
  return {.rows = features, .columns = examples, .decimals = 6, .colour = ColourBy::row};
}
NumberStyle column(int decimals, bool names = false) {
  return {
      .rows = names ? features : std::vector<std::string>(), .decimals = decimals, .colour = ColourBy::row};
}

// The sheet as it was published, which rounds to whole numbers: three rows of a number or more.
Numbers published(const std::string& name, std::vector<double> values) {
  const std::size_t width = values.size() / 3;
  return {.name = name + " on the sheet",
          .columns = width == 4 ? examples : std::vector<std::string>(),
          .values = std::move(values),
          .colour = ColourBy::row,
          .height = 3,
          .width = width};
}

// Rows are examples, columns are features, as in every batch; shown turned.
struct Sheet {
  Tensor x = Tensor::from({4, 3}, {1, 0, 2, 0, 3, 1, 3, 1, 0, 0, 1, 2});
  Tensor W = Tensor::from({3, 3}, {1, 0, 1, 1, 1, 0, 0, 2, -1}), b = Tensor::from({3}, {0, -1, 0});
  Tensor gamma = Tensor::from({3}, {2, 3, -1}), beta = Tensor::from({3}, {0, 0, 1});
  std::vector<double> y = {2, -2, 2, 0, -3, 3, 6, -3, 2, 0, 1, 2};  // as published

  Tensor h() const { return linear(x, W, b); }
  Tensor a() const { return relu(h()); }
};

void up_to_relu(Document& d, const Sheet& s) {
  d.heading("1  Given");
  d.numbers({turned("x", s.x, whole()), matrix_of("W", s.W, {.colour = ColourBy::row}),
             column_of("b", s.b, column(0)), column_of("γ", s.gamma, column(0)),
             column_of("β", s.beta, column(0))});

  d.heading("2  Linear");
  d.formula("y = W x + b");
  d.text("That is it by hand, with examples as columns. With examples as rows, as in Norma, it is");
  d.formula("y = x Wᵀ + 1 bᵀ").code(code::linear);
  d.numbers({turned("y = linear(x, W, b)", s.h(), whole())});

  d.heading("3  ReLU");
  d.formula("y = max(0, x)").code(code::relu);
  d.numbers({turned("y = relu(x)", s.a(), whole())});
  d.text(
      "From here on this is x. It is normalized over the four examples, for each feature k by itself: the "
      "view is (outer, kept, inner) = (4, 3, 1), and m = outer · inner = 4 elements share a mean.");
}

void mean_and_variance(Document& d, const Tensor& a) {
  d.heading("4  Sum and mean");
  d.formula("μₖ = 1/m Σ x").code(code::sum).code(code::mean);
  const View view = channel_view(a);
  const Moments batch = moments(a, view);
  const Tensor sums = scale(tensor_of(batch.mean), double(view.count()));  // before it was divided by m
  d.numbers({column_of("sum", sums, column(0, true)), column_of("mean μ", batch.mean, column(2)),
             published("sum", {9, 5, 7}), published("mean", {2, 1, 2})});

  d.heading("5  Variance and standard deviation");
  d.formula("σₖ² = 1/m Σ (x − μₖ)²").code(code::squares).code(code::variance);
  Scratch<double> std(batch.variance.size());
  for (Index k = 0; k < std.size(); ++k) std[k] = std::sqrt(batch.variance[k]);
  d.numbers({column_of("variance σ²", batch.variance, column(4, true)), column_of("std √σ²", std, column(6)),
             published("variance", {1, 1, 4}), published("std", {1, 1, 2})});
  d.text(
      "The sheet takes 1.6875 down to 1 and 2.25 to 2: it rounds so that the reader can continue in the "
      "head. All that follows on it has these errors in it.");
}

// Returns y.
Tensor normalized(Document& d, const Sheet& s, const Tensor& a) {
  const View view = channel_view(a);
  d.heading("6  Normalize");
  d.formula("x̂ = (x − μ)/√(σ² + ε)").code(code::inv_std);
  const Tensor xhat = normalize(a, view, moments(a, view), /*eps=*/0);
  d.numbers({turned("x̂ (ε = 0)", xhat, exact()), published("x̂", {1, -1, 1, 0, -1, 1, 2, -1, -1, 1, 0, -1})});
  d.text("Each row now has mean 0 and, with ε = 0, variance 1.");

  d.heading("7  Scale and shift");
  d.formula("y = γ x̂ + β").code(code::scale_shift);
  const Tensor y = scale_shift(xhat, view, s.gamma, s.beta);
  d.numbers({turned("y (ε = 0)", y, exact()), published("y", s.y)});
  return y;
}

void all_in_one(Document& d, const Sheet& s, const Tensor& a, const Tensor& y) {
  const View view = channel_view(a);
  d.heading("All in one");
  d.text("In training, steps 4 to 7 are one operation, and ε = 10⁻⁵ keeps the root away from 0:");
  d.formula("y = γ (x − μ)/√(σ² + ε) + β").code(code::y);
  const auto fused = [&](double eps) { return normalize(a, view, moments(a, view), eps, s.gamma, s.beta); };
  d.numbers({turned("y, ε = 1e-5", fused(1e-5), exact())});
  double rounding = 0;
  const Numbers turned_y = turned("", y, {});
  for (std::size_t i = 0; i < s.y.size(); ++i)
    rounding = std::max(rounding, std::abs(s.y[i] - turned_y.values[i]));
  d.text("Largest differences in y:");
  d.numbers(
      {{.name = "",
        .rows = {"exact, step by step, and in one operation", "ε = 0 and ε = 1e-5", "the sheet's rounding"},
        .values = {largest_difference(y, fused(0)), largest_difference(y, fused(1e-5)), rounding},
        .decimals = 2,
        .significant = true}});
}

}  // namespace

Document by_hand_lesson() {
  Document d("Batch normalization by hand",
             "Tom Yeh's sheet: three features, four examples, batch normalization after the ReLU. Every "
             "number is what the library computes, in double; beside it the sheet's own, rounded to whole "
             "numbers.");
  d.text(
      "Like the sheet, this page shows features k as rows and examples n as columns, one colour per feature. "
      "In Norma, as in PyTorch, a batch x is (N, C): one example per row. In every operation's formula x is "
      "its input and y its output.");
  const Sheet sheet;
  const Tensor a = sheet.a();
  up_to_relu(d, sheet);
  mean_and_variance(d, a);
  const Tensor y = normalized(d, sheet, a);
  all_in_one(d, sheet, a, y);
  return d;
}

}  // namespace norma
