#include "layers/fold.h"

#include <cmath>

#include "layers/batchnorm.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// W ← s W        b ← s (b − μ) + β        with s = γ/√(σ² + ε), one per channel
void fold(const BatchNorm& norm, Weighted& layer) {
  const Tensor &W = layer.weight, &mean = norm.running_mean, &variance = norm.running_var;
  const Index C = W.dim(0), per_channel = W.size() / C;
  Tensor b = layer.bias.defined() ? layer.bias : Tensor::zeros({C});
  for (Index k = 0; k < C; ++k) {
    const double g = norm.weight.defined() ? norm.weight[k] : 1,
                 beta = norm.bias.defined() ? norm.bias[k] : 0;
    const double s = g / std::sqrt(variance[k] + norm.options.eps);
    for (Index i = k * per_channel; i < (k + 1) * per_channel; ++i) W[i] = static_cast<real>(s * W[i]);
    b[k] = static_cast<real>(s * (b[k] - mean[k]) + beta);
  }
  if (!layer.bias.defined()) layer.set_bias(b);
}

void check_foldable(const BatchNorm& norm, const Module* before) {
  check(norm.running_mean.defined(), "fold: ", norm.describe(), " has no running statistics to fold");
  check(before != nullptr, "fold: expected a Linear or convolution before ", norm.describe(), ", got none");
  const auto* layer = dynamic_cast<const Weighted*>(before);
  check(layer != nullptr, "fold: ", norm.describe(), " comes after ", before->describe(),
        ", not right after a Linear or convolution; nothing can be folded across an activation");
  check(!layer->reparametrization(), "fold: the weight of ", layer->describe(), " is reparametrized");
}

// Calls f(net, i, batch norm) for every BatchNorm, child i of the Sequential `net`.
template <class F>
void each_norm(Module& module, const F& f) {
  auto* net = dynamic_cast<Sequential*>(&module);
  for (std::size_t i = 0; i < module.children().size(); ++i) {
    Module& child = *module.children()[i].module;
    if (auto* norm = dynamic_cast<BatchNorm*>(&child)) {
      check(net != nullptr, "fold: ", norm->describe(),
            " is not in a Sequential, where layers follow each other");
      if (f(*net, i, *norm)) --i;  // it was removed
    } else {
      each_norm(child, f);
    }
  }
}

}  // namespace

int fold_batchnorm(Sequential& model) {
  int count = 0;
  each_norm(model, [&](Sequential& net, std::size_t i, const BatchNorm& norm) {
    check_foldable(norm, i > 0 ? net.children()[i - 1].module.get() : nullptr);
    ++count;
    return false;
  });
  check(count > 0, "fold: there is no BatchNorm in the model, and only BatchNorm folds");
  each_norm(model, [](Sequential& net, std::size_t i, const BatchNorm& norm) {
    fold(norm, static_cast<Weighted&>(*net.children()[i - 1].module));
    net.remove(i);
    return true;
  });
  return count;
}

}}  // namespace norma
