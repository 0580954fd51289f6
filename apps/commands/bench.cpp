// norma bench: a training step beside its floor, the bare matrix products of the same step, in one process
// and in turn, so that the ratio holds on a machine whose speed drifts.
#include "apps/commands/bench.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/inspect/walk.h"
#include "apps/report/numbers.h"
#include "apps/report/statistics.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "core/blas.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/register_peak.h"
#include "core/suggest.h"
#include "layers/network/mlp.h"
#include "layers/network/preset.h"
#include "layers/weighted.h"
#include "optim/optimizer.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct Work {
  const char* name;
  const char* what;
  Index batch;
  std::function<Sequential()> model;
  double momentum = 0;
  bool training = true;  // else evaluation
  bool flat = true;      // images as (N, 784), else (N, 1, 28, 28)
};

// sizes: inputs, hidden layers, classes
Work mlp_work(const char* name, const char* what, const std::vector<Index>& sizes, Index batch,
              const std::string& activation, bool batch_norm, double momentum, bool training = true) {
  return {.name = name,
          .what = what,
          .batch = batch,
          .model =
              [=] {
                MlpOptions o;
                o.hidden.assign(sizes.begin() + 1, sizes.end() - 1);
                o.activation = activation;
                o.batch_norm = batch_norm;
                return mlp(o);
              },
          .momentum = momentum,
          .training = training};
}

// A network of convolutions, by its layers or, as norma train --norm batch has it, by its name.
Work conv_work(const char* name, const char* what, Index batch, const std::string& layers) {
  return {.name = name,
          .what = what,
          .batch = batch,
          .model =
              [=] {
                return build(parse_layers(layers), {.sample = {1, 28, 28}});
              },
          .flat = false};
}

Work preset_work(const char* name, const char* what) {
  return conv_work(name, what, 60, replaced(preset_layers({.model = name}), "norm", "bn"));
}

const std::vector<Work>& works() {
  const std::vector<Index> paper = {784, 100, 100, 100, 10}, middle = {784, 256, 256, 256, 10},
                           wide = {784, 2048, 2048, 2048, 10};
  static const std::vector<Work> all = {
      mlp_work("W1a", "784-100-100-100-10 sigmoid, batch 60, SGD", paper, 60, "sigmoid", false, 0),
      mlp_work("W1b", "784-100-100-100-10 sigmoid, BatchNorm1d, batch 60, SGD", paper, 60, "sigmoid", true,
               0),
      mlp_work("W2a", "784-256-256-256-10 relu, batch 128, momentum 0.9", middle, 128, "relu", false, 0.9),
      mlp_work("W2b", "784-256-256-256-10 relu, BatchNorm1d, batch 128, momentum 0.9", middle, 128, "relu",
               true, 0.9),
      mlp_work("W3a", "784-2048-2048-2048-10 relu, batch 256, momentum 0.9", wide, 256, "relu", false, 0.9),
      mlp_work("W3b", "784-2048-2048-2048-10 relu, BatchNorm1d, batch 256, momentum 0.9", wide, 256, "relu",
               true, 0.9),
      conv_work("W4", "conv 16 3, conv 32 3, each bn, relu, pool 2; batch 64, SGD", 64,
                "conv 16 3, bn, relu, pool 2, conv 32 3, bn, relu, pool 2, flatten, linear 10"),
      preset_work("cnn", "--model cnn --norm batch, batch 60, SGD"),
      preset_work("resnet", "--model resnet --norm batch, batch 60, SGD"),
      preset_work("vgg", "--model vgg --norm batch, batch 60, SGD"),
      mlp_work("I1000", "evaluation of W1b, 1000 images at a time", paper, 1000, "sigmoid", true, 0, false),
      mlp_work("I1", "evaluation of W1b, one image at a time", paper, 1, "sigmoid", true, 0, false),
  };
  return all;
}

// As many images as MNIST has, of noise: a step costs the same whatever they show.
Dataset noise_images() {
  Dataset data{"noise", "random bytes", {1, 28, 28}, 10, {}, {}};
  constexpr Index n = 60'000;
  data.pixels.resize(n * 784);
  data.labels.resize(n);
  Rng rng(1);
  for (auto& p : data.pixels) p = static_cast<std::uint8_t>(rng.bits() >> 56);
  for (auto& l : data.labels) l = static_cast<std::uint8_t>(rng.below(10));
  return data;
}

// A layer with weights, as the matrix products see it.
struct Product {
  Index in, out;    // Linear: x (N, in), W (out, in), y (N, out)
  Index positions;  // Conv, image by image: col (in, positions), W (out, in), y (out, positions); else 0
  bool conv() const { return positions > 0; }
};

// Of the work's network, in the order of its layers.
std::vector<Product> products_of(const Work& w) {
  NoGrad guard;
  std::vector<Product> products;
  Sequential model = w.model();
  model.eval();
  walk(model, Tensor::zeros(w.flat ? Shape{1, 784} : Shape{1, 1, 28, 28}),
       [&](const std::string&, Module& layer, const Tensor&, const Tensor& y) {
         const auto* weighted = dynamic_cast<const Weighted*>(&layer);
         if (!weighted) return;
         const Index out = weighted->weight.dim(0), in = weighted->weight.size() / out;
         products.push_back({in, out, y.rank() > 2 ? y.size() / out : 0});
       });
  return products;
}

// The matrix products of one step and nothing else: y = x Wᵀ; and in training dW = dyᵀ x, and dx = dy W
// except for the first layer, whose input needs no gradient. Those of a convolution go image by image, on one
// col that stays in the cache, with dWᵀ in place of dW: OpenBLAS does these faster than the products of a
// whole batch.
class Floor {
 public:
  explicit Floor(const Work& w) : work_(w) {
    for (const Product& p : products_of(w)) {
      const Index N = w.batch, P = p.positions;
      const Shape x = p.conv() ? Shape{p.in, P} : Shape{N, p.in},
                  y = p.conv() ? Shape{N, p.out * P} : Shape{N, p.out};
      layers_.push_back({p, Tensor::full(x, real(0.5)), Tensor::full({p.out, p.in}, real(0.01)),
                         Tensor::full(y, real(0.5)), Tensor::zeros(x), Tensor::zeros({p.out, p.in}),
                         Tensor::full(y, real(0.5))});
    }
  }
  void operator()() const {
    for (const Layer& l : layers_) forward(l);
    for (std::size_t l = layers_.size(); work_.training && l-- > 0;) backward(layers_[l], /*wants_dx=*/l > 0);
  }
  // Additions and multiplications.
  double operations() const {
    double sum = 0;
    for (const Layer& l : layers_) {
      const int products = !work_.training ? 1 : &l == &layers_.front() ? 2 : 3;
      sum += 2.0 * products * double(work_.batch * l.in * l.out) * double(l.conv() ? l.positions : 1);
    }
    return sum;
  }

 private:
  struct Layer : Product {
    Tensor x, W, y, dx, dW, dy;  // of a convolution x and dx are col and dcol of one image
    Matrix image(const Tensor& t, Index n) const { return {t.data() + n * out * positions, out, positions}; }
  };

  void forward(const Layer& l) const {
    if (!l.conv()) return multiply(matrix(l.x), matrix(l.W).T(), matrix(l.y));
    for (Index n = 0; n < work_.batch; ++n) multiply(matrix(l.W), matrix(l.x), l.image(l.y, n));
  }
  void backward(const Layer& l, bool wants_dx) const {
    if (!l.conv()) {
      multiply(matrix(l.dy).T(), matrix(l.x), matrix(l.dW));
      if (wants_dx) multiply(matrix(l.dy), matrix(l.W), matrix(l.dx));
      return;
    }
    const Matrix dWT{l.dW.data(), l.in, l.out};
    for (Index n = 0; n < work_.batch; ++n) multiply(matrix(l.x), l.image(l.dy, n).T(), dWT, n ? 1 : 0);
    for (Index n = 0; wants_dx && n < work_.batch; ++n)
      multiply(matrix(l.W).T(), l.image(l.dy, n), matrix(l.dx));
  }

  const Work& work_;
  std::vector<Layer> layers_;
};

// What norma train does in a step, or an evaluation does with a batch.
class Step {
 public:
  Step(const Work& w, const Dataset& data)
      : work_(w),
        data_(data),
        model_(make_model(w)),
        optimizer_(model_.parameters(), SgdOptions{0.01, w.momentum}),
        loader_(data, {.batch_size = w.batch, .format = format()}, 1) {
    if (!w.training) model_.eval();
  }
  void operator()() {
    if (!work_.training) {
      NoGrad guard;
      fill(data_, next_, work_.batch, format(), batch_);
      next_ = (next_ + work_.batch) % (data_.size() - work_.batch);
      correct_ += count_correct(model_(batch_.x), batch_.labels);
      return;
    }
    const Batch& batch = loader_.next();
    optimizer_.zero_grad();
    Tensor loss = softmax_cross_entropy(model_(batch.x), batch.labels);
    loss.backward();
    optimizer_.step();
  }

 private:
  static Sequential make_model(const Work& w) {
    manual_seed(1);
    return w.model();
  }
  BatchFormat format() const { return {.flat = work_.flat}; }

  const Work& work_;
  const Dataset& data_;
  Sequential model_;
  Sgd optimizer_;
  Loader loader_;
  Batch batch_;
  Index next_ = 0, correct_ = 0;
};

struct BenchOptions {
  std::vector<std::string> names, operations;
  std::vector<int> threads;  // empty: one, and two if there are two processors
  int rounds = 11;
};

int bench(const BenchOptions& o) {
  if (!o.operations.empty()) {
    check(o.names.empty() && o.threads.empty(), "--operations: goes with neither --work nor --threads");
    bench_operations(o.operations, o.rounds);
    return exit_ok;
  }
  const std::set<std::string> asked = asked_for("work", o.names, names_of(works()));
  std::vector<int> threads = o.threads;
  if (threads.empty()) threads = processors() > 1 ? std::vector<int>{1, 2} : std::vector<int>{1};
  for (int t : threads) {
    const int most = obtainable_threads(std::min(t, processors()));
    check(t <= most, "--threads: expected at most ", most, ", the number available here, got ", t);
  }
  const double peak = register_peak();
  std::cout << wrapped(blas_description() + "; " + std::to_string(processors()) +
                       (processors() == 1 ? " processor" : " processors") + "; medians of " +
                       std::to_string(o.rounds) + (o.rounds == 1 ? " round" : " rounds") +
                       " in which step and floor take turns. The floor is the step's matrix products "
                       "alone; µs per step. Of peak: the operations of these products, over what the "
                       "threads could do in the time of a step on registers alone (" +
                       number(peak / 1e9) + " GFLOP/s each).")
            << "\n\n";
  const Dataset data = noise_images();
  Table table({"work", "threads", "floor", "step", "× floor", "of peak", "samples/s"});
  StatusLine status;
  for (int t : threads) {
    set_threads(t);
    for (const Work& w : works()) {
      if (!asked.count(w.name)) continue;
      status.show(std::string(w.name) + ", threads: " + std::to_string(t) + " …");
      Floor floor(w);
      Step step(w, data);
      microseconds(floor, 2);
      const double once = microseconds(step, 2);                               // also fills the pool
      const Index calls = std::max<Index>(1, static_cast<Index>(5e4 / once));  // a round of about 50 ms
      std::vector<double> floors, steps, ratios;
      for (int r = 0; r < o.rounds; ++r) {
        floors.push_back(microseconds(floor, calls));
        steps.push_back(microseconds(step, calls));
        ratios.push_back(steps.back() / floors.back());
      }
      table.row({w.name, std::to_string(t), number(median(floors)), number(median(steps)),
                 number(median(ratios)), percent(floor.operations() / median(steps) / (t * peak) * 1e6, 0),
                 count(double(w.batch) / median(steps) * 1e6)});
    }
  }
  set_threads(1);
  status.clear();
  std::cout << table.text() << '\n';
  for (const Work& w : works())
    if (asked.count(w.name)) std::cout << wrapped(std::string(w.name) + ": " + w.what, 79, "  ") << '\n';
  return exit_ok;
}

}  // namespace

std::set<std::string> asked_for(const std::string& option, const std::vector<std::string>& names,
                                std::vector<std::string> known) {
  const std::set<std::string> all(known.begin(), known.end()), asked(names.begin(), names.end());
  known.insert(known.begin(), "all");
  for (const std::string& name : names)
    check(std::count(known.begin(), known.end(), name), "--", option, ": unknown value '", name, "'",
          did_you_mean(name, known));
  return asked.empty() || asked.count("all") ? all : asked;
}

Command bench_command() {
  auto o = std::make_shared<BenchOptions>();
  auto each = [](const std::string& list, const std::function<void(const std::string&)>& take) {
    std::stringstream words(list + ',');  // so that an empty last word is one too
    for (std::string word; std::getline(words, word, ',');) take(word);
  };
  auto add_to = [=](std::vector<std::string>& names) {
    return [=, &names](const std::string& list) {
      each(list, [&](const std::string& name) { names.push_back(name); });
    };
  };
  std::string names;
  for (const Work& work : works()) names += std::string(work.name) + ' ';
  return {.name = "bench",
          .help = "Time training steps beside the bare matrix products of the same step",
          .options = {{"work", "NAME,...", "only these, of " + names + "[all]", add_to(o->names)},
                      {"threads", "N,...", "numbers of threads to measure with [1,2]",
                       [=](const std::string& v) {
                         o->threads.clear();
                         each(v, [&](const std::string& n) {
                           set_whole("threads", o->threads.emplace_back(), 1, 64)(n);
                         });
                       }},
                      {"operations", "NAME,...",
                       "single operations instead, beside a copy of x: such as relu,tanh; or all",
                       add_to(o->operations)},
                      {"rounds", "N", "rounds; the medians are shown [11]",
                       set_whole("rounds", o->rounds, 1, 1000)}},
          .run = [o] { return bench(*o); },
          .example = "norma bench --work W1b,W4 --threads 1"};
}

}}  // namespace norma
