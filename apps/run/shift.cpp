#include "apps/run/shift.h"

#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/normalize.h"
#include "layers/batchnorm_variants.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

InputMoments input_moments(Sequential& model, const Tensor& batch) {
  NoGrad guard;
  InputMoments inputs;
  model.eval(Statistics::batch);
  Tensor x = batch;
  for (std::size_t i = 0; i < model.children().size(); ++i) {
    Module& layer = *model.children()[i].module;
    if (i > 0 && dynamic_cast<Weighted*>(&layer)) {
      const Moments m = moments(x, channel_view(x));
      for (double value : m.mean) inputs.mean.push_back(value);
      for (double value : m.variance) inputs.deviation.push_back(std::sqrt(value));
    }
    if (dynamic_cast<BatchNoise*>(&layer)) {
      const Rng before = *layer.random();
      layer.train();
      x = layer(x);
      *layer.random() = before;
    } else {
      x = layer(x);
    }
  }
  model.train();
  return inputs;
}

double movement(const InputMoments& before, const InputMoments& after) {
  double way = 0, deviations = 0;
  for (std::size_t i = 0; i < before.mean.size(); ++i) {
    way += std::abs(after.mean.at(i) - before.mean[i]);
    deviations += before.deviation[i];
  }
  return way / deviations;
}

std::vector<CovariateShift> covariate_shift(Module& model, const Batch& batch, double lr) {
  const std::vector<Parameter> parameters = model.parameters();
  const std::vector<std::size_t> offsets = offsets_of(model);
  const Vector x = values_of(model);
  Vector g, moved;
  batch_gradient(model, batch, g);
  const Vector next = along(x, -lr, g);
  std::vector<CovariateShift> shifts;
  for (std::size_t i = 1; i < parameters.size(); ++i) {
    if (!parameters[i].decay) continue;  // a bias, γ or β
    const std::size_t first = offsets[i], end = offsets[i + 1];
    Vector now = x;  // all that stands before this weight is already at t + 1, the rest at t
    std::copy(next.begin(), next.begin() + first, now.begin());
    set_values(model, now);
    batch_gradient(model, batch, moved);
    const Vector before(g.begin() + first, g.begin() + end),
        after(moved.begin() + first, moved.begin() + end);
    shifts.push_back({norm(along(before, -1, after)), norm(before), cosine(before, after)});
  }
  set_values(model, x);
  return shifts;
}

}}  // namespace norma
