// Exercise 2: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_gamma_beta_test {

using namespace norma;

std::string wrong(const AffineGradients& answer) {
  return wrong_in([&](std::ostream& out) { return grade_affine_gradients(answer, out); });
}

// A student's loops, with the lines of both sums open: line(dy, x, mean, biased variance, m, ε).
template <class Dgamma, class Dbeta>
AffineGradients student(Dgamma for_gamma, Dbeta for_beta) {
  return [=](const Tensor& x, const Tensor& dy, double eps) {
    const Index N = x.dim(0), C = x.dim(1);
    Tensor dgamma = Tensor::zeros({C}), dbeta = Tensor::zeros({C});
    for (Index k = 0; k < C; ++k) {
      double mean = 0, variance = 0, sum_gamma = 0, sum_beta = 0;
      for (Index n = 0; n < N; ++n) mean += x[n * C + k] / double(N);
      for (Index n = 0; n < N; ++n) variance += std::pow(x[n * C + k] - mean, 2) / double(N);
      for (Index n = 0; n < N; ++n) {
        const double d = dy[n * C + k], v = x[n * C + k];
        sum_gamma += for_gamma(d, v, mean, variance, double(N), eps);
        sum_beta += for_beta(d, double(N));
      }
      dgamma[k] = static_cast<real>(sum_gamma);
      dbeta[k] = static_cast<real>(sum_beta);
    }
    return std::pair(dgamma, dbeta);
  };
}

double right_gamma(double dy, double x, double mean, double variance, double, double eps) {
  return dy * (x - mean) / std::sqrt(variance + eps);
}
double right_beta(double dy, double) { return dy; }

std::pair<Tensor, Tensor> engine(const Tensor& x, const Tensor& dy, double eps) {
  const View view = channel_view(x);
  Tensor gamma = Tensor::ones({x.dim(1)}), beta = Tensor::zeros({x.dim(1)});
  gamma.set_requires_grad(true);
  beta.set_requires_grad(true);
  normalize(x, view, moments(x, view), eps, gamma, beta).backward(dy);
  return {gamma.grad(), beta.grad()};
}

TEST_CASE("exercise 2: the engine and a student's loops are right") {
  CHECK(wrong(engine) == "");
  CHECK(wrong(student(right_gamma, right_beta)) == "");
  CHECK(begins(wrong([](auto&&...) { return std::pair<Tensor, Tensor>(); }), "dbeta is still empty"));
}

TEST_CASE("exercise 2: mistakes in dβ are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(right_gamma, line)), start);
  };
  CHECK(says([](double dy, double m) { return dy / m; }, "Your dβ is the mean of dy."));
  CHECK(says([](double, double) { return 1; }, "You sum 1 over the batch"));
  CHECK(says([](double dy, double) { return -dy; }, "Your dβ has the wrong sign"));
  CHECK(begins(wrong([](auto&&... in) {
                 const auto [dgamma, dbeta] = engine(in...);
                 return std::pair(dbeta, dgamma);
               }),
               "You return dβ first"));
}

TEST_CASE("exercise 2: mistakes in dγ are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(line, right_beta)), start);
  };
  CHECK(says([](double dy, double x, auto...) { return dy * x; }, "Your dγ multiplies dy by x."));
  CHECK(says([](double dy, double x, double mean, double variance, double m,
                double eps) { return right_gamma(dy, x, mean, variance, m, eps) / m; },
             "Your dγ is a mean over the batch."));
  CHECK(says([](double dy, double x, double mean, auto...) { return dy * (x - mean); },
             "Your dγ is Σ dy (x − μ), without the division"));
  CHECK(
      says([](double, auto... rest) { return right_gamma(1, rest...); }, "Your dγ is 0, as the sum of x̂ is"));
  CHECK(says([](double dy, auto...) { return dy; }, "Your dγ is dβ"));
  CHECK(says([](double dy, double x, double mean, double variance, double m,
                double eps) { return right_gamma(dy, x, mean, variance * m / (m - 1), m, eps); },
             "Your x̂ divides by the variance with m − 1"));
  CHECK(says([](double dy, double x, double mean, double variance, double m,
                double) { return right_gamma(dy, x, mean, variance, m, 0); },
             "Your x̂ lacks ε"));
}

}}  // namespace exercises::exercises_gamma_beta_test
