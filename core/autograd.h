// Reverse-mode automatic differentiation: how an operation records itself, and the guard that stops it.
// Every operation is one function: it computes y, then calls record() with the lines of its gradient, so
// formula, value and gradient stand together. A result owns its node, the node holds the inputs; there is no
// global tape. Values that an operation read must not be overwritten before backward(): the gradient would be
// wrong, and nothing checks that (PyTorch does).
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// While one exists, operations on this thread record nothing (evaluation; updates of parameters).
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

/// How one result was made: of which inputs, and how its gradient reaches them.
struct Node : Pooled {
  std::uint64_t order;             // counts up: an input's node always has a smaller one
  std::span<const Tensor> inputs;  // which the operation below holds

  Node();
  virtual ~Node() = default;

  /// dL/dy, which y holds, is added to dL/d(input) for each input that wants it.
  virtual void propagate(const Tensor& y) const = 0;

  /// Makes `y` the result of `node`.
  static void attach(const Tensor& y, Node* node);

  /// Deletes a node, and the nodes that nothing but it needed. Null is allowed.
  static void drop(Node* node);

 private:
  Node* next_ = nullptr;  // in the list of those about to be deleted
};

/// Whether a result of these inputs needs a node.
bool wants_gradient(std::span<const Tensor> inputs);

/// Makes y a differentiable result of `inputs`; undefined ones stand for absent arguments. `gradient` is
/// called as gradient(y, inputs…) when y.grad_data() = dL/dy is complete: `record(y, {a, b}, [](y, a, b)
/// {…})`. It must capture no tensor: y owns the node and the node the function, so a captured y would keep
/// itself alive. Returns y.
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
