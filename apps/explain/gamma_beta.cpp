// What γ and β are for: they can undo the normalization, they are all that sets y's mean and deviation, and
// so how much a ReLU lets through. In double.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/look.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/normalize_parts.h"
#include "core/ops.h"
#include "core/random.h"

namespace norma {
namespace {

const std::vector<std::string> features = {"k=0", "k=1", "k=2"};

NumberStyle look(int decimals) {
  return {.columns = features, .decimals = decimals, .colour = ColourBy::column};
}

// What `norma explain by-hand` has after its ReLU: four examples, three features.
Tensor sheet() { return Tensor::from({4, 3}, {3, 0, 0, 1, 2, 5, 3, 3, 2, 2, 0, 0}); }

// One feature of n examples.
Tensor feature(std::initializer_list<double> values) {
  return Tensor::from({static_cast<Index>(values.size()), 1}, values);
}

// factor x + shift
Tensor moved(const Tensor& x, double factor, double shift) {
  return add(scale(x, factor), Tensor::full(x.shape(), shift));
}

Tensor roots(const Scratch<double>& variance, double eps) {
  Tensor s({variance.size()});
  for (Index k = 0; k < s.size(); ++k) s[k] = std::sqrt(variance[k] + eps);
  return s;
}

Tensor normalized(const Tensor& x, double eps, const Tensor& gamma = {}, const Tensor& beta = {}) {
  const View view = channel_view(x);
  return normalize(x, view, moments(x, view), eps, gamma, beta);
}

void identity(Document& d) {
  constexpr double eps = 1e-5;
  d.heading("The identity, restored");
  d.text(
      "x is the batch of `norma explain by-hand` after its ReLU, an example a row, a feature k a column. "
      "Normalizing takes μ and σ out of it; γ and β can put them back:");
  d.formula("γ = √(σ² + ε),  β = μ");
  d.formula("y = γ x̂ + β = x").code(code::y);
  const Tensor x = sheet();
  const Moments batch = moments(x, channel_view(x));
  const Tensor gamma = roots(batch.variance, eps), beta = tensor_of(batch.mean);
  const Tensor y = normalized(x, eps, gamma, beta);
  d.numbers(
      {matrix_of("x", x, look(0)), matrix_of("x̂", normalized(x, eps), look(3)), matrix_of("y", y, look(3))});
  d.numbers(
      {row_of("γ = √(σ² + ε)", gamma, look(4)),
       row_of("β = μ", beta, look(2)),
       {.name = "max |y − x|", .values = {largest_difference(y, x)}, .decimals = 2, .significant = true}});
  d.text(
      "So a network with BN can compute what the one without it can. But γ and β are numbers of the layer, "
      "not of the batch. Ten times the batch plus 5, with the same γ and β, comes out as the old batch:");
  const Tensor other = moved(x, 10, 5);
  d.numbers({matrix_of("another batch: 10 x + 5", other, look(0)),
             matrix_of("its y", normalized(other, eps, gamma, beta), look(3))});
}

void two_numbers(Document& d) {
  constexpr double eps = 1e-5;
  d.heading("Two numbers set what all layers before set");
  d.formula("mean(y) = β");
  d.formula("std(y) = γ σ/√(σ² + ε)").code(code::scale_shift);
  d.text("Whatever happens to x, with γ = 2 and β = −1 (feature k = 0):");
  const Tensor x = feature({3, 1, 3, 2}), gamma = Tensor::from({1}, {2}), beta = Tensor::from({1}, {-1});
  Numbers table = columns_of("", {"mean(x)", "std(x)", "mean(y)", "std(y)"}, 4);
  const auto add = [&](const std::string& name, const Tensor& input) {
    const Tensor y = normalized(input, eps, gamma, beta);
    const Moments in = moments(input, channel_view(input)), out = moments(y, channel_view(y));
    table.row(name, {in.mean[0], std::sqrt(in.variance[0]), out.mean[0], std::sqrt(out.variance[0])});
  };
  add("x", x);
  add("10 x", moved(x, 10, 0));
  add("x + 100", moved(x, 1, 100));
  add("7 − 3 x", moved(x, -3, 7));
  d.numbers({table});
}

void learned(Document& d) {
  d.heading("They are learned, on a round surface");
  d.text(
      "Let y become the target t = 3 x̂ + 5, by gradient descent on L = ½ ⟨(y − t)²⟩ from γ = 1, β = 0, at η = "
      "0.5. Since ⟨x̂⟩ = 0 and ⟨x̂²⟩ = 1 (ε = 0), γ and β do not disturb each other, and one rate suits both:");
  d.formula("dγ = ⟨(y − t) x̂⟩ = γ − 3").code(code::dgamma);
  d.formula("dβ = ⟨y − t⟩ = β − 5").code(code::dbeta);
  constexpr double eta = 0.5;
  const Tensor x = feature({3, 1, 3, 2}), target = moved(scale(normalized(x, 0), 3), 1, 5);
  Tensor gamma = Tensor::ones({1}), beta = Tensor::zeros({1});
  Numbers steps = columns_of("", {"γ", "β", "3 − 2 (1 − η)ᵗ", "5 − 5 (1 − η)ᵗ"}, 6);
  for (int t = 0; t <= 20; ++t) {
    if (t <= 3 || t % 10 == 0) {
      const double left = std::pow(1 - eta, t);
      steps.row("step " + std::to_string(t), {gamma[0], beta[0], 3 - 2 * left, 5 - 5 * left});
    }
    for (Tensor* p : {&gamma, &beta}) p->set_requires_grad(true).zero_grad();
    scale(mse(normalized(x, 0, gamma, beta), target), 0.5).backward();
    gamma = Tensor::from({1}, {gamma[0] - eta * gamma.grad()[0]});
    beta = Tensor::from({1}, {beta[0] - eta * beta.grad()[0]});
  }
  d.numbers({steps});
}

// The share of its elements that are positive.
double positive(const Tensor& x) {
  return double(std::count_if(x.begin(), x.end(), [](double v) { return v > 0; })) / double(x.size());
}

void what_a_relu_sees(Document& d) {
  d.heading("What a ReLU sees");
  d.text("Its unit is on where x̂ > −β/γ: for normal x with probability Φ(β/γ), whatever μ and σ.");
  d.formula("y = max(0, γ x̂ + β)").code(code::relu);
  constexpr Index n = 10'000;
  Tensor x({n, 1});
  Rng rng(1);
  for (real& v : x.values()) v = rng.normal(-3, 2);
  const auto phi = [](double z) { return std::erfc(-z / std::sqrt(2)) / 2; };
  Numbers table = columns_of("share of examples with the unit on, in percent", {"Φ", "measured"}, 2);
  table.row("without BN", {100 * phi(-3. / 2), 100 * positive(relu(x))});
  for (const double beta : {-2, -1, 0, 1, 2}) {
    const Tensor y = relu(normalized(x, 0, Tensor::ones({1}), Tensor::from({1}, {beta})));
    table.row("BN, γ = 1, β = " + shown(beta, {}), {100 * phi(beta), 100 * positive(y)});
  }
  d.text("10,000 normal numbers with mean −3 and deviation 2:");
  d.numbers({table});
  d.text(
      "With γ = 1 and β = 0, where training begins, each unit is on for half of the examples. β then moves "
      "that share unit by unit. A bias before BN cannot: it is subtracted with the mean, so the layer before "
      "has none.");
}

}  // namespace

Document gamma_beta_lesson() {
  Document d(
      "Why γ and β",
      "Normalizing fixes mean and deviation at 0 and 1. γ and β make them two numbers that are learned: "
      "they can undo the normalization, or choose how much a ReLU lets through.");
  identity(d);
  two_numbers(d);
  learned(d);
  what_a_relu_sees(d);
  return d;
}

}  // namespace norma
