#include "apps/claims/engine/walks.h"

#include <algorithm>
#include <cmath>

namespace norma { inline namespace NORMA_BUILD {

GradientWalk walk_along_gradient(Module& model, const Batch& batch, const Vector& etas) {
  const Vector x = values_of(model);
  Vector g, there;
  GradientWalk walk;
  walk.loss = batch_gradient(model, batch, g);
  walk.gradient = norm(g);
  for (double eta : etas) {
    set_values(model, along(x, -eta, g));
    walk.losses.push_back(batch_gradient(model, batch, there));
    walk.changes.push_back(norm(along(there, -1, g)));
  }
  set_values(model, x);
  return walk;
}

Vector filter_normalized_direction(const Module& model, Rng& rng) {
  Vector direction;
  for (const Parameter& p : model.parameters()) {
    const std::size_t begin = direction.size(), size = p.tensor.size();
    direction.resize(begin + size, 0);
    if (!p.decay) continue;
    const std::size_t filters = static_cast<std::size_t>(p.tensor.dim(0)), length = size / filters;
    for (std::size_t i = 0; i < filters; ++i) {
      double w = 0, d = 0;  // ‖w[i]‖² and that of the normal numbers
      for (std::size_t j = i * length; j < (i + 1) * length; ++j) {
        const double value = p.tensor[static_cast<Index>(j)], drawn = rng.normal();
        direction[begin + j] = drawn;
        w += value * value;
        d += drawn * drawn;
      }
      for (std::size_t j = i * length; j < (i + 1) * length; ++j) direction[begin + j] *= std::sqrt(w / d);
    }
  }
  return direction;
}

double first_crossing(const Vector& x, const Vector& y, double level) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (y[i] < level) continue;
    return i == 0 ? x[0] : x[i - 1] + (x[i] - x[i - 1]) * (level - y[i - 1]) / (y[i] - y[i - 1]);
  }
  return x.empty() ? NAN : x.back();
}

}}  // namespace norma
