// Exercise 5: the engine solves it, and what others have written instead is named.
#include <norma/layers/batchnorm.h>
#include <norma/layers/fold.h>
#include <norma/layers/linear.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_fold_test {

using namespace norma;

std::string wrong(const Fold& answer) {
  return wrong_in([&](std::ostream& out) { return grade_fold(answer, out); });
}

std::pair<Tensor, Tensor> engine(const Tensor& W, const Tensor& b, const FrozenNorm& norm) {
  Sequential net;
  Linear& linear = net.append(Linear(W.dim(1), W.dim(0)));
  const BatchNorm& bn = net.append(BatchNorm1d(W.dim(0), {.eps = norm.eps}));
  linear.weight.copy_from(W);
  linear.bias.copy_from(b);
  bn.weight.copy_from(norm.gamma);
  bn.bias.copy_from(norm.beta);
  bn.running_mean.copy_from(norm.mean);
  bn.running_var.copy_from(norm.variance);
  fold_batchnorm(net);
  return {linear.weight, linear.bias};
}

// A student's loops, with the lines for s and b' open: s(γ, σ², ε), bias(s, b, μ, β).
template <class S, class Bias>
Fold student(S scale_of, Bias bias, bool columns = false) {
  return [=](const Tensor& W, const Tensor& b, const FrozenNorm& n) {
    Tensor new_W = W.clone(), new_b = b.clone();
    const Index in = W.dim(1);
    const auto s = [&](Index k) { return scale_of(double(n.gamma[k]), double(n.variance[k]), n.eps); };
    for (Index i = 0; i < W.size(); ++i)
      new_W[i] = static_cast<real>(W[i] * s(columns ? i % in % W.dim(0) : i / in));
    for (Index k = 0; k < b.size(); ++k)
      new_b[k] = static_cast<real>(bias(s(k), double(b[k]), double(n.mean[k]), double(n.beta[k])));
    return std::pair(new_W, new_b);
  };
}

double right_scale(double gamma, double variance, double eps) { return gamma / std::sqrt(variance + eps); }
double right_bias(double s, double b, double mu, double beta) { return s * (b - mu) + beta; }

TEST_CASE("exercise 5: the engine and a student's loops are right") {
  CHECK(wrong(engine) == "");
  CHECK(wrong(student(right_scale, right_bias)) == "");
  CHECK(begins(wrong([](auto&&...) { return std::pair<Tensor, Tensor>(); }), "W' is still empty"));
}

TEST_CASE("exercise 5: mistakes in W' are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(line, right_bias)), start);
  };
  CHECK(begins(wrong([](const Tensor& W, const Tensor& b, auto&&...) { return std::pair(W, b); }),
               "W is as it was"));
  CHECK(begins(wrong(student(right_scale, right_bias, /*columns=*/true)), "You scale the columns of W."));
  CHECK(says([](double gamma, double v, double) { return gamma / std::sqrt(v); }, "ε is missing"));
  CHECK(says([](double gamma, double v, double eps) { return gamma / (v + eps); }, "You divide by σ² + ε"));
  CHECK(says([](double, double v, double eps) { return 1 / std::sqrt(v + eps); }, "γ is missing"));
  CHECK(says([](double gamma, double, double) { return gamma; }, "You scale by γ alone"));
  CHECK(says([](double gamma, double v, double eps) { return std::sqrt(v + eps) / gamma; },
             "Your s is upside down"));
}

TEST_CASE("exercise 5: mistakes in b' are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(right_scale, line)), start);
  };
  CHECK(says([](double, double b, double, double) { return b; }, "b is as it was, though W is folded"));
  CHECK(says([](double s, double b, double, double beta) { return s * b + beta; }, "μ is missing"));
  CHECK(says([](double, double b, double mu, double beta) { return b - mu + beta; }, "b − μ is not scaled"));
  CHECK(says([](double s, double b, double mu, double beta) { return s * (b - mu + beta); },
             "You scale β too"));
  CHECK(says([](double s, double b, double mu, double beta) { return s * b - mu + beta; },
             "μ is subtracted after the scaling"));
  CHECK(says([](double s, double b, double mu, double beta) { return b - s * mu + beta; },
             "b itself is not scaled"));
  CHECK(says([](double s, double b, double mu, double) { return s * (b - mu); }, "β is missing"));
  CHECK(says([](double s, double b, double mu, double beta) { return s * (b + mu) + beta; }, "You add μ"));
  CHECK(says([](double s, double, double mu, double beta) { return beta - s * mu; },
             "The Linear's own bias b is missing"));
}

}}  // namespace exercises::exercises_fold_test
