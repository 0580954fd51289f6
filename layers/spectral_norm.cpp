#include "layers/spectral_norm.h"

#include <algorithm>
#include <cmath>

#include "core/normalize_parts.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// A random direction.
Tensor direction(Index n) {
  Tensor t({n});
  double squares = 0;
  for (real& x : t.values()) {
    x = static_cast<real>(default_rng().normal());
    squares += double(x) * x;
  }
  for (real& x : t.values()) x = static_cast<real>(x / std::max(std::sqrt(squares), 1e-12));
  return t;
}

}  // namespace

SpectralNorm::SpectralNorm(const Tensor& weight, const SpectralNormOptions& o)
    : weight_orig(weight.clone()), options_(o) {
  check(o.n_power_iterations >= 1, "spectral_norm: expected n_power_iterations of at least 1, got ",
        o.n_power_iterations);
  check(o.eps > 0, "spectral_norm: expected eps above 0, got ", o.eps);
  check(o.dim >= 0, "spectral_norm: expected dim of at least 0, got ", o.dim);
  view_ = weight_view(weight, o.dim);
  u = direction(view_.kept);
  v = direction(view_.count());
  parameters = {{"weight_orig", weight_orig, /*decay=*/true}};
  buffers = {{"weight_u", u, nullptr}, {"weight_v", v, nullptr}};
}

// w = W/σ  with  σ = uᵀ W v
Tensor SpectralNorm::weight(bool training) {
  for (int i = 0; training && i < options_.n_power_iterations; ++i)
    power_iteration(weight_orig, view_, u, v, options_.eps);
  const Tensor sigma = bilinear(weight_orig, view_, u, v);
  return scale_shift(weight_orig, View{1, 1, weight_orig.size()}, reciprocal(sigma));
}

SpectralNorm& spectral_norm(Weighted& layer, const SpectralNormOptions& options) {
  return layer.reparametrize(std::make_unique<SpectralNorm>(layer.weight, options));
}

SpectralPenalty::SpectralPenalty(const std::vector<Parameter>& parameters, double lambda) : lambda_(lambda) {
  check(lambda >= 0, "SpectralPenalty: expected λ of at least 0, got ", lambda);
  for (const Parameter& p : parameters) {
    check(!p.name.ends_with("weight_orig") && !p.name.ends_with("weight_g"),
          "SpectralPenalty: expected plain weights, got ", p.name, ", part of a reparametrized weight");
    if (p.tensor.rank() < 2 || !p.decay) continue;  // LayerNorm's γ and β may have rank 3
    const View view = weight_view(p.tensor, 0);
    matrices_.push_back({p.tensor, direction(view.kept), direction(view.count())});
  }
}

StateDict SpectralPenalty::state_dict() const {
  StateDict state;
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    state.push_back({std::to_string(i) + ".u", matrices_[i].u, nullptr});
    state.push_back({std::to_string(i) + ".v", matrices_[i].v, nullptr});
  }
  return state;
}

Tensor SpectralPenalty::operator()() {
  Tensor total = Tensor::zeros({});
  for (const Matrix& m : matrices_) {
    const View view = weight_view(m.W, 0);
    power_iteration(m.W, view, m.u, m.v, 1e-12);
    const Tensor sigma = reshape(bilinear(m.W, view, m.u, m.v), {});
    total = add(total, scale(mul(sigma, sigma), lambda_ / 2));
  }
  return total;
}

}}  // namespace norma
