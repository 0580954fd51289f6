// Training and inference mode, and what a forgotten model.eval() does, on a network trained on the spot.
#include <algorithm>
#include <numeric>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/ops.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/batchnorm.h"
#include "layers/network/mlp.h"
#include "optim/optimizer.h"

namespace norma {
namespace {

// 784-64-10 with BN on drawn digits: 600 steps, a fraction of a second.
Sequential trained(const Dataset& digits) {
  manual_seed(1);
  Sequential model = mlp({.hidden = {64}, .activation = "relu", .batch_norm = true});
  Sgd optimizer(model.parameters(), {.lr = 0.1});
  Loader loader(digits, {.batch_size = 50}, /*seed=*/1);
  for (int step = 0; step < 600; ++step) {
    const Batch& batch = loader.next();
    optimizer.zero_grad();
    softmax_cross_entropy(model(batch.x), batch.labels).backward();
    optimizer.step();
  }
  return model;
}

// The digits in the order of their labels: a batch is then of one class, as a folder of pictures often is.
Dataset by_class(const Dataset& digits) {
  std::vector<std::size_t> order(digits.labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return digits.labels[a] < digits.labels[b]; });
  Dataset sorted = digits;
  const auto size = static_cast<std::size_t>(digits.sample.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted.labels[i] = digits.labels[order[i]];
    std::copy_n(digits.pixels.begin() + static_cast<std::ptrdiff_t>(order[i] * size), size,
                sorted.pixels.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  return sorted;
}

// Correct answers in percent. The model is in whatever mode it is in, and its state is the same afterwards.
double accuracy(Sequential& model, const Dataset& data, Index batch_size, bool shuffle) {
  NoGrad guard;
  StateDict before = model.state_dict();
  for (StateEntry& e : before) {
    if (e.tensor.defined()) e.tensor = e.tensor.clone();
    if (e.counter) e.counter = std::make_shared<std::int64_t>(*e.counter);
  }
  Index correct = 0;
  Loader loader(data, {.batch_size = batch_size, .shuffle = shuffle}, /*seed=*/3);
  for (Index i = 0; i < loader.batches(); ++i) {
    const Batch& batch = loader.next();
    correct += count_correct(model(batch.x), batch.labels);
  }
  model.load(before);
  return 100. * double(correct) / double(data.size());
}

void each_mode(Document& d) {
  d.heading("What each mode uses");
  d.table({{"", "train()", "eval()"},
           {{"BatchNorm normalizes by", "the batch's μ, σ² (biased)", "running_mean, running_var"},
            {"running averages", "move, σ² unbiased", "stay"},
            {"gradient through μ, σ²", "yes", "no: they are constants"},
            {"batch of one, (1, C)", "refused", "works"},
            {"Dropout", "drops, scales by 1/(1 − p)", "does nothing"},
            {"LayerNorm, GroupNorm", "a sample's own μ, σ²", "the same"}}});
  d.formula("x̂ = (x − μ)/√(σ² + ε)  in train()").code(code::batch_moments);
  d.formula("x̂ = (x − running_mean)/√(running_var + ε)  in eval()")
      .code(code::use_running)
      .code(code::use_running_rule);
}

void two_companies(Document& d) {
  d.heading("One sample in two companies");
  BatchNorm1d bn(2);
  for (int i = 0; i < 100; ++i) bn(Tensor::from({4, 2}, {-1, 0, 1, 2, -1, 4, 1, 2}));
  const NumberStyle look{.columns = {"k=0", "k=1"}, .decimals = 0, .colour = ColourBy::column};
  NumberStyle exact = look;
  exact.decimals = 4;
  const Tensor a = Tensor::from({3, 2}, {1, 2, 0, 1, -1, 3}), b = Tensor::from({3, 2}, {1, 2, 9, 2, 5, 8});
  const auto numbers = [&](const std::string& mode) {
    const Tensor ya = bn(a), yb = bn(b);
    d.numbers({matrix_of("batch A: x", a, look), matrix_of("A: y, " + mode, ya, exact),
               matrix_of("batch B: x", b, look), matrix_of("B: y, " + mode, yb, exact)});
  };
  d.text("The first row, [1, 2], is the same sample in both batches. `BatchNorm1d(2)` in training mode:");
  const Tensor mean_before = bn.running_mean.clone(), var_before = bn.running_var.clone();
  numbers("train()");
  const Tensor mean = bn.running_mean.clone(), var = bn.running_var.clone();
  d.text(
      "Its y differs: the answer for one sample depends on the others. And the two calls, of test data, have "
      "moved the running averages, which 100 batches of training had made:");
  d.numbers({row_of("running_mean before", mean_before, exact), row_of("running_mean after", mean, exact)});
  d.numbers({row_of("running_var before", var_before, exact), row_of("running_var after", var, exact)});
  d.text("After `eval()` these two normalize, and the sample has one answer:");
  bn.eval();
  numbers("eval()");
}

void with_and_without(Document& d) {
  d.heading("A network, with and without eval()");
  d.text(
      "784-64-10 with BN and ReLU, trained for 600 batches of 50 drawn digits, asked about 1,000 others. Its "
      "test accuracy, by the number of samples it is given at a time, in random order and sorted by class:");
  const Dataset train = draw_digits(6000, 1), sorted = by_class(draw_digits(1000, 2));
  Sequential model = trained(train);
  const std::vector<Index> sizes = {100, 10, 5, 2};
  std::vector<double> values;
  for (Index size : sizes) {
    for (bool shuffle : {true, false}) {
      model.eval();
      values.push_back(accuracy(model, sorted, size, shuffle));
      model.train();
      values.push_back(accuracy(model, sorted, size, shuffle));
    }
  }
  std::vector<std::string> names;
  for (Index size : sizes) names.push_back("batches of " + std::to_string(size));
  d.numbers({{.name = "accuracy in percent",
              .rows = names,
              .columns = {"eval()", "forgotten", "sorted, eval()", "sorted, forgotten"},
              .values = values,
              .decimals = 1,
              .colour = ColourBy::column}});
  d.text(
      "With `eval()` it does not matter how the samples come. Forgotten, a large mixed batch hides the "
      "mistake, small ones cost accuracy, and a batch of one class has the very thing normalized away that "
      "tells the class. The same happens in training if the batches are not mixed: shuffle.");
}

}  // namespace

Document train_eval_lesson() {
  Document d("Training mode and inference mode",
             "`train()` and `eval()` decide which mean and variance normalize. Without `eval()` the answers "
             "depend on what else is in the batch, and the model changes while it is used.");
  each_mode(d);
  two_companies(d);
  with_and_without(d);
  return d;
}

}  // namespace norma
