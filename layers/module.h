// Module: anything with parameters or a train/eval mode. A module owns its children; its references to them
// stay valid when it is moved. Like its tensors, it belongs to one thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "core/state.h"

namespace norma { inline namespace NORMA_BUILD {

/// Which mean and variance a normalization uses outside training.
enum class Statistics {
  running,  // the averages that training gathered, as inference does
  batch,    // those of the current batch, as training does, but the averages stay
};

/// A function of a tensor, with parameters, buffers, children and a mode. It can be moved, not copied.
class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = delete;
  virtual ~Module() = default;

  /// The layer's function. Error if x does not fit.
  virtual Tensor forward(const Tensor& x) = 0;
  Tensor operator()(const Tensor& x) { return forward(x); }

  /// relu(forward(x)): what Sequential calls where a ReLU follows. A layer that can do both in one pass over
  /// memory does, with the same values and gradients.
  virtual Tensor forward_relu(const Tensor& x);

  /// Whether forward(x) is relu(x).
  virtual bool is_relu() const { return false; }

  /// As PyTorch prints it, without arguments at their defaults: "Linear(784, 100, bias=False)".
  virtual std::string describe() const = 0;

  /// Training mode, which a new module is in: dropout drops, normalizations use and gather the batch's
  /// statistics.
  void train() { set_mode(true, Statistics::running); }

  /// Inference mode: dropout does nothing, normalizations use the statistics named here.
  void eval(Statistics statistics = Statistics::running) { set_mode(false, statistics); }

  /// The generator this module itself draws from in training, for checkpoints; null if it draws none.
  virtual Rng* random() { return nullptr; }

  bool training() const { return training_; }

  /// Every trainable tensor of this module and its children, with full names ("2.weight").
  std::vector<Parameter> parameters() const;

  /// Every tensor and counter that makes up the model's state, in PyTorch's order and under its names.
  StateDict state_dict() const;

  /// Copies the values of `state` into this model. A missing counter counts as 0 (PyTorch before 0.4.1 wrote
  /// none), and weight and spectral normalization may have the names of torch.nn.utils.parametrizations
  /// (parametrizations.weight.original0 for weight_g). Error that names what is missing, superfluous, there
  /// twice or of another shape; nothing is changed then.
  void load(const StateDict& state);

  /// f(module) for this module and all inside it, in order.
  template <class F>
  void for_each(const F& f) {
    f(*this);
    for (const Child& child : children_) child.module->for_each(f);
  }

  /// The direct children, in the order they were added, with their names.
  struct Child {
    std::string name;
    std::unique_ptr<Module> module;
  };
  const std::vector<Child>& children() const { return children_; }

 protected:
  /// Registers a trainable tensor, which may be undefined (a layer without bias), and returns it.
  Tensor parameter(const std::string& name, Tensor value, bool decay = true);

  /// Unregisters a trainable tensor.
  void drop_parameter(const std::string& name);

  /// Registers a tensor that belongs to the state but is not trained; it may be undefined.
  Tensor buffer(const std::string& name, Tensor value);

  /// Registers an integer of the state, starting at 0.
  std::shared_ptr<std::int64_t> counter(const std::string& name);

  /// Adds a child and returns it: `Linear& hidden = child("hidden", Linear(784, 100));`
  template <class M>
  M& child(const std::string& name, M module) {
    auto owned = std::make_unique<M>(std::move(module));
    M& reference = *owned;
    adopt(name, std::move(owned));
    return reference;
  }

  void adopt(const std::string& name, std::unique_ptr<Module> child) {
    children_.push_back({name, std::move(child)});
  }
  void remove_child(std::size_t i) { children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i)); }
  void rename_child(std::size_t i, const std::string& name) { children_[i].name = name; }

  /// What normalizes now: the batch's statistics in training, else those that eval() named.
  Statistics statistics() const { return training_ ? Statistics::batch : statistics_; }

 private:
  void set_mode(bool training, Statistics statistics);
  void collect(const std::string& prefix, std::vector<Parameter>* parameters, StateDict* state) const;

  bool training_ = true;
  Statistics statistics_ = Statistics::running;
  std::vector<Parameter> parameters_;
  StateDict buffers_;
  std::vector<Child> children_;
};

/// Modules one after the other; names are their positions, "0", "1", …, as in PyTorch.
class Sequential : public Module {
 public:
  /// Adds a layer at the end and returns it.
  template <class M>
  M& append(M module) {
    return child(std::to_string(children().size()), std::move(module));
  }
  void append(std::unique_ptr<Module> module) { adopt(std::to_string(children().size()), std::move(module)); }

  /// Removes layer i, and renames those after it.
  void remove(std::size_t i);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
};

}}  // namespace norma
