// Two weights: the loss of y = x wᵀ against a target, for inputs of different scales and for the same
// normalized.
#include <cmath>

#include "apps/lab/calls.h"
#include "core/blas.h"
#include "core/normalize.h"
#include "core/normalize_parts.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Inputs x (N, 2) and a target t (N, 1) that a linear function of them gives.
struct Problem {
  Tensor x, t;
};

// How the loss is looked at, and walked down.
struct Walk {
  double rate;
  Index steps;
  std::vector<double> start;  // the two weights
  double low, high;           // of the map, for both weights
  Index side;
};

Tensor loss(const Problem& p, const Tensor& w) { return mse(linear(p.x, w), p.t); }

double loss_at(const Problem& p, double w0, double w1) {
  NoGrad guard;
  return loss(p, Tensor::from({1, 2}, {w0, w1})).item();
}

// The eigenvalues of the Hessian H = 2/N xᵀ x, the larger first.
std::pair<double, double> curvatures(const Problem& p) {
  Tensor H({2, 2});
  multiply(matrix(p.x).T(), matrix(p.x), matrix(H));
  const double n = 2 / double(p.x.dim(0)), a = n * H[0], b = n * H[1], c = n * H[3];
  const double middle = (a + c) / 2, apart = std::hypot((a - c) / 2, b);
  return {middle + apart, middle - apart};
}

json look(const Problem& p, const Walk& walk) {
  json losses = json::array(), path = json::array(), path_losses = json::array();
  auto place = [&](Index i) { return walk.low + (walk.high - walk.low) * double(i) / double(walk.side - 1); };
  for (Index i = 0; i < walk.side; ++i)  // rows from the top: the second weight falls
    for (Index j = 0; j < walk.side; ++j) losses.push_back(loss_at(p, place(j), place(walk.side - 1 - i)));
  Tensor w = Tensor::from({1, 2}, walk.start);
  w.set_requires_grad(true);
  for (Index s = 0; s <= walk.steps; ++s) {
    const Tensor now = loss(p, w);
    path.push_back({w[0], w[1]});
    path_losses.push_back(now.item());
    if (!std::isfinite(now.item())) break;
    w.zero_grad();
    now.backward();
    for (Index k = 0; k < 2; ++k) w[k] -= static_cast<real>(walk.rate) * w.grad_data()[k];
  }
  const auto [steep, flat] = curvatures(p);
  return {{"losses", losses}, {"path", path}, {"path_losses", path_losses}, {"steep", steep}, {"flat", flat}};
}

}  // namespace

json surface(Lab&, const json& request) {
  const Walk walk = {request.at("rate").get<double>(),
                     request.at("steps").get<Index>(),
                     request.at("start").get<std::vector<double>>(),
                     request.at("low").get<double>(),
                     request.at("high").get<double>(),
                     request.at("side").get<Index>()};
  const double scale = request.at("scale").get<double>();
  check(scale > 0 && walk.rate >= 0, "surface: expected a scale above 0 and a rate of at least 0, got ",
        scale, " and ", walk.rate);
  check(
      walk.steps >= 0 && walk.steps <= 10'000 && walk.side >= 2 && walk.side <= 200 && walk.start.size() == 2,
      "surface: expected 0 to 10000 steps from 2 weights on a map of 2 to 200 points, got ", walk.steps, ", ",
      walk.start.size(), " and ", walk.side);
  constexpr Index N = 64;
  Rng rng(1);
  Tensor u({N, 2});
  for (real& v : u.values()) v = static_cast<real>(rng.normal());
  const View view = channel_view(u);
  u = center(u, view);  // so that neither function needs a constant
  const Problem raw{scale_shift(u, view, Tensor::from({2}, {1, scale})),
                    linear(u, Tensor::from({1, 2}, {1, 1}))};
  const Problem normalized{normalize(raw.x, view, moments(raw.x, view), 1e-5), raw.t};
  return {{"raw", look(raw, walk)}, {"normalized", look(normalized, walk)}};
}

}}  // namespace norma
