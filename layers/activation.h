// Activations and dropout as layers.
#pragma once

#include "core/random.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// An activation that a user can name.
struct ActivationRow {
  const char* name;     // PyTorch's function: what --activation takes, and the word of a layer
  const char* printed;  // PyTorch's class: "LeakyReLU"
  const char* onnx;     // the operator
  bool slope;           // takes one, used below 0
  Tensor (*apply)(const Tensor& x, double slope);
  double (*gain)(double slope);  // torch.nn.init.calculate_gain
};

/// In the order of the help.
const std::vector<ActivationRow>& activations();

/// Error on another name.
const ActivationRow& find_activation(const std::string& name);

/// An elementwise nonlinearity. Any shape, no state.
class Activation final : public Module {
 public:
  /// Error on another name. `slope` is that of leaky_relu below 0.
  explicit Activation(const std::string& name, double slope = 0.01);
  Tensor forward(const Tensor& x) override;
  bool is_relu() const override;
  std::string describe() const override;

  const ActivationRow& row;
  const double slope;
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
