// Exercise 8: find the three bugs. 10 minutes.
//
// A Batch Normalization and a function that uses a trained network. It compiles, it trains, its loss falls;
// and its answers are worse than they should be. Three things are wrong, each of them a mistake that real
// programs contain. Repair them. The grader shows the symptom of the first that is left; look for the cause.
//
// What should happen: exercise 4. normalize(), moments() and constant_moments(), which are right, are
// declared in norma/core/normalize.h; train() and eval() in norma/layers/module.h. The mistakes, and what
// they cost: `norma explain train-eval`, `norma explain conventions`.
//
//   sh exercises/grade.sh 8
#include <norma/core/normalize.h>

#include "exercises/grade/grade.h"

using namespace norma;

constexpr double eps = 1e-5, momentum = 0.1;  // as PyTorch's BatchNorm1d has them

/// Batch Normalization of x (N, C). State: weight, bias, running_mean, running_var, each (C).
class Norm final : public Module {
 public:
  explicit Norm(Index C)
      : weight(parameter("weight", Tensor::ones({C}))),
        bias(parameter("bias", Tensor::zeros({C}))),
        running_mean(buffer("running_mean", Tensor::zeros({C}))),
        running_var(buffer("running_var", Tensor::ones({C}))) {}

  Tensor forward(const Tensor& x) override {
    const View view = channel_view(x);
    if (!training()) {
      return normalize(x, view, constant_moments(running_mean, running_var), eps, weight, bias);
    }
    Moments batch = moments(x, view);  // of each feature the mean and the biased variance
    gather(running_mean, batch.mean);
    gather(running_var, batch.variance);
    return normalize(x, view, batch, eps, weight, bias);
  }

  std::string describe() const override { return "Norm()"; }

 private:
  /// Takes a batch's statistic into its running average.
  static void gather(const Tensor& running, const Scratch<double>& batch) {
    for (Index k = 0; k < running.size(); ++k) {
      running[k] = static_cast<real>(momentum * running[k] + (1 - momentum) * batch[k]);
    }
  }

  Tensor weight, bias, running_mean, running_var;
};

/// What a trained network says of the examples x, at inference.
Tensor predict(Module& net, const Tensor& x) {
  NoGrad no_gradients_are_needed;
  return net(x);
}

int main() {
  return exercises::grade_bugs([](Index features) { return std::make_unique<Norm>(features); }, predict);
}
