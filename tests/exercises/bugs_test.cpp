// Exercise 8: the engine solves it, and each bug that is left has its symptom.
#include <norma/layers/batchnorm.h>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_bugs_test {

using namespace norma;

// The exercise's layer, with each mistake to choose: factors(m) gives what the running mean and the running
// variance keep of the old value, and the variance's factor; `normalizing` is that of the variance that
// normalizes.
struct Slips {
  double mean_keeps = 0.9, variance_keeps = 0.9;
  std::function<double(double m)> running = [](double m) { return m / (m - 1); },
                                  normalizing = [](double) { return 1; };
};

class TestedNorm final : public Module {
 public:
  explicit TestedNorm(Slips slips)
      : slips_(std::move(slips)),
        weight_(parameter("weight", Tensor::ones({3}))),
        bias_(parameter("bias", Tensor::zeros({3}))),
        mean_(buffer("running_mean", Tensor::zeros({3}))),
        variance_(buffer("running_var", Tensor::ones({3}))) {}

  Tensor forward(const Tensor& x) override {
    const View view = channel_view(x);
    if (!training()) return normalize(x, view, constant_moments(mean_, variance_), 1e-5, weight_, bias_);
    Moments batch = moments(x, view);
    const double m = double(view.count());
    const auto gather = [](const Tensor& running, double keeps, double v, Index k) {
      running[k] = static_cast<real>(keeps * running[k] + (1 - keeps) * v);
    };
    for (Index k = 0; k < 3; ++k) {
      gather(mean_, slips_.mean_keeps, batch.mean[k], k);
      gather(variance_, slips_.variance_keeps, slips_.running(m) * batch.variance[k], k);
      batch.variance[k] *= slips_.normalizing(m);
    }
    return normalize(x, view, batch, 1e-5, weight_, bias_);
  }
  std::string describe() const override { return "TestedNorm()"; }

 private:
  Slips slips_;
  Tensor weight_, bias_, mean_, variance_;
};

Tensor predict_in_eval(Module& net, const Tensor& x) {
  NoGrad guard;
  net.eval();
  return net(x);
}
Tensor predict_as_trained(Module& net, const Tensor& x) { return net(x); }

std::string wrong(const MakeLayer& make, const Predict& predict) {
  return wrong_in([&](std::ostream& out) { return grade_bugs(make, predict, out); });
}
std::string wrong_with(const Slips& slips, const Predict& predict = predict_in_eval) {
  return wrong([&](Index) { return std::make_unique<TestedNorm>(slips); }, predict);
}

const auto biased = [](double) { return 1; };

TEST_CASE("exercise 8: the engine's layer and the repaired one are right") {
  CHECK(wrong([](Index features) { return std::make_unique<BatchNorm1d>(features); }, predict_in_eval) == "");
  CHECK(wrong_with(Slips()) == "");
}

TEST_CASE("exercise 8: one bug after the other is left") {
  const Slips all{.mean_keeps = 0.1, .variance_keeps = 0.1, .running = biased};
  CHECK(begins(wrong_with(all, predict_as_trained),
               "One batch of mean 4.28038 took the running mean of feature 0 "
               "from 0 to 3.85234."));
  CHECK(begins(wrong_with({.running = biased}, predict_as_trained), "The running variance gathers "));
  CHECK(begins(wrong_with(Slips(), predict_as_trained),
               "predict gives an example another answer whenever other examples are beside it"));
  CHECK(begins(wrong_with({.mean_keeps = 0.1, .variance_keeps = 0.1}), "One batch of mean "));
}

TEST_CASE("exercise 8: repairs in the wrong place are named") {
  CHECK(begins(wrong(
                   [](Index features) {
                     return std::make_unique<BatchNorm1d>(features,
                                                          BatchNormOptions{.track_running_stats = false});
                   },
                   predict_in_eval),
               "The layer has no running_mean in its state any more"));
  CHECK(begins(wrong_with({.running = biased, .normalizing = [](double m) { return m / (m - 1); }}),
               "Now the unbiased variance normalizes."));
  CHECK(begins(wrong_with({.variance_keeps = 0.1}), "The running variance still keeps 0.1 of its old value"));
  CHECK(begins(wrong_with({.variance_keeps = 0.1, .running = biased}),
               "The running variance still keeps 0.1 of its old value"));
  CHECK(begins(wrong_with({.running = [](double m) { return (m - 1) / m; }}), "The factor is upside down"));
  CHECK(begins(wrong_with({.mean_keeps = 0}), "The running mean is now the mean of the last batch alone"));
  CHECK(begins(wrong_with({.mean_keeps = 1}), "The running mean does not move."));
  CHECK(begins(wrong_with({.variance_keeps = 1}), "The running variance does not move."));
  CHECK(begins(wrong(
                   [](Index) {
                     auto net = std::make_unique<TestedNorm>(Slips());
                     net->eval();
                     return net;
                   },
                   predict_in_eval),
               "In training mode the running statistics normalize"));
  CHECK(begins(wrong([](Index features) { return std::make_unique<BatchNorm1d>(features); },
                     [](Module& net, const Tensor& x) {
                       net.eval(Statistics::batch);
                       return net(x);
                     }),
               "predict gives an example another answer"));
  CHECK(begins(wrong_with(Slips(),
                          [](Module& net, const Tensor& x) {
                            predict_as_trained(net,
                                               x);  // what it says is not used; but what it gathers stays
                            return predict_in_eval(net, x);
                          }),
               "Not yet: predict normalizes by the running statistics."));
}

}}  // namespace exercises::exercises_bugs_test
