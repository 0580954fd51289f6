// Reverse-mode automatic differentiation. An operation is one function: it computes y, then calls record()
// with the lines of its gradient, so that formula, value and gradient stand together. A result owns its node,
// and the node holds the inputs; there is no global tape. Values that an operation has read must not be
// overwritten before backward(): the gradient would be wrong, and nothing checks that (PyTorch does).
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// While one exists, operations on this thread record nothing: for evaluation, and updates of parameters.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// Whether operations on this thread record their gradients.
bool grad_enabled();

/// How a result was made: from which inputs, and how its gradient reaches them.
struct Node : Pooled {
  std::uint64_t order;             // counts up: the nodes of the inputs have smaller ones
  std::span<const Tensor> inputs;  // held by the derived class

  Node();
  virtual ~Node() = default;

  /// Adds to dL/d(input), for each input that needs it, what follows from dL/dy, which y holds.
  virtual void propagate(const Tensor& y) const = 0;

  /// Makes `y` the result of `node`.
  static void attach(const Tensor& y, Node* node);

  /// Deletes a node, and those that only it needed. Null is allowed.
  static void drop(Node* node);

 private:
  Node* next_ = nullptr;  // in the list of nodes about to be deleted
};

/// Whether a result of these inputs needs a node.
bool wants_gradient(std::span<const Tensor> inputs);

/// Makes y a differentiable result of `inputs`, where undefined ones stand for absent arguments, and returns
/// it: record(y, {a, b}, [](y, a, b) {…}). `gradient` is called as gradient(y, inputs…) once y.grad_data() =
/// dL/dy is complete. It must not capture y: y owns the node and the node the function, so y would keep
/// itself alive.
template <std::size_t N, class Gradient>
Tensor record(Tensor y, const Tensor (&inputs)[N], Gradient&& gradient) {
  struct Operation final : Node {
    std::array<Tensor, N> held;
    std::decay_t<Gradient> gradient;
    Operation(const Tensor (&in)[N], Gradient&& g)
        : held(std::to_array(in)), gradient(std::forward<Gradient>(g)) {
      this->inputs = held;
    }
    void propagate(const Tensor& result) const override {
      std::apply([&](const auto&... input) { gradient(result, input...); }, held);
    }
  };
  if (wants_gradient(inputs)) Node::attach(y, new Operation(inputs, std::forward<Gradient>(gradient)));
  return y;
}

}}  // namespace norma
