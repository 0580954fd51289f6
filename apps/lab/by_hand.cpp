// Batch normalization by hand, on numbers that can be dragged: each step is an operation of the library.
#include <cmath>

#include "apps/lab/calls.h"
#include "core/normalize.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Numbers of the request, or those of the sheet of `norma explain by-hand`.
Tensor numbers(const json& request, const char* name, const Shape& shape, const std::vector<double>& sheet) {
  const auto values = request.contains(name) ? request[name].get<std::vector<double>>() : sheet;
  for (double v : values) check(std::isfinite(v), "by-hand: expected finite numbers for ", name, ", got ", v);
  return Tensor::from(shape, values);
}

json json_of(const Tensor& t) { return std::vector<double>(t.begin(), t.end()); }
json json_of(const Scratch<double>& values) { return std::vector<double>(values.begin(), values.end()); }

}  // namespace

json by_hand(Lab&, const json& request) {
  const Tensor x = numbers(request, "x", {4, 3}, {1, 0, 2, 0, 3, 1, 3, 1, 0, 0, 1, 2});
  const Tensor W = Tensor::from({3, 3}, {1, 0, 1, 1, 1, 0, 0, 2, -1}), b = Tensor::from({3}, {0, -1, 0});
  Tensor gamma = numbers(request, "gamma", {3}, {2, 3, -1}), beta = numbers(request, "beta", {3}, {0, 0, 1});
  const double eps = request.value("eps", 1e-5);
  const Index at = request.value("at", Index{0});
  check(eps >= 0, "by-hand: expected an eps of at least 0, got ", eps);
  check(at >= 0 && at < x.size(), "by-hand: expected an element from 0 to ", x.size() - 1, ", got ", at);

  const Tensor h = linear(x, W, b);
  Tensor a = relu(h);  // what is normalized; a leaf, so that the gradient ends here
  const View view = channel_view(a);
  const Moments batch = moments(a, view);
  json std_of = json::array(), sums = json::array();
  for (Index k = 0; k < 3; ++k) {
    std_of.push_back(std::sqrt(batch.variance[k] + eps));
    sums.push_back(batch.mean[k] * double(view.count()));
  }
  for (Tensor* t : {&a, &gamma, &beta}) t->set_requires_grad(true);
  const Tensor y = normalize(a, view, moments(a, view), eps, gamma, beta);
  Tensor seed = Tensor::zeros(y.shape());
  seed[at] = 1;
  y.backward(seed);
  return {{"x", json_of(x)},
          {"W", json_of(W)},
          {"b", json_of(b)},
          {"gamma", json_of(gamma)},
          {"beta", json_of(beta)},
          {"h", json_of(h)},
          {"a", json_of(a)},
          {"sum", sums},
          {"mean", json_of(batch.mean)},
          {"variance", json_of(batch.variance)},
          {"std", std_of},
          {"xhat", json_of(normalize(a.detach(), view, moments(a, view), eps))},
          {"y", json_of(y)},
          {"da", json_of(a.grad())},
          {"dgamma", json_of(gamma.grad())},
          {"dbeta", json_of(beta.grad())}};
}

}}  // namespace norma
