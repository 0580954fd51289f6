// Exercise 1: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_forward_test {

using namespace norma;

std::string wrong(const Forward& answer) {
  return wrong_in([&](std::ostream& out) { return grade_forward(answer, out); });
}

// One feature as a student has it at hand.
struct OneFeature {
  double mean, squares, m, gamma, beta, eps;  // squares: Σ (x − μ)²
};

// A student's loops, with the line for y open: line(x, feature).
template <class Line>
Forward student(Line line) {
  return [line](const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
    const Index N = x.dim(0), C = x.dim(1);
    Tensor y(x.shape());
    for (Index k = 0; k < C; ++k) {
      OneFeature f{0, 0, double(N), gamma[k], beta[k], eps};
      for (Index n = 0; n < N; ++n) f.mean += x[n * C + k] / f.m;
      for (Index n = 0; n < N; ++n) f.squares += std::pow(x[n * C + k] - f.mean, 2);
      for (Index n = 0; n < N; ++n) y[n * C + k] = static_cast<real>(line(double(x[n * C + k]), f));
    }
    return y;
  };
}

TEST_CASE("exercise 1: the engine and a student's loops are right") {
  CHECK(wrong([](const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
          const View view = channel_view(x);
          return normalize(x, view, moments(x, view), eps, gamma, beta);
        }) == "");
  CHECK(wrong(student([](double x, const OneFeature& f) {
          return f.gamma * (x - f.mean) / std::sqrt(f.squares / f.m + f.eps) + f.beta;
        })) == "");
}

TEST_CASE("exercise 1: mistakes in x̂ are named") {
  const auto says = [](const auto& xhat, const std::string& start) {
    return begins(
        wrong(student([&](double x, const OneFeature& f) { return f.gamma * xhat(x, f) + f.beta; })), start);
  };
  CHECK(
      says([](double x, auto& f) { return (x - f.mean) / std::sqrt(f.squares / (f.m - 1) + f.eps); },
           "Your variance is divided by m − 1 (feature 0: 15.6469); in training BN divides by m (12.5175)"));
  CHECK(says([](double x, auto& f) { return (x - f.mean) / std::sqrt(f.squares / f.m); }, "ε is missing"));
  CHECK(says([](double x, auto& f) { return (x - f.mean) / (std::sqrt(f.squares / f.m) + f.eps); },
             "You add ε to σ, outside the root"));
  CHECK(says([](double x, auto& f) { return (x - f.mean) / (f.squares / f.m + f.eps); },
             "You divide by the variance"));
  CHECK(says([](double x, auto& f) { return x - f.mean; }, "You subtract the mean and do not divide"));
  CHECK(says([](double x, auto& f) { return x / std::sqrt(f.squares / f.m + f.eps); },
             "You divide by √(σ² + ε) and do not subtract the mean"));
  CHECK(says([](double x, auto& f) { return (f.mean - x) / std::sqrt(f.squares / f.m + f.eps); },
             "Your x̂ has the wrong sign"));
}

TEST_CASE("exercise 1: the README shows what the grader says") {
  std::ifstream in(NORMA_SOURCE_DIR "/exercises/README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}},
      said = wrong(student([](double x, const OneFeature&f) {
        return f.gamma * (x - f.mean) / std::sqrt(f.squares / (f.m - 1) + f.eps) + f.beta;
      }));
  CHECK(said.starts_with("Your variance is divided by m − 1"));
  CHECK(readme.find("  ✗ " + said + "\n") != readme.npos);
}

TEST_CASE("exercise 1: means over the wrong elements are named") {
  const auto over = [](const std::function<View(const Tensor&)>& view) {
    return wrong([&](const Tensor& x, const Tensor&, const Tensor&, double eps) {
      return normalize(x, view(x), moments(x, view(x)), eps);
    });
  };
  CHECK(begins(over([](const Tensor& x) {
                 return View{1, x.dim(0), x.dim(1)};
               }),
               "Your means run along a row"));
  CHECK(begins(over([](const Tensor& x) { return View{1, 1, x.size()}; }), "You have one mean and variance"));
}

TEST_CASE("exercise 1: mistakes with γ and β are named") {
  const auto says = [](const auto& line, const std::string& start) {
    return begins(wrong(student([&](double x, const OneFeature& f) {
                    return line((x - f.mean) / std::sqrt(f.squares / f.m + f.eps), f.gamma, f.beta);
                  })),
                  start);
  };
  CHECK(says([](double xhat, double, double) { return xhat; }, "x̂ is right, but y is x̂ itself"));
  CHECK(says([](double xhat, double gamma, double) { return gamma * xhat; }, "β is not added"));
  CHECK(says([](double xhat, double, double beta) { return xhat + beta; }, "x̂ is not multiplied by γ"));
  CHECK(says([](double xhat, double gamma, double beta) { return beta * xhat + gamma; },
             "γ and β have changed places"));
  CHECK(says([](double xhat, double gamma, double beta) { return gamma * (xhat + beta); },
             "You multiply β by γ too"));
}

TEST_CASE("exercise 1: E[x²] − E[x]² in float is caught, as is what is merely wrong") {
  CHECK(begins(wrong([](const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps) {
                 const Index N = x.dim(0), C = x.dim(1);
                 Tensor y(x.shape());
                 for (Index k = 0; k < C; ++k) {
                   float sum = 0, squares = 0;
                   for (Index n = 0; n < N; ++n) {
                     sum += x[n * C + k];
                     squares += x[n * C + k] * x[n * C + k];
                   }
                   const float mean = sum / float(N), variance = squares / float(N) - mean * mean;
                   for (Index n = 0; n < N; ++n) {
                     y[n * C + k] = static_cast<real>(
                         gamma[k] * (x[n * C + k] - mean) / std::sqrt(variance + eps) + beta[k]);
                   }
                 }
                 return y;
               }),
               "For small numbers y is right; for x of mean 10,000"));
  CHECK(begins(wrong([](auto&&...) { return Tensor(); }), "y is still empty: it is not written yet."));
  CHECK(wrong([](const Tensor& x, auto&&...) { return x.detach({15}); }) ==
        "The shape of y is (15,); expected (5, 3).");
  CHECK(begins(wrong([](const Tensor& x, auto&&...) { return x; }),
               "Not yet: with γ = 1 and β = 0, y is x̂ = (x − μ)/√(σ² + ε). Element (0, 0) of y: expected "));
  CHECK(begins(wrong([](const Tensor& x, auto&&...) { return Tensor::full(x.shape(), NAN); }),
               "Not yet: with γ = 1 and β = 0, y is x̂ = (x − μ)/√(σ² + ε). Element (0, 0) of y: expected "));
  CHECK(begins(wrong([](const Tensor& x, auto&&...) { return x.detach({4}); }),
               "An exception ended your code, at: x of shape (5, 3), γ = 1, β = 0. It says: "));
}

}}  // namespace exercises::exercises_forward_test
