// Weight Normalization (Salimans & Kingma 2016, arXiv 1602.07868), with the names of
// torch.nn.utils.weight_norm; load() also takes those of torch.nn.utils.parametrizations.weight_norm.
#pragma once

#include "core/reparametrize.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

/// w = g v/‖v‖: length and direction of each output's weights as separate parameters. State in place of
/// weight: weight_g (out, 1, …), weight_v (out, in, …). Weight decay is meant for g, the length of w, not for
/// v, whose length has no effect.
class WeightNorm final : public Reparametrization {
 public:
  WeightNorm(const Tensor& weight, int dim);
  Tensor weight(bool training) override;
  bool wants_data() const override { return wants_data_; }
  void see(Weighted& layer, const Tensor& x) override;
  std::string describe() const override { return "weight_norm"; }

  /// The next forward() initializes g and the bias from its batch (§3): with t = v·x/‖v‖, g = 1/std(t) and b
  /// = −mean(t)/std(t), so that each output begins with variance 1, and mean 0 if there is a bias, over the
  /// batch and all positions. If t does not vary, g = 1 and b = −mean(t). Error unless dim = 0. on = false
  /// cancels it.
  void initialize_from_data(bool on = true);

  Tensor g, v;

 private:
  View view_;
  int dim_;
  bool wants_data_ = false;
};

/// Reparametrizes a Linear or a convolution; its function does not change. Each index along `dim` has a norm;
/// −1 is one norm for all (PyTorch's dim=None). Error on another dimension.
WeightNorm& weight_norm(Weighted& layer, int dim = 0);

/// Data-dependent initialization of every weight-normalized layer of a model, one after the other, from the
/// batch x. Leaves the model in training mode. If it throws, no later forward() initializes anything.
void initialize_from_data(Module& model, const Tensor& x);

}}  // namespace norma
