#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

constexpr double torch_eps = 1e-5, torch_momentum = 0.1;

Tensor state(const Module& net, const std::string& name) {
  for (const StateEntry& e : net.state_dict()) {
    if (e.name == name && e.tensor.defined()) return e.tensor;
  }
  wrong("The layer has no ", name, " in its state any more; leave the constructor as it was.");
}

void check_training(Grader& g, Module& net) {
  const Tensor x = normals({5, 3}, 1, 4, 2);
  const View view = channel_view(x);
  const Tensor mu = batch_mean(x), biased = batch_variance(x), unbiased = scale(biased, 5.0 / 4),
               zero = Tensor::zeros({3}), one = Tensor::ones({3});
  const auto root = [](double v) { return std::sqrt(v + torch_eps); };
  g.trying("a batch of five in training mode");
  const Tensor y = net(x.clone());
  g.compare(
      "training: the batch's mean and biased variance normalize", "y", y.detach(),
      normalize(x, view, moments(x, view), torch_eps),
      {{normalized_by(x, mu, each(unbiased, root)),
        "Now the unbiased variance normalizes. In training x̂ divides by the biased one; the unbiased one "
        "belongs elsewhere."},
       {normalized_by(x, zero, each(one, root)),
        "In training mode the running statistics normalize; the batch's own should."}});

  const Tensor mean = state(net, "running_mean"), variance = state(net, "running_var");
  g.compare("after one batch the running mean has gone a tenth of the way", "running_mean", mean,
            scale(mu, torch_momentum),
            {{scale(mu, 1 - torch_momentum),
              concat("One batch of mean ", mu[0], " took the running mean of feature 0 from 0 to ", mean[0],
                     ". With momentum 0.1, which is the weight of the new batch, it should be at ",
                     torch_momentum * mu[0], ": the old value keeps 0.9 of its weight, not 0.1.")},
             {mu, "The running mean is now the mean of the last batch alone; earlier ones are forgotten."},
             {zero, "The running mean does not move."}});
  const auto moved = [](const Tensor& batch) {
    return each(batch, [](double v) { return 1 - torch_momentum + torch_momentum * v; });
  };
  g.compare(
      "and so has the running variance", "running_var", variance, moved(unbiased),
      {{moved(biased), concat("The running variance gathers ", biased[0],
                              " from a batch of five whose variance, as an "
                              "estimate for all the data, is ",
                              unbiased[0],
                              ": Σ (x − μ)² is divided by m where it should "
                              "be by m − 1. At inference all outputs are too large.")},
       {each(biased, [](double v) { return torch_momentum + (1 - torch_momentum) * v; }),
        "The running variance still keeps 0.1 of its old value, where the running mean keeps 0.9; and it "
        "gathers the biased variance."},
       {each(unbiased, [](double v) { return torch_momentum + (1 - torch_momentum) * v; }),
        "The running variance still keeps 0.1 of its old value, where the running mean keeps 0.9."},
       {each(biased, [](double v) { return 1 - torch_momentum + torch_momentum * v * 0.8; }),
        "The factor is upside down: the unbiased variance is m/(m − 1) σ², larger than the biased."},
       {one, "The running variance does not move."}});
}

void check_prediction(Grader& g, Module& net, const Predict& predict) {
  for (int i = 0; i < 20; ++i) net(normals({8, 3}, 100 + i, 4, 2));
  const Tensor mean = state(net, "running_mean").clone(), variance = state(net, "running_var").clone();
  const Tensor x = normals({6, 3}, 2, 4, 2);
  const View view = channel_view(x);
  const Tensor expected = normalize(x, view, constant_moments(mean, variance), torch_eps);
  g.trying("predict, after some batches of training");
  const Tensor y = predict(net, x.clone());
  g.compare(
      "predict normalizes by the running statistics", "y", y.detach(), expected,
      {{normalize(x, view, moments(x, view), torch_eps),
        "predict gives an example another answer whenever other examples are beside it: the batch's own "
        "mean and variance still normalize. Nobody has told the network that training is over."}});
  g.compare("and leaves them as they are", "running_mean", state(net, "running_mean"), mean);
  const Tensor first = Tensor::from({1, 3}, {x[0], x[1], x[2]});
  g.trying("predict for one example");
  g.compare("an example alone gets the same answer", "y", predict(net, first).detach(),
            normalize(first, channel_view(first), constant_moments(mean, variance), torch_eps));
}

}  // namespace

int grade_bugs(const MakeLayer& make, const Predict& predict, std::ostream& out) {
  return grade(out, "8: find the three bugs", "Without bugs: layers/batchnorm.cpp.", [&](Grader& g) {
    g.trying("making the layer");
    const std::unique_ptr<Module> net = make(3);
    check_training(g, *net);
    net->train();
    check_prediction(g, *net, predict);
  });
}

}  // namespace exercises
