// Momentum, variance and ε in PyTorch, Keras and ONNX, and one batch under each.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/running.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "layers/batchnorm.h"

namespace norma {
namespace {

// A framework's rule for the running averages. f is the weight of the new batch, whatever it calls momentum.
struct Convention {
  std::string name;
  double f, eps;
  bool unbiased;
};
const std::vector<Convention> conventions = {
    {"PyTorch, Norma", 0.1, 1e-5, true}, {"Keras", 0.01, 1e-3, false}, {"ONNX", 0.1, 1e-5, false}};

const std::vector<std::string> features = {"k=0", "k=1", "k=2"};

struct State {
  Tensor mean = Tensor::zeros({3}), variance = Tensor::ones({3});
};

// The batch taken into the running averages.
void gather(State& state, const Convention& c, const Tensor& x) {
  const Moments batch = moments(x, channel_view(x));
  const double m = double(channel_view(x).count());
  state.mean = moved(state.mean, c.f, tensor_of(batch.mean));
  state.variance = moved(state.variance, c.f, scale(tensor_of(batch.variance), c.unbiased ? m / (m - 1) : 1));
}

Tensor infer(const State& s, const Convention& c, const Tensor& x) {
  return normalize(x, channel_view(x), constant_moments(s.mean, s.variance), c.eps);
}

// A row for each convention, of what `of` gives.
template <class F>
Numbers table(const std::string& name, bool names, int decimals, const F& of) {
  Numbers n{.name = name,
            .columns = features,
            .decimals = decimals,
            .colour = ColourBy::row,
            .height = conventions.size(),
            .width = 3};
  for (const Convention& c : conventions) {
    if (names) n.rows.push_back(c.name);
    const Tensor t = of(c);
    for (Index i = 0; i < 3; ++i) n.values.push_back(t[i]);
  }
  return n;
}

void who_says_what(Document& d) {
  d.heading("Who says what");
  d.text("f is the weight of the newest batch: running ← (1 − f)·running + f·batch.");
  d.table({{"", "PyTorch, Norma", "Keras", "ONNX"},
           {{"name", "BatchNorm1d, 2d", "BatchNormalization", "BatchNormalization"},
            {"momentum", "0.1 = f", "0.99 = 1 − f", "0.9 = 1 − f"},
            {"f by default", "0.1", "0.01", "0.1"},
            {"ε by default", "1e-5", "1e-3", "1e-5"},
            {"σ² in x̂", "biased, /m", "biased, /m", "biased, /m"},
            {"σ² in running", "unbiased, /(m − 1)", "biased, /m", "biased, /m"},
            {"γ, β", "weight, bias", "gamma, beta", "scale, B"},
            {"averages", "running_mean", "moving_mean", "input_mean"},
            {"", "running_var", "moving_variance", "input_var"}}});
  d.formula("running ← (1 − momentum)·running + momentum·batch  in PyTorch, Norma");
  d.formula("running ← momentum·running + (1 − momentum)·batch  in Keras, ONNX").code(code::move);
  d.text(
      "Norma keeps PyTorch's names and numbers. Keras is version 3 here (the fused kernels of older "
      "TensorFlow averaged the unbiased variance of images); ONNX's is operator version 15, with "
      "training_mode = 1.");
}

void under_each(Document& d) {
  d.heading("The same batch under each");
  const Tensor x = five_samples(0);
  d.text(
      "One batch of five, m = 5, with μ = [3, 4, 5] and σ² = 2 (unbiased 2.5), into averages that begin at 0 "
      "and 1:");
  d.numbers({matrix_of("x", x, {.columns = features})});
  const auto after = [&](const Convention& c, int batches) {
    State s;
    for (int i = 0; i < batches; ++i) gather(s, c, five_samples(i));
    return s;
  };
  d.numbers({table("running mean", true, 4, [&](const Convention& c) { return after(c, 1).mean; }),
             table("running variance", false, 4, [&](const Convention& c) { return after(c, 1).variance; })});
  BatchNorm1d bn(3);
  bn(x);
  d.text("The first row is what `BatchNorm1d(3)` itself holds after this batch:");
  const NumberStyle look{.columns = features, .decimals = 4};
  d.numbers({row_of("running_mean", bn.running_mean, look), row_of("running_var", bn.running_var, look)});
  d.text(
      "What each then makes of the sample [3, 4, 5] at inference, after this batch and after all four "
      "batches of `norma explain mini-batch`:");
  const Tensor sample = Tensor::from({1, 3}, {3, 4, 5});
  d.numbers(
      {table("y after one batch", true, 4,
             [&](const Convention& c) { return infer(after(c, 1), c, sample); }),
       table("y after four", false, 4, [&](const Convention& c) { return infer(after(c, 4), c, sample); })});
}

void copied_wrongly(Document& d) {
  d.heading("Copied the wrong way round");
  d.text(
      "Give ONNX's momentum = 0.9 to PyTorch's (or Norma's) layer, where it is f, and the averages are "
      "little more than the last batch. After the four batches, whose means for k = 0 are 3, 8, 13 and 18:");
  std::vector<double> values;
  for (double momentum : {0.1, 0.9}) {
    BatchNorm1d layer(3, {.momentum = momentum});
    for (int i = 0; i < 4; ++i) layer(five_samples(i));
    for (Index k = 0; k < 3; ++k) values.push_back(layer.running_mean[k]);
  }
  d.numbers({{.name = "running_mean after four batches",
              .rows = {"momentum = 0.1", "momentum = 0.9"},
              .columns = features,
              .values = values,
              .decimals = 4,
              .colour = ColourBy::row}});
}

}  // namespace

Document conventions_lesson() {
  Document d("Momentum, variance and ε: three conventions",
             "The same word, momentum, means f in one framework and 1 − f in the others, and their running "
             "variances differ. To move a model from one to another takes knowing both.");
  who_says_what(d);
  under_each(d);
  copied_wrongly(d);
  return d;
}

}  // namespace norma
