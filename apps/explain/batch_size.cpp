// What the batch's size does to μ, σ, x̂ and the gradient, down to batches of two and of one. In double.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/ops.h"
#include "core/random.h"

namespace norma {
namespace {

constexpr Index batches = 2000;  // side by side: each is a feature of its own
const std::vector<Index> sizes = {2, 4, 8, 16, 32, 64, 128, 256};

Tensor normal_numbers(Index rows, std::uint64_t seed) {
  Tensor x({rows, batches});
  Rng rng(seed);
  for (real& v : x.values()) v = rng.normal();
  return x;
}

// Over the batches, of one value for each.
struct MeanAndDeviation {
  double mean, deviation;
};

template <class Values>
MeanAndDeviation over_batches(const Values& values) {
  Tensor all({batches, 1});
  for (Index i = 0; i < batches; ++i) all[i] = values[i];
  const Moments m = moments(all, channel_view(all));
  return {m.mean[0], std::sqrt(m.variance[0])};
}

std::string size_name(Index n) { return "n = " + std::to_string(n); }

void the_noise(Document& d) {
  d.heading("μ and σ² are estimates");
  d.text(
      "Of n numbers from N(0, 1) the mean is off by 1/√n, and the biased σ² is too small by a factor 1 − 1/n "
      "and off by about √(2/n). The network sees both as noise, which is new in each batch:");
  d.formula("std(μ) = 1/√n").code(code::mean);
  d.formula("mean(σ²) = 1 − 1/n");
  d.formula("std(σ²) = √(2(n − 1))/n").code(code::variance);
  Numbers mu = columns_of("std(μ)", {"1/√n", "measured"}, 4),
          variance = columns_of("mean(σ²)", {"1 − 1/n", "measured"}, 4),
          spread = columns_of("std(σ²)", {"derived", "measured"}, 4);
  Plot plot{.caption = "Deviation of μ over 2,000 batches, against the batch's size.",
            .x_label = "batch size n",
            .y_label = "std(μ)",
            .log_x = true,
            .log_y = true,
            .lines = {{.label = "1/√n", .colour = 6, .dashed = true},
                      {.label = "measured", .colour = 0, .points = true}}};
  for (const Index size : sizes) {
    const double n = double(size);
    const Tensor x = normal_numbers(size, static_cast<std::uint64_t>(size));
    const Moments batch = moments(x, channel_view(x));
    const MeanAndDeviation m = over_batches(batch.mean), v = over_batches(batch.variance);
    mu.row(size_name(size), {1 / std::sqrt(n), m.deviation});
    variance.row("", {1 - 1 / n, v.mean});
    spread.row("", {std::sqrt(2 * (n - 1)) / n, v.deviation});
    for (int i : {0, 1}) {
      plot.lines[i].x.push_back(n);
      plot.lines[i].y.push_back(i ? m.deviation : 1 / std::sqrt(n));
    }
  }
  d.text("Measured over 2,000 batches of each size:");
  d.numbers({mu, variance, spread}).plots({plot});
}

void one_example(Document& d) {
  d.heading("One example in many batches");
  d.text(
      "x = 1 with n − 1 others from N(0, 1). Its x̂ over 2,000 batches: the same example, another input to the "
      "next layer each time. The mean differs from 1 too: x pulls μ and σ towards itself.");
  d.formula("x̂ = (x − μ)/√(σ² + ε)").code(code::xhat);
  Numbers table = columns_of("x̂ of x = 1", {"mean", "deviation"}, 4);
  for (const Index size : sizes) {
    const Tensor x = normal_numbers(size, static_cast<std::uint64_t>(size));
    std::fill_n(x.begin(), batches, 1.0);  // row 0
    const Tensor xhat = normalize(x, channel_view(x), moments(x, channel_view(x)), /*eps=*/0);
    const MeanAndDeviation of = over_batches(xhat);
    table.row(size_name(size), {of.mean, of.deviation});
  }
  d.numbers({table});
}

// ‖σ dx‖²/‖dx̂‖², over all batches, for a random dx̂ (γ = 1).
double share_passed(Index size) {
  Tensor x = normal_numbers(size, 1);
  const Tensor seed = normal_numbers(size, 2);
  const Moments batch = moments(x, channel_view(x));
  x.set_requires_grad(true);
  normalize(x, channel_view(x), moments(x, channel_view(x)), /*eps=*/0).backward(seed);
  double passed = 0, given = 0;
  for (Index i = 0; i < x.size(); ++i) {
    const double dx = x.grad_data()[i];
    passed += batch.variance[i % batches] * dx * dx;
    given += seed[i] * seed[i];
  }
  return passed / given;
}

void batch_of_two(Document& d) {
  constexpr double eps = 1e-5;
  d.heading("A batch of two");
  d.text(
      "Of two examples BN keeps which is larger, and nothing else: x̂ = ±1, whatever they are. And no gradient "
      "comes back: subtracting its mean and its part along x̂ leaves n − 2 of n directions.");
  d.formula("dx = (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)/√(σ² + ε)").code(code::dx);
  Tensor x = Tensor::from({2, 3}, {0, 3, -8, 5, 3.1, -9});
  const Tensor dy = Tensor::from({2, 3}, {1, 0, 2, 0, -1, 1});
  const NumberStyle look{.columns = {"k=0", "k=1", "k=2"}, .decimals = 1, .colour = ColourBy::column};
  NumberStyle exact = look;
  exact.decimals = 6;
  x.set_requires_grad(true);
  const Tensor xhat = normalize(x, channel_view(x), moments(x, channel_view(x)), eps);
  xhat.backward(dy);
  d.numbers({matrix_of("x", x, look), matrix_of("x̂, ε = 1e-5", xhat, exact)});
  d.numbers({matrix_of("dx̂", dy, look), matrix_of("dx", x.grad(), exact)});
  d.text("What is left is ε's doing. The share of a random gradient's square that passes:");
  Numbers table = columns_of("‖σ dx‖²/‖dx̂‖²", {"(n − 2)/n", "measured"}, 4);
  for (const Index size : sizes)
    table.row(size_name(size), {double(size - 2) / double(size), share_passed(size)});
  d.numbers({table});
}

void batch_of_one(Document& d) {
  d.heading("A batch of one");
  d.text("μ is x itself and σ² is 0, so x̂ is 0 for any x, and y is β. The layer refuses to train like that:");
  const Tensor x = Tensor::from({1, 3}, {3, -7, 100});
  const NumberStyle look{.columns = {"k=0", "k=1", "k=2"}, .colour = ColourBy::column};
  d.numbers({matrix_of("x", x, look),
             matrix_of("x̂ of one", normalize(x, channel_view(x), moments(x, channel_view(x)), 1e-5), look)});
  d.code(code::one_value);
  d.text(
      "Convolutions average over all positions of a picture too, so n is larger there. Where batches must be "
      "small, take statistics of a sample alone (`norma explain view`: LN, GN), or correct those of the batch "
      "by the running ones (`brn`). Larger batches have less noise, which regularizes less as well.");
}

}  // namespace

Document batch_size_lesson() {
  Document d(
      "The size of the batch",
      "μ and σ of n examples carry noise of the order 1/√n. A batch of two keeps only which example is "
      "larger and passes no gradient; a batch of one is all zeros.");
  the_noise(d);
  one_example(d);
  batch_of_two(d);
  batch_of_one(d);
  return d;
}

}  // namespace norma
