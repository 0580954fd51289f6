// Exercise 7: the engine solves it, and what others have written instead is named.
#include <norma/core/normalize.h>
#include <norma/core/normalize_parts.h>
#include <norma/core/ops.h>

#include <cmath>

#include "exercises/grade/grade.h"
#include "tests/support/graded.h"

namespace exercises { namespace exercises_layer_test {

using namespace norma;

// RMSNorm by the engine's operations, and so by its gradients: the 2D numbers x and −x of a row have the mean
// 0 and the variance ⟨x²⟩, so normalize() of them begins with x/√(⟨x²⟩ + ε).
Tensor engine(const Tensor& x, const Tensor& gamma, double eps) {
  const Index N = x.dim(0), D = x.dim(1);
  Tensor twice = Tensor::zeros({D, 2 * D}), first = Tensor::zeros({2 * D, D});
  for (Index k = 0; k < D; ++k) {
    twice[k * 2 * D + k] = first[k * D + k] = 1;
    twice[k * 2 * D + D + k] = -1;
  }
  const Tensor both = matmul(x, twice);
  const View rows{1, N, 2 * D};
  return scale_shift(matmul(normalize(both, rows, moments(both, rows), eps), first), {N, D, 1}, gamma);
}

// A layer that is `function`, with γ as it should be.
class Layer final : public Module {
 public:
  Layer(RmsNormFunction function, Index features, double eps)
      : function_(std::move(function)), gamma_(parameter("weight", Tensor::ones({features}))), eps_(eps) {}
  Tensor forward(const Tensor& x) override { return function_(x, gamma_, eps_); }
  std::string describe() const override { return "Layer()"; }

 private:
  RmsNormFunction function_;
  Tensor gamma_;
  double eps_;
};

std::unique_ptr<Module> make_layer(Index features) { return std::make_unique<Layer>(engine, features, 1e-5); }

std::string wrong(const RmsNormFunction& answer, const MakeLayer& make = make_layer) {
  return wrong_in([&](std::ostream& out) { return grade_layer(answer, make, out); });
}

// What a student may do otherwise.
struct Choices {
  bool keep = true;  // record() at all
  bool adds = true;  // heeds GradSlot::beta
  bool reaches_x = true, reaches_gamma = true;
  bool sums_first = true;  // over the rows, before it writes dγ
  bool gamma_in_dx = true;
  std::function<double(double dxhat, double xhat, double mean, double r, double D)> dx =
      [](double dxhat, double xhat, double mean, double r, double) { return (dxhat - xhat * mean) / r; };
  std::function<double(double dy, double x, double xhat, double gamma, double N)> dgamma =
      [](double dy, double, double xhat, double, double) { return dy * xhat; };
};

std::vector<double> roots(const Tensor& x, double eps) {
  std::vector<double> r;
  for (Index n = 0; n < x.dim(0); ++n) {
    double squares = 0;
    for (Index k = 0; k < x.dim(1); ++k) squares += std::pow(x[n * x.dim(1) + k], 2);
    r.push_back(std::sqrt(squares / double(x.dim(1)) + eps));
  }
  return r;
}

RmsNormFunction student(const Choices& c) {
  return [c](const Tensor& x, const Tensor& gamma, double eps) {
    const Index D = x.dim(1);
    const std::vector<double> r = roots(x, eps);
    Tensor y(x.shape());
    for (Index i = 0; i < x.size(); ++i)
      y[i] = static_cast<real>(gamma[i % D] * x[i] / r[static_cast<std::size_t>(i / D)]);
    if (!c.keep) return y;
    return record(y, {x, gamma}, [c, eps](const Tensor& y, const Tensor& x, const Tensor& gamma) {
      const Index N = x.dim(0), D = x.dim(1);
      const std::vector<double> r = roots(x, eps);
      const real* dy = y.grad_data();
      const GradSlot dx = c.reaches_x ? x.open_grad() : GradSlot(),
                     dgamma = c.reaches_gamma ? gamma.open_grad() : GradSlot();
      const auto factor = [&](Index i) { return c.gamma_in_dx ? double(gamma[i % D]) : 1; };
      std::vector<double> sums(static_cast<std::size_t>(D));
      for (Index n = 0; n < N; ++n) {
        const double root = r[static_cast<std::size_t>(n)];
        double mean = 0;
        for (Index i = n * D; i < (n + 1) * D; ++i) mean += factor(i) * dy[i] * x[i] / root / double(D);
        for (Index i = n * D; i < (n + 1) * D; ++i) {
          const double xhat = x[i] / root;
          const real d = static_cast<real>(c.dx(factor(i) * dy[i], xhat, mean, root, double(D)));
          if (dx) dx.data[i] = dx.beta == 0 || !c.adds ? d : dx.data[i] + d;
          double& sum = sums[static_cast<std::size_t>(i % D)];
          sum = (c.sums_first ? sum : 0) + c.dgamma(dy[i], x[i], xhat, gamma[i % D], double(N));
        }
      }
      for (Index k = 0; dgamma && k < D; ++k) {
        const real d = static_cast<real>(sums[static_cast<std::size_t>(k)]);
        dgamma.data[k] = dgamma.beta == 0 || !c.adds ? d : dgamma.data[k] + d;
      }
    });
  };
}

TEST_CASE("exercise 7: the engine's operations and a student's loops are right") {
  CHECK(wrong(engine) == "");
  CHECK(wrong(student({})) == "");
  CHECK(begins(wrong([](auto&&...) { return Tensor(); }), "y is still empty"));
}

TEST_CASE("exercise 7: mistakes in the values are named") {
  CHECK(begins(wrong([](const Tensor& x, const Tensor& gamma, double eps) {
                 const View rows{1, x.dim(0), x.dim(1)};
                 return normalize(x, rows, moments(x, rows), eps, gamma, {}, {x.dim(0), x.dim(1), 1});
               }),
               "That is LayerNorm: you subtract the mean."));
  const auto says = [](const std::function<double(double, double, double)>& divisor,
                       const std::string& start) {
    return begins(wrong([&](const Tensor& x, const Tensor& gamma, double eps) {
                    const Index D = x.dim(1);
                    const std::vector<double> r = roots(x, 0);
                    Tensor y(x.shape());
                    for (Index i = 0; i < x.size(); ++i) {
                      const double squares = std::pow(r[static_cast<std::size_t>(i / D)], 2);
                      y[i] = static_cast<real>(gamma[i % D] * x[i] / divisor(squares, eps, double(D)));
                    }
                    return y;
                  }),
                  start);
  };
  CHECK(says([](double v, double eps, double) { return v + eps; }, "You divide by ⟨x²⟩ + ε"));
  CHECK(says([](double v, double eps, double D) { return std::sqrt(D * v + eps); },
             "You divide by the root of the sum"));
  CHECK(says([](double v, double, double) { return std::sqrt(v); }, "ε is missing"));
  CHECK(begins(wrong([](const Tensor& x, const Tensor& gamma, double eps) {
                 return engine(x, Tensor::ones(gamma.shape()), eps);
               }),
               "γ is missing: y = γ x̂."));
}

TEST_CASE("exercise 7: a gradient that does not arrive, overwrites, or is wrong, is named") {
  CHECK(begins(wrong(student({.keep = false})), "The values are right, but y does not know"));
  CHECK(begins(wrong(student({.reaches_x = false})), "No gradient reaches x"));
  CHECK(begins(wrong(student({.reaches_gamma = false})), "No gradient reaches gamma"));
  CHECK(begins(wrong(student({.adds = false})), "x is used twice"));
  CHECK(begins(wrong(student({.sums_first = false})), "Your dγ holds the last row alone"));
  using D = double;
  CHECK(begins(wrong(student({.dx = [](D dxhat, D, D, D r, D) { return dxhat / r; }})),
               "Your dx is γ dy/r: it takes r for a constant."));
  CHECK(begins(wrong(student({.dx = [](D dxhat, D xhat, D mean, D r,
                                       D features) { return (dxhat - features * xhat * mean) / r; }})),
               "Your dx subtracts x̂ Σ dx̂ x̂"));
  CHECK(begins(
      wrong(student({.dx = [](D dxhat, D xhat, D mean, D r, D) { return (dxhat + xhat * mean) / r; }})),
      "The term through r has the wrong sign"));
  CHECK(begins(wrong(student({.dgamma = [](D dy, D x, D, D, D) { return dy * x; }})), "Your dγ is Σ dy x;"));
  CHECK(begins(wrong(student({.dgamma = [](D dy, D, D xhat, D, D N) { return dy * xhat / N; }})),
               "Your dγ is a mean over the rows"));
  CHECK(begins(wrong(student({.dgamma = [](D dy, D, D xhat, D gamma, D) { return gamma * dy * xhat; }})),
               "Your dγ has γ in it"));
  CHECK(begins(wrong(student({.gamma_in_dx = false})), "γ is missing in your dx"));
  CHECK(begins(wrong(student({.dx = [](D dxhat, D xhat, D, D r, D) { return (dxhat - xhat) / r; }})),
               "Not yet: dx. Element "));
  CHECK(begins(
      wrong(student({.dx = [](D dxhat, D xhat, D mean, D r,
                              D features) { return (dxhat - xhat * mean * features / 3) / r; }})),
      "For x (4, 3) the gradient is right, for x (2, 5) finite differences disagree (input 0 is x, 1 is "
      "γ): input 0, element "));
}

TEST_CASE("exercise 7: a layer whose γ is not registered, or not used, is named") {
  struct Unregistered final : Module {
    Tensor forward(const Tensor& x) override { return x; }
    std::string describe() const override { return "Unregistered()"; }
  };
  CHECK(begins(wrong(engine, [](Index) { return std::make_unique<Unregistered>(); }),
               "The layer has 0 parameters; expected one, γ"));
  CHECK(begins(wrong(engine,
                     [](Index features) {
                       return std::make_unique<Layer>(
                           [](const Tensor& x, const Tensor& gamma, double eps) {
                             return engine(x, Tensor::ones(gamma.shape()), eps);
                           },
                           features, 1e-5);
                     }),
               "Not yet: the layer uses it."));
  CHECK(begins(wrong(engine, [](Index features) { return std::make_unique<Layer>(engine, features, 0.5); }),
               "Not yet: the layer uses it."));
  CHECK(begins(
      wrong(engine, [](Index features) { return std::make_unique<Layer>(engine, features + 1, 1e-5); }),
      "The shape of γ is (4,); expected (3,)."));
}

}}  // namespace exercises::exercises_layer_test
