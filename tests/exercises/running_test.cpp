// Exercise 4: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize.h>
#include <norma/layers/batchnorm.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_running_test {

using namespace norma;

std::string wrong(const UpdateRunning& update, const Eval& eval) {
  return wrong_in([&](std::ostream& out) { return grade_running(update, eval, out); });
}

void engine_update(const Tensor& x, double momentum, const Tensor& mean, const Tensor& variance) {
  BatchNorm1d bn(x.dim(1), {.momentum = momentum});
  bn.running_mean.copy_from(mean);
  bn.running_var.copy_from(variance);
  bn(x);
  mean.copy_from(bn.running_mean);
  variance.copy_from(bn.running_var);
}

Tensor engine_eval(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                   const Tensor& variance, double eps) {
  return normalize(x, channel_view(x), constant_moments(mean, variance), eps, gamma, beta);
}

// A student's loops, with both lines open: line(old value, mean or biased variance of the batch, f, m).
template <class Mean, class Variance>
UpdateRunning student(Mean for_mean, Variance for_variance) {
  return [=](const Tensor& x, double f, const Tensor& mean, const Tensor& variance) {
    const Index N = x.dim(0), C = x.dim(1);
    for (Index k = 0; k < C; ++k) {
      double mu = 0, squares = 0;
      for (Index n = 0; n < N; ++n) mu += x[n * C + k] / double(N);
      for (Index n = 0; n < N; ++n) squares += std::pow(x[n * C + k] - mu, 2);
      mean[k] = static_cast<real>(for_mean(double(mean[k]), mu, f, double(N)));
      variance[k] = static_cast<real>(for_variance(double(variance[k]), squares / double(N), f, double(N)));
    }
  };
}

double right_mean(double old, double mu, double f, double) { return (1 - f) * old + f * mu; }
double right_variance(double old, double v, double f, double m) {
  return (1 - f) * old + f * v * m / (m - 1);
}

TEST_CASE("exercise 4: the engine and a student's loops are right") {
  CHECK(wrong(engine_update, engine_eval) == "");
  CHECK(wrong(student(right_mean, right_variance), engine_eval) == "");
}

TEST_CASE("exercise 4: mistakes in the running mean are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(line, right_variance), engine_eval), start);
  };
  CHECK(begins(wrong([](auto&&...) {}, engine_eval),
               "update_running left running_mean as it was: it is not "
               "written yet"));
  CHECK(says(
      [](double old, double mu, double f, double) { return f * old + (1 - f) * mu; },
      "The momentum is the other way round: with momentum = 0.2 your running mean of feature 0 went from "
      "0 to "));
  CHECK(says([](double, double mu, double, double) { return mu; }, "Your running mean is the batch's mean"));
  CHECK(says([](double old, double mu, double, double) { return (old + mu) / 2; },
             "You average old and new by halves"));
  // after the first batch, from 0, this one is right still
  CHECK(says([](double old, double mu, double f, double) { return old + f * mu; },
             "You add f · batch, but do not first take (1 − f)"));
}

TEST_CASE("exercise 4: mistakes in the running variance are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(right_mean, line), engine_eval), start);
  };
  CHECK(says([](double old, double, double, double) { return old; },
             "The running mean moves, the running "
             "variance stays"));
  CHECK(says([](double old, double v, double f, double) { return (1 - f) * old + f * v; },
             "Your running variance gathers the biased variance"));
  CHECK(says([](double old, double v, double f, double m) { return f * old + (1 - f) * v * m / (m - 1); },
             "The running mean is right, but in the running variance f and 1 − f have changed places."));
  CHECK(says([](double old, double v, double f, double) { return f * old + (1 - f) * v; },
             "In the running variance f and 1 − f have changed places, and it gathers"));
  CHECK(says(
      [](double old, double v, double f, double m) { return (1 - f) * old + f * std::sqrt(v * m / (m - 1)); },
      "Your running variance gathers deviations"));
  CHECK(says([](double old, double v, double f, double m) { return (1 - f) * old + f * v * (m - 1) / m; },
             "The factor is upside down"));
}

TEST_CASE("exercise 4: mistakes at inference are named") {
  const auto says = [](const Eval& eval, const std::string& start) {
    return begins(wrong(engine_update, eval), start);
  };
  CHECK(says([](auto&&...) { return Tensor(); }, "y is still empty"));
  CHECK(says(
      [](const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor&, const Tensor&, double eps) {
        return normalize(x, channel_view(x), moments(x, channel_view(x)), eps, gamma, beta);
      },
      "bn_eval normalizes by the batch's own mean and variance"));
  const auto with = [](const std::function<double(double, double)>& divisor) -> Eval {
    return [=](const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
               const Tensor& variance, double eps) {
      Tensor y(x.shape());
      for (Index i = 0; i < x.size(); ++i) {
        const Index k = i % x.dim(1);
        y[i] = static_cast<real>(gamma[k] * (x[i] - mean[k]) / divisor(variance[k], eps) + beta[k]);
      }
      return y;
    };
  };
  CHECK(wrong(engine_update, with([](double v, double eps) { return std::sqrt(v + eps); })) == "");
  CHECK(says(with([](double v, double) { return std::sqrt(v); }), "ε is missing in bn_eval"));
  CHECK(says(with([](double v, double eps) { return v + eps; }), "bn_eval divides by the running variance"));
  CHECK(says(with([](double v, double eps) { return std::sqrt(v * 4 / 3 + eps); }),
             "bn_eval makes the running variance unbiased again"));
  CHECK(says([](const Tensor& x, const Tensor&, const Tensor&, const Tensor& mean, const Tensor& variance,
                double eps) { return engine_eval(x, {}, {}, mean, variance, eps); },
             "bn_eval forgets γ and β"));
}

}}  // namespace exercises::exercises_running_test
