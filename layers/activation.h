// Activations and dropout as layers.
#pragma once

#include "core/random.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// An elementwise nonlinearity, by PyTorch's name: sigmoid, tanh, relu or leaky_relu. Any shape, no state.
class Activation final : public Module {
 public:
  /// Error on another name. `slope` is that of leaky_relu below 0.
  explicit Activation(const std::string& name, double slope = 0.01);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  enum class Kind { sigmoid, tanh, relu, leaky_relu };
  Kind kind() const { return kind_; }
  double slope() const { return slope_; }

 private:
  Kind kind_;
  double slope_;
};

/// In training each element is 0 with probability p, else divided by 1 − p; otherwise nothing happens.
class Dropout final : public Module {
 public:
  /// Error unless 0 ≤ p ≤ 1. The stream of random numbers starts from default_rng().
  explicit Dropout(double p);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  Rng* random() override { return &rng_; }

 private:
  double p_;
  Rng rng_;
};

}}  // namespace norma
