// Module: everything with parameters or a train/eval mode. A module owns
// its children; parents hold references to them, which stay valid when
// the parent is moved. Like its tensors, a module belongs to one thread.
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
  running,  // the averages that training gathered: what inference uses
  batch,    // those of the batch at hand, as in training; nothing is gathered
};

/// A function of a tensor with parameters, buffers, children and a train/eval mode. Not copied, but moved.
class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = delete;
  virtual ~Module() = default;

  /// The layer's function. Error if x does not fit.
  virtual Tensor forward(const Tensor& x) = 0;
  Tensor operator()(const Tensor& x) { return forward(x); }

  /// In PyTorch's words, what is usual left out: "Linear(784, 100, bias=False)".
  virtual std::string describe() const = 0;

  /// Training mode: dropout drops, normalizations use and gather
  /// the batch's statistics. A new module is in it.
  void train();

  /// Inference mode: dropout does nothing, normalizations use the statistics named here.
  void eval(Statistics statistics = Statistics::running);
  /// The random numbers that this module itself draws in training; null: none. Part of what a checkpoint
  /// keeps.
  virtual Rng* random() { return nullptr; }

  /// Whether it is in training mode.
  bool training() const { return training_; }

  /// Every trainable tensor of this module and its children, with full names ("2.weight").
  std::vector<Parameter> parameters() const;

  /// Every tensor and counter that makes up the model's state, in PyTorch's order and under its names.
  StateDict state_dict() const;

  /// Copies the values of `state` into this model. Two things may be as other writers have them: a counter is
  /// 0 where it is missing (PyTorch before 0.4.1 wrote none), and weight and spectral normalization may have
  /// the names of torch.nn.utils.parametrizations (parametrizations.weight.original0 for weight_g). Error
  /// that names what is missing, extra, twice there or of another shape; nothing is changed then.
  void load(const StateDict& state);

  /// f(module) for this module and all inside it, in their order.
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

  /// Takes a trainable tensor of this module off the list again.
  void drop_parameter(const std::string& name);

  /// Registers a tensor that belongs to the state but is not trained; may be undefined.
  Tensor buffer(const std::string& name, Tensor value);

  /// Registers an integer of the state, starting at 0.
  std::shared_ptr<std::int64_t> counter(const std::string& name);

  /// Takes a child in and returns it: `Linear& hidden = child("hidden", Linear(784, 100));`
  template <class M>
  M& child(const std::string& name, M module) {
    auto owned = std::make_unique<M>(std::move(module));
    M& reference = *owned;
    adopt(name, std::move(owned));
    return reference;
  }

  /// The same of a child that is made already.
  void adopt(const std::string& name, std::unique_ptr<Module> child) {
    children_.push_back({name, std::move(child)});
  }
  void remove_child(std::size_t i) { children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i)); }
  void rename_child(std::size_t i, const std::string& name) { children_[i].name = name; }

  /// What normalizes now: the batch in training, else what eval() named.
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
  /// Takes layer i out; those after it get other names.
  void remove(std::size_t i);
  void append(std::unique_ptr<Module> module) { adopt(std::to_string(children().size()), std::move(module)); }
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
};

}}  // namespace norma
