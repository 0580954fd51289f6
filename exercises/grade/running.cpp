#include <norma/layers/batchnorm.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// a·running + b·batch
Tensor moved(const Tensor& running, double a, const Tensor& batch, double b) {
  return scale(running, a) + scale(batch, b);
}

// Two training batches, which move the averages from 0 and 1.
void check_update(Grader& g, const UpdateRunning& update_running) {
  const Index m = 5, C = 3;
  const double f = 0.2;
  const Tensor mean = Tensor::zeros({C}), variance = Tensor::ones({C});
  BatchNorm1d bn(C, {.momentum = f});
  for (int batch = 1; batch <= 2; ++batch) {
    const std::string nth = batch == 1 ? "the first batch" : "the second batch";
    const Tensor x = normals({m, C}, batch, 4, 2), old_mean = bn.running_mean.clone(),
                 old_variance = bn.running_var.clone(), mu = batch_mean(x), biased = batch_variance(x),
                 unbiased = scale(biased, double(m) / (m - 1)),
                 deviation = each(unbiased, [](double v) { return std::sqrt(v); });
    bn(x);
    g.trying("update_running, " + nth);
    update_running(x.clone(), f, mean, variance);
    const std::string wrong_way = concat(
        "The momentum is the other way round: with momentum = ", f,
        " your running mean of feature 0 went from ", old_mean[0], " to ", mean[0],
        ", nearly the batch's mean, ", mu[0],
        ". It should keep 1 − momentum of the old value and take momentum of the batch. (Keras and ONNX "
        "write it as you do: `norma explain conventions`.)");
    g.compare(
        "running mean after " + nth, "running_mean", mean, bn.running_mean,
        {{old_mean,
          "update_running left running_mean as it was: it is not written yet, or writes into a "
          "copy. The file begins with what to do."},
         {moved(old_mean, f, mu, 1 - f), wrong_way},
         {mu,
          "Your running mean is the batch's mean: what earlier batches left is forgotten. It is an "
          "average: (1 − f) running + f batch."},
         {moved(old_mean, 1, mu, f), "You add f · batch, but do not first take (1 − f) of the old value."},
         {moved(old_mean, 0.5, mu, 0.5),
          "You average old and new by halves; momentum f says how much "
          "counts: (1 − f) running + f batch."}});
    g.compare(
        "running variance after " + nth + ", from the unbiased one", "running_var", variance, bn.running_var,
        {{old_variance, "The running mean moves, the running variance stays as it was."},
         {moved(old_variance, 1 - f, biased, f),
          concat("Your running variance gathers the biased variance (feature 0: ", biased[0],
                 ", divided by m). A batch's variance is on average too small by (m − 1)/m, so the "
                 "running one gathers the unbiased, ",
                 unbiased[0], ", divided by m − 1 (`norma explain conventions`).")},
         {moved(old_variance, f, unbiased, 1 - f),
          "The running mean is right, but in the running variance f and 1 − f have changed places."},
         {moved(old_variance, f, biased, 1 - f),
          "In the running variance f and 1 − f have changed places, and it gathers the biased variance."},
         {moved(old_variance, 1 - f, deviation, f),
          "Your running variance gathers deviations, σ; expected variances, σ²."},
         {moved(old_variance, 1 - f, scale(biased, double(m - 1) / m), f),
          "The factor is upside down: the unbiased variance is m/(m − 1) σ², larger than the biased."}});
  }
}

void check_eval(Grader& g, const Eval& bn_eval) {
  const double eps = large_eps;
  const Tensor x = normals({4, 3}, 3, 4, 2), gamma = normals({3}, 4, 2), beta = normals({3}, 5),
               mean = Tensor::from({3}, {4, 3, 5}), variance = Tensor::from({3}, {2, 9, 4});
  const View view = channel_view(x);
  const auto root = [&](double v) { return std::sqrt(v + eps); };
  const auto run = [&](const Tensor& of) {
    return bn_eval(of.clone(), gamma.clone(), beta.clone(), mean.clone(), variance.clone(), eps);
  };
  g.trying("bn_eval of four examples");
  g.compare("bn_eval normalizes by the running statistics", "y", run(x),
            normalize(x, view, constant_moments(mean, variance), eps, gamma, beta),
            {{normalize(x, view, moments(x, view), eps, gamma, beta),
              "bn_eval normalizes by the batch's own mean and variance, as in training: what it says of an "
              "example then depends on the others beside it (`norma explain train-eval`)."},
             {normalized_by(x, mean, each(variance, [](double v) { return std::sqrt(v); }), gamma, beta),
              "ε is missing in bn_eval: √(running_var + ε)."},
             {normalized_by(x, mean, each(variance, [&](double v) { return v + eps; }), gamma, beta),
              "bn_eval divides by the running variance; expected its root."},
             {normalized_by(x, mean, each(variance, root)), "bn_eval forgets γ and β."},
             {normalized_by(x, mean, each(scale(variance, 4.0 / 3), root), gamma, beta),
              "bn_eval makes the running variance unbiased again; update_running did that already."}});
  const Tensor alone = x.detach({12}), one = Tensor::from({1, 3}, {alone[0], alone[1], alone[2]});
  g.trying("bn_eval of one example");
  g.compare("an example alone gets the same answer", "y", run(one),
            normalize(one, channel_view(one), constant_moments(mean, variance), eps, gamma, beta));
}

}  // namespace

int grade_running(const UpdateRunning& update_running, const Eval& bn_eval, std::ostream& out) {
  return grade(out, "4: running statistics and inference",
               "The engine's own: layers/batchnorm.cpp, and update_running() in layers/channel_norm.cpp.",
               [&](Grader& g) {
                 check_update(g, update_running);
                 check_eval(g, bn_eval);
               });
}

}  // namespace exercises
