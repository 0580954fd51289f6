// Optimizers: one pass over each parameter per step, with everything that happens to an element in one loop.
#pragma once

#include <vector>

#include "core/state.h"

namespace norma { inline namespace NORMA_BUILD {

/// Changes parameters by their gradients. Holds handles to them, so it belongs to their thread.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Moves every parameter that has a gradient and requires one.
  void step();

  /// Forgets all gradients; call before each forward pass.
  void zero_grad();

  /// ‖g‖₂ over all gradients together, before; all are multiplied by max_norm/(‖g‖ + 10⁻⁶) if that is below 1
  /// (as torch.nn.utils.clip_grad_norm_). Error unless max_norm > 0.
  double clip_grad_norm(double max_norm);

  /// What it remembers of earlier steps, under torch.optim's names: "momentum_buffer.0.weight". Empty before
  /// the first.
  virtual StateDict state_dict() const = 0;

  /// Takes what another optimizer of its kind remembered for the same parameters. Error, naming it, on an
  /// entry that does not fit.
  virtual void load(const StateDict& state) = 0;

  double lr;  // learning rate; may be changed between steps
  const std::vector<Parameter>& parameters() const { return parameters_; }

 protected:
  /// `decay_all`: weight decay is for biases, γ and β too.
  Optimizer(std::vector<Parameter> parameters, double lr, double weight_decay, bool decay_all);

  /// Moves parameter k, whose tensor is p, by its gradient and λp.
  virtual void update(std::size_t k, const Tensor& p, real lambda) = 0;

  /// The place among the parameters of the entry "what.NAME"; Error unless there is one of this shape.
  std::size_t place_of(const StateEntry& entry, const std::string& what) const;

  std::vector<Parameter> parameters_;

 private:
  double weight_decay_;
  bool decay_all_;
};

/// torch.optim.SGD's arguments; rates, momentum and decay are at least 0.
struct SgdOptions {
  double lr = 0.1;
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  bool decay_all = false;  // also biases, gamma and beta, as PyTorch does; by default only weights decay
};

/// torch.optim.SGD:   g ← g + λp;   b ← g at first, then μb + (1 − d)g;   p ← p − η(g + μb) with Nesterov,
/// else p − ηb. The rate stays outside the buffer b.
class Sgd final : public Optimizer {
 public:
  /// Error on a negative or non-finite setting, or Nesterov without momentum or with dampening.
  Sgd(std::vector<Parameter> parameters, const SgdOptions& options);
  StateDict state_dict() const override;
  void load(const StateDict& state) override;

 private:
  void update(std::size_t k, const Tensor& p, real lambda) override;

  SgdOptions options_;
  std::vector<Tensor> buffers_;  // b, one per parameter; undefined until its first step
};

/// torch.optim.Adam's arguments: lr, eps and decay at least 0, 0 ≤ β < 1.
struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;  // added to the gradient, as torch.optim.Adam does
  bool decay_all = false;
};

/// Adam (Kingma & Ba 2015, Algorithm 1):   g ← g + λp;   m ← β₁m + (1 − β₁)g;   v ← β₂v + (1 − β₂)g²;
/// p ← p − η m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
class Adam final : public Optimizer {
 public:
  /// Error on a setting outside its range.
  Adam(std::vector<Parameter> parameters, const AdamOptions& options);
  StateDict state_dict() const override;
  void load(const StateDict& state) override;

 private:
  void update(std::size_t k, const Tensor& p, real lambda) override;

  AdamOptions options_;
  struct State {
    Tensor m, v;
    Index steps = 0;
  };
  std::vector<State> states_;
};

}}  // namespace norma
