// Exercise 3: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize_plain.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_backward_test {

using namespace norma;

std::string wrong(const Backward& answer) {
  return wrong_in([&](std::ostream& out) { return grade_backward(answer, out); });
}

// One feature as a student has it at hand; the sums run over the batch.
struct Feature {
  double m, gamma, eps, variance, sum_dy = 0, sum_dy_xhat = 0;
  double sigma() const { return std::sqrt(variance + eps); }
};

// A student's loops, with the line for dx open: line(dy, x̂, feature).
template <class Line>
Backward student(Line line, bool with_eps = true, bool biased = true) {
  return [=](const Tensor& x, const Tensor& gamma, const Tensor& dy, double eps) {
    const Index N = x.dim(0), C = x.dim(1);
    Tensor dx(x.shape());
    for (Index k = 0; k < C; ++k) {
      Feature f{double(N), gamma[k], with_eps ? eps : 0, 0};
      double mean = 0;
      for (Index n = 0; n < N; ++n) mean += x[n * C + k] / f.m;
      for (Index n = 0; n < N; ++n) f.variance += std::pow(x[n * C + k] - mean, 2) / (biased ? f.m : f.m - 1);
      const auto xhat = [&](Index i) { return (x[i] - mean) / f.sigma(); };
      for (Index n = 0; n < N; ++n) {
        f.sum_dy += dy[n * C + k];
        f.sum_dy_xhat += dy[n * C + k] * xhat(n * C + k);
      }
      for (Index n = 0; n < N; ++n) {
        const Index i = n * C + k;
        dx[i] = static_cast<real>(line(double(dy[i]), xhat(i), f));
      }
    }
    return dx;
  };
}

double right(double dy, double xhat, const Feature& f) {
  return f.gamma / f.sigma() * (dy - f.sum_dy / f.m - xhat * f.sum_dy_xhat / f.m);
}

TEST_CASE("exercise 3: the engine and a student's line are right") {
  CHECK(wrong([](const Tensor& x, const Tensor& gamma, const Tensor& dy, double eps) {
          const View view = channel_view(x);
          const auto plain = normalize_plain(x, view, eps, gamma, {}, view, dy);
          return Tensor::from(x.shape(), plain.dx);
        }) == "");
  CHECK(wrong(student(right)) == "");
  CHECK(begins(wrong([](auto&&...) { return Tensor(); }), "dx is still empty"));
}

TEST_CASE("exercise 3: mistakes are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student(line)), start);
  };
  CHECK(says([](double dy, double, auto& f) { return f.gamma / f.sigma() * dy; }, "Your dx is γ/σ dy"));
  CHECK(says([](double dy, double, auto& f) { return f.gamma / f.sigma() * (dy - f.sum_dy / f.m); },
             "Your dx leaves out the term through σ²"));
  CHECK(says(
      [](double dy, double xhat, auto& f) { return f.gamma / f.sigma() * (dy - xhat * f.sum_dy_xhat / f.m); },
      "Your dx leaves out the term through μ"));
  CHECK(says([](double dy, double xhat,
                auto& f) { return f.gamma / f.sigma() * (dy - f.sum_dy - xhat * f.sum_dy_xhat); },
             "Your dx subtracts sums"));
  CHECK(says([](double dy, double xhat,
                auto& f) { return f.gamma / f.sigma() * (dy - f.sum_dy - xhat * f.sum_dy_xhat / f.m); },
             "Your dx subtracts Σ dy where"));
  CHECK(says([](double dy, double xhat,
                auto& f) { return f.gamma / f.sigma() * (dy - f.sum_dy / f.m - xhat * f.sum_dy_xhat); },
             "Your dx subtracts x̂ Σ dy x̂"));
  CHECK(says([](double dy, double xhat,
                auto& f) { return f.gamma / f.sigma() * (dy - f.sum_dy / f.m + xhat * f.sum_dy_xhat / f.m); },
             "The term through σ² has the wrong sign"));
  CHECK(says([](double dy, double xhat,
                auto& f) { return f.gamma / f.sigma() * (dy + f.sum_dy / f.m - xhat * f.sum_dy_xhat / f.m); },
             "The term through μ has the wrong sign"));
  CHECK(says([](double dy, double xhat, auto& f) { return right(dy, xhat, f) / f.gamma; }, "γ is missing"));
  CHECK(says([](double dy, double xhat, auto& f) { return right(dy, xhat, f) * f.sigma(); },
             "Your dx is not divided"));
  CHECK(says([](double dy, double xhat, auto& f) { return right(dy, xhat, f) / f.sigma(); },
             "Your dx is divided by σ² + ε"));
  CHECK(begins(wrong(student(right, /*with_eps=*/false)), "ε is missing"));
  CHECK(begins(wrong(student(right, true, /*biased=*/false)), "Your variance is divided by m − 1"));
}

TEST_CASE("exercise 3: a factor is named; the second batch finds sizes that were written into the code") {
  CHECK(wrong(student([](double dy, double xhat, auto& f) {
          return 3 * right(dy, xhat, f);
        })).ends_with("everywhere yours is 3 times what is expected)."));
  CHECK(begins(wrong(student([](double dy, double xhat, auto& f) {
                 return f.gamma / f.sigma() * (dy - f.sum_dy / 6 - xhat * f.sum_dy_xhat / 6);
               })),
               "Not yet: 60 examples of 5 features and ε = 10⁻⁵ likewise. Element (0, 0) of dx: expected "));
}

}}  // namespace exercises::exercises_backward_test
