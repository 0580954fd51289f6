#include "core/gradcheck.h"

#include <cmath>

#include "core/autograd.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {

double numerical_derivative(real& x, const std::function<double()>& f, double h) {
  const real before = x;
  auto at = [&](double step) {
    x = static_cast<real>(before + step);
    return f();
  };
  const double derivative = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  x = before;
  return derivative;
}

GradCheck check_gradients(const std::vector<Tensor>& inputs,
                          const std::function<Tensor(const std::vector<Tensor>&)>& f, double h,
                          std::uint64_t seed) {
  h = std::exp2(std::round(std::log2(h)));
  for (const Tensor& x : inputs) {
    if (x.defined()) x.zero_grad();
  }
  Tensor y = f(inputs), upstream(y.shape());
  Rng rng(seed);
  for (real& u : upstream.values()) u = static_cast<real>(rng.normal());
  y.backward(upstream);

  NoGrad guard;
  auto objective = [&] {
    Tensor out = f(inputs);
    double s = 0;
    for (Index i = 0; i < out.size(); ++i) s += double(upstream[i]) * out[i];
    return s;
  };
  GradCheck result;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Tensor& x = inputs[k];
    if (!x.requires_grad()) continue;
    check(x.has_grad(), "check_gradients: no gradient reached input ", k, " of shape ", x.shape());
    double largest = 0, worst = -1;
    std::string where;
    for (Index i = 0; i < x.size(); ++i) {
      const double numerical = numerical_derivative(x[i], objective, h);
      const double autograd = x.grad_data()[i], error = std::abs(autograd - numerical);
      largest = std::max({largest, std::abs(autograd), std::abs(numerical)});
      ++result.elements;
      if (!(error <= worst) && !std::isnan(worst)) {  // NaN is the worst of all
        worst = error;
        std::ostringstream text;
        text.precision(10);
        text << "input " << k << ", element " << i << ": autograd " << autograd << ", numerical "
             << numerical;
        where = text.str();
      }
    }
    const double relative = largest > 0 ? worst / largest : worst;
    if (!(relative <= result.worst) && !std::isnan(result.worst)) {
      result.worst = relative;
      result.where = where;
    }
  }
  return result;
}

}}  // namespace norma
