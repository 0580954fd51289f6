#include "layers/weight_norm.h"

#include <cmath>

#include "core/normalize.h"

namespace norma { inline namespace NORMA_BUILD {

WeightNorm::WeightNorm(const Tensor& weight, int dim)
    : v(weight.clone()), view_(weight_view(weight, dim)), dim_(dim) {
  Shape shape;
  for (int i = 0; i < (dim == -1 ? 0 : weight.rank()); ++i) shape.append(i == dim ? weight.dim(i) : 1);
  g = Tensor(shape);  // ‖v‖, so that w = v
  const Scratch<double> lengths = norms(v, view_);
  for (Index k = 0; k < view_.kept; ++k) g[k] = static_cast<real>(lengths[k]);
  parameters = {{"weight_g", g, /*decay=*/true}, {"weight_v", v, /*decay=*/false}};
}

Tensor WeightNorm::weight(bool) { return norma::weight_norm(v, g, view_); }

void WeightNorm::initialize_from_data(bool on) {
  check(!on || dim_ == 0, "weight_norm: initialization from data: expected dim 0, got ", dim_);
  wants_data_ = on;
}

void WeightNorm::see(Weighted& layer, const Tensor& x) {
  wants_data_ = false;
  NoGrad guard;
  const Tensor t = layer.apply(x, norma::weight_norm(v, Tensor::ones(g.shape()), view_), {});
  const Moments m = moments(t, channel_view(t));
  for (Index k = 0; k < g.size(); ++k) {
    const double deviation = std::sqrt(m.variance[k]);
    const double scale = deviation > 1e-8 ? 1 / deviation : 1;  // what does not vary has no scale to take
    g[k] = static_cast<real>(scale);
    if (layer.bias.defined()) layer.bias[k] = static_cast<real>(-m.mean[k] * scale);
  }
}

WeightNorm& weight_norm(Weighted& layer, int dim) {
  return layer.reparametrize(std::make_unique<WeightNorm>(layer.weight, dim));
}

namespace {

void mark(Module& model, bool on) {
  model.for_each([on](Module& module) {
    auto* layer = dynamic_cast<Weighted*>(&module);
    auto* formula = layer ? dynamic_cast<WeightNorm*>(layer->reparametrization()) : nullptr;
    if (formula) formula->initialize_from_data(on);
  });
}

}  // namespace

void initialize_from_data(Module& model, const Tensor& x) {
  struct Finish {  // also when something throws
    Module& model;
    ~Finish() {
      mark(model, false);
      model.train();
    }
  } finish{model};
  mark(model, true);
  NoGrad guard;
  model.eval(Statistics::batch);
  model(x);
}

}}  // namespace norma
