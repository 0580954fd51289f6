// Mini-batches: each normalizes by itself, the running statistics gather, inference uses them.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/running.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "layers/batchnorm.h"

namespace norma {
namespace {

constexpr int batches = 4;
const std::vector<std::string> features = {"k=0", "k=1", "k=2"};

NumberStyle look(int decimals, bool columns = true) {
  return {.columns = columns ? features : std::vector<std::string>(),
          .decimals = decimals,
          .colour = ColourBy::column};
}

// Rows gathered one below the other.
Numbers below(const std::string& name, const std::vector<Tensor>& rows, const std::string& row_name,
              int decimals, bool names = true) {
  Numbers n{.name = name,
            .columns = features,
            .decimals = decimals,
            .colour = ColourBy::column,
            .height = rows.size(),
            .width = features.size()};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (names) n.rows.push_back(row_name + std::to_string(i + 1));
    for (real v : rows[i].values()) n.values.push_back(v);
  }
  return n;
}

// What the layer holds after each batch, and what the article's own averages are.
struct Gathered {
  BatchNorm1d bn{3};
  Tensor article_mean = Tensor::zeros({3}), article_var = Tensor::ones({3});
  std::vector<Tensor> running_mean, running_var, running_biased;
};

void four_batches(Document& d, Gathered& g) {
  d.heading("Four batches, each by itself");
  std::vector<Tensor> mean, variance, unbiased;
  d.formula("x̂ = (x − μ)/√(σ² + ε)").code(code::batch_moments);
  for (int i = 0; i < batches; ++i) {
    const Tensor x = five_samples(i), y = g.bn(x);
    const Moments batch = moments(x, channel_view(x));
    mean.push_back(tensor_of(batch.mean));
    variance.push_back(tensor_of(batch.variance));
    unbiased.push_back(scale(variance.back(), 5. / 4));
    g.article_mean = moved(g.article_mean, 0.1, mean.back());
    g.article_var = moved(g.article_var, 0.1, variance.back());
    g.running_mean.push_back(g.bn.running_mean.clone());
    g.running_var.push_back(g.bn.running_var.clone());
    g.running_biased.push_back(g.article_var.clone());
    const std::string number = std::to_string(i + 1);
    d.numbers(
        {matrix_of("batch " + number + ": x", x, look(0)), matrix_of("batch " + number + ": x̂", y, look(3))});
  }
  d.text(
      "The four x̂ are the same: what a batch has in common, here that its numbers are larger than the last "
      "batch's, is gone.");
  d.numbers({below("mean μ", mean, "batch ", 0), below("variance σ², biased", variance, "", 0, false),
             below("unbiased, m/(m − 1) σ²", unbiased, "", 1, false)});
}

void running_statistics(Document& d, const Gathered& g) {
  d.heading("Running statistics");
  d.text("They begin at 0 and 1. After each batch, with f = 0.1:");
  d.formula("running ← (1 − f)·running + f·batch").code(code::move);
  d.code(code::move_mean).code(code::move_var);
  d.text(
      "The batch is normalized with the biased variance (divided by m) in every convention. What the running "
      "variance gathers differs: the article this example is from takes the same biased one, 2; PyTorch and "
      "Norma the unbiased one (divided by m − 1), 2.5, as Algorithm 2 of the paper has it.");
  d.numbers({below("running_mean", g.running_mean, "after ", 3),
             below("running_var, biased", g.running_biased, "", 3, false),
             below("running_var, unbiased", g.running_var, "", 3, false)});
  BatchNorm1d cumulative(3, {.momentum = std::nullopt});
  for (int i = 0; i < batches; ++i) cumulative(five_samples(i));
  d.text(
      "After four batches the 0 and 1 they began with still weigh 0.9⁴ = 66%, so the mean is far from the "
      "data's, [10.5, 11.5, 12.5]. With `momentum=None` the averages are plain ones:");
  d.code(code::factor);
  d.numbers({row_of("running_mean, momentum=None", cumulative.running_mean, look(1)),
             row_of("running_var, momentum=None", cumulative.running_var, look(1))});
  d.text(
      "A running variance of 2.5 is true to the samples within a batch. The 20 samples together vary more "
      "(33.25), because these batches are consecutive: another reason to shuffle.");
}

void inference(Document& d, Gathered& g) {
  d.heading("Inference with a batch of one");
  const Tensor x = Tensor::from({1, 3}, {10, 11, 12});
  std::string refusal;
  try {
    g.bn(x);
  } catch (const Error& e) {
    refusal = e.what();
  }
  d.text("In training one sample has no variance, and the layer says so: `" + refusal + "`.")
      .code(code::one_value);
  g.bn.eval();
  const Tensor y = g.bn(x),
               biased = normalize(x, channel_view(x), constant_moments(g.article_mean, g.article_var), 1e-5);
  d.text("After `eval()` the running statistics stand in for the batch's:");
  d.formula("y = γ (x − running_mean)/√(running_var + ε) + β").code(code::use_running);
  d.numbers({matrix_of("x, sample 10", x, look(0)), matrix_of("y, unbiased", y, look(4)),
             matrix_of("y, biased", biased, look(4))});
}

}  // namespace

Document mini_batch_lesson() {
  Document d("Mini-batches and running statistics",
             "Twenty samples of three features go through a `BatchNorm1d(3)` in four batches of five. Each "
             "batch is normalized by its own mean and variance; averages of these are kept for inference.");
  d.text(
      "Sample number i = 1 … 20 is [i, i + 1, i + 2]. γ = 1, β = 0, ε = 10⁻⁵, momentum f = 0.1: PyTorch's "
      "defaults. A column (and a colour) is a feature k.");

  Gathered g;
  four_batches(d, g);
  running_statistics(d, g);
  inference(d, g);
  return d;
}

}  // namespace norma
