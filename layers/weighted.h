// What Linear and the convolutions share: a weight, perhaps a bias, and perhaps a formula for the weight.
#pragma once

#include "layers/init.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// A formula that computes a layer's weight from other parameters: WeightNorm, SpectralNorm. It belongs to
/// its layer.
class Reparametrization {
 public:
  virtual ~Reparametrization() = default;

  /// Computes the weight; called by every forward().
  virtual Tensor weight(bool training) = 0;

  /// What takes the place of "weight" in the layer's state, in this order.
  std::vector<Parameter> parameters;
  StateDict buffers;

  /// Called with the input of a forward() while wants_data(): the first batch may set the parameters.
  virtual bool wants_data() const { return false; }
  virtual void see(class Weighted& /*layer*/, const Tensor& /*x*/) {}

  /// "weight_norm"
  virtual std::string describe() const = 0;
};

/// A layer y = f(x, weight, bias) that is linear in its weight (out, in, kernel…).
/// State: weight and bias, or what a reparametrization has in place of the weight, after the bias, as in
/// PyTorch.
class Weighted : public Module {
 public:
  Tensor forward(const Tensor& x) final;

  /// The layer's function with another weight and bias.
  virtual Tensor apply(const Tensor& x, const Tensor& weight, const Tensor& bias) const = 0;

  /// The weight that forward() uses: `weight`, or what the reparametrization makes (in training it takes a
  /// step).
  Tensor effective_weight();

  /// Redraws weight and bias; gain as in layers/init.h. Error once the weight is reparametrized.
  void reset(const InitOptions& options, double gain, Rng& rng);

  /// Replaces the bias, or adds one.
  void set_bias(const Tensor& values);

  /// Replaces `weight` by a formula, and returns it. Error if there is one already.
  template <class Formula>
  Formula& reparametrize(std::unique_ptr<Formula> formula) {
    Formula& reference = *formula;
    set_formula(std::move(formula));
    return reference;
  }
  Reparametrization* reparametrization() const { return formula_.get(); }

  /// (out, in, kernel…). With a reparametrization the weight it was made from, no longer a parameter.
  Tensor weight;
  Tensor bias;  // (out); undefined in a layer without one

 protected:
  /// Weight and bias, drawn as PyTorch draws them from default_rng().
  Weighted(const Shape& weight, bool bias);

  /// ", weight_norm" for describe(), or "".
  std::string formula_words() const;

 private:
  void set_formula(std::unique_ptr<Reparametrization> formula);

  std::unique_ptr<Reparametrization> formula_;
};

}}  // namespace norma
