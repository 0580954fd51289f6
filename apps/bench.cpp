// norma bench: a training step beside its floor, the bare matrix products of the same step, in one process
// and in turn, so that the ratio holds on a machine whose speed drifts.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>

#include "apps/command.h"
#include "apps/statistics.h"
#include "apps/table.h"
#include "core/blas.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/suggest.h"
#include "layers/mlp.h"
#include "optim/optimizer.h"

namespace norma::inline NORMA_BUILD {
namespace {

struct Work {
  const char* name;
  const char* what;
  std::vector<Index> sizes;  // inputs, hidden layers, classes
  Index batch;
  const char* activation;
  bool batch_norm;
  double momentum;
  bool training;  // else evaluation
};

const std::vector<Work>& works() {
  static const std::vector<Work> all = {
      {"W1a",
       "784-100-100-100-10 sigmoid, batch 60, SGD",
       {784, 100, 100, 100, 10},
       60,
       "sigmoid",
       false,
       0,
       true},
      {"W1b", "the same with BatchNorm1d", {784, 100, 100, 100, 10}, 60, "sigmoid", true, 0, true},
      {"W2a",
       "784-256-256-256-10 relu, batch 128, momentum 0.9",
       {784, 256, 256, 256, 10},
       128,
       "relu",
       false,
       0.9,
       true},
      {"W2b", "the same with BatchNorm1d", {784, 256, 256, 256, 10}, 128, "relu", true, 0.9, true},
      {"W3a",
       "784-2048-2048-2048-10 relu, batch 256, momentum 0.9",
       {784, 2048, 2048, 2048, 10},
       256,
       "relu",
       false,
       0.9,
       true},
      {"W3b", "the same with BatchNorm1d", {784, 2048, 2048, 2048, 10}, 256, "relu", true, 0.9, true},
      {"I1000",
       "evaluation of W1b, 1000 images at a time",
       {784, 100, 100, 100, 10},
       1000,
       "sigmoid",
       true,
       0,
       false},
      {"I1",
       "evaluation of W1b, one image at a time",
       {784, 100, 100, 100, 10},
       1,
       "sigmoid",
       true,
       0,
       false},
  };
  return all;
}

// As many images as MNIST has, of noise: a step costs the same whatever they show.
Dataset noise_images() {
  Dataset data{"noise", "random bytes", {1, 28, 28}, 10, {}, {}};
  constexpr Index n = 60'000;
  data.pixels.resize(static_cast<std::size_t>(n * 784));
  data.labels.resize(static_cast<std::size_t>(n));
  Rng rng(1);
  for (auto& p : data.pixels) p = static_cast<std::uint8_t>(rng.bits() >> 56);
  for (auto& l : data.labels) l = static_cast<std::uint8_t>(rng.below(10));
  return data;
}

// The matrix products of one step and nothing else: y = x Wᵀ; and in training dW = dyᵀ x, and dx = dy W but
// for the first layer, whose input needs no gradient.
class Floor {
 public:
  explicit Floor(const Work& w) : work_(w) {
    for (std::size_t l = 0; l < w.sizes.size(); ++l) {
      activations_.push_back(Tensor::full({w.batch, w.sizes[l]}, real(0.5)));
      gradients_.push_back(Tensor::full({w.batch, w.sizes[l]}, real(0.5)));
      if (l == 0) continue;
      weights_.push_back(Tensor::full({w.sizes[l], w.sizes[l - 1]}, real(0.01)));
      weight_gradients_.push_back(Tensor::zeros({w.sizes[l], w.sizes[l - 1]}));
    }
  }
  void operator()() const {
    for (std::size_t l = 0; l < weights_.size(); ++l) {
      multiply(matrix(activations_[l]), matrix(weights_[l]).T(), matrix(activations_[l + 1]));
    }
    for (std::size_t l = weights_.size(); work_.training && l-- > 0;) {
      multiply(matrix(gradients_[l + 1]).T(), matrix(activations_[l]), matrix(weight_gradients_[l]));
      if (l > 0) multiply(matrix(gradients_[l + 1]), matrix(weights_[l]), matrix(gradients_[l]));
    }
  }

 private:
  const Work& work_;
  std::vector<Tensor> activations_, gradients_, weights_, weight_gradients_;
};

// What norma train does in a step, or an evaluation does with a batch.
class Step {
 public:
  Step(const Work& w, const Dataset& data)
      : work_(w),
        data_(data),
        model_(make_model(w)),
        optimizer_(model_.parameters(), SgdOptions{0.01, w.momentum}),
        loader_(data, {w.batch}, 1) {
    if (!w.training) model_.eval();
  }
  void operator()() {
    if (!work_.training) {
      NoGrad guard;
      fill(data_, next_, work_.batch, {}, batch_);
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
    MlpOptions o;
    o.hidden.assign(w.sizes.begin() + 1, w.sizes.end() - 1);
    o.activation = w.activation;
    o.batch_norm = w.batch_norm;
    return mlp(o);
  }
  const Work& work_;
  const Dataset& data_;
  Sequential model_;
  Sgd optimizer_;
  Loader loader_;
  Batch batch_;
  Index next_ = 0, correct_ = 0;
};

// Microseconds of one call, over `calls` of them.
template <class F>
double microseconds(F& f, Index calls) {
  const auto start = std::chrono::steady_clock::now();
  for (Index i = 0; i < calls; ++i) f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
         double(calls);
}

struct BenchOptions {
  std::vector<std::string> names;
  std::vector<int> threads;  // empty: one, and two where there are two processors
  int rounds = 11;
};

int bench(const BenchOptions& o) {
  std::vector<std::string> known;
  for (const Work& w : works()) known.push_back(w.name);
  for (const std::string& name : o.names) {
    check(std::find(known.begin(), known.end(), name) != known.end(), "--work: '", name, "' given",
          did_you_mean(name, known));
  }
  std::vector<int> threads = o.threads;
  if (threads.empty()) threads = processors() > 1 ? std::vector<int>{1, 2} : std::vector<int>{1};
  for (int t : threads)
    check(t <= processors(), "--threads: ", t, " given, this machine has ", processors(), " processors");
  std::cout << blas_description() << "; " << processors() << " processors; medians of " << o.rounds
            << " rounds in which step and floor take turns.\nThe floor is the step's matrix products alone; "
               "µs a step.\n\n";
  const Dataset data = noise_images();
  Table table({"work", "threads", "floor", "step", "× floor", "samples/s", ""});
  table.align(6, Align::left);
  for (int t : threads) {
    set_threads(t);
    for (const Work& w : works()) {
      if (!o.names.empty() && std::find(o.names.begin(), o.names.end(), w.name) == o.names.end()) continue;
      if (interactive()) std::cerr << w.name << ", threads: " << t << " …\033[K\r" << std::flush;
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
                 number(median(ratios)), count(double(w.batch) / median(steps) * 1e6), w.what});
    }
  }
  set_threads(1);
  if (interactive()) std::cerr << "\033[K";
  std::cout << table.text();
  return exit_ok;
}

}  // namespace

Command bench_command() {
  auto o = std::make_shared<BenchOptions>();
  auto each = [](const std::string& list, const std::function<void(const std::string&)>& take) {
    if (list.empty()) take(list);
    std::stringstream words(list);
    for (std::string word; std::getline(words, word, ',');) take(word);
  };
  return {.name = "bench",
          .help = "Time training steps beside the bare matrix products of the same step",
          .options = {{"work", "NAME,...", "only these, of W1a W1b W2a W2b W3a W3b I1000 I1 [all]",
                       [=](const std::string& v) {
                         each(v, [&](const std::string& name) { o->names.push_back(name); });
                       }},
                      {"threads", "N,...", "numbers of threads to measure with [1,2]",
                       [=](const std::string& v) {
                         o->threads.clear();
                         each(v, [&](const std::string& n) {
                           set_whole("threads", o->threads.emplace_back(), 1, 64)(n);
                         });
                       }},
                      {"rounds", "N", "rounds; the medians are shown [11]",
                       set_whole("rounds", o->rounds, 1, 1000)}},
          .run = [o] { return bench(*o); }};
}

}  // namespace norma::inline NORMA_BUILD
