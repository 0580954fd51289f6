// Reverse-mode automatic differentiation: how an operation records itself, and the guard that stops it.
// Every operation is one function: it computes y, then calls record() with the lines of its gradient, so formula,
// value and gradient stand together. A result owns its node, the node holds the inputs; there is no global tape.
// Values that an operation read must not be overwritten before backward(): the gradient would be wrong, and nothing
// checks that (PyTorch does).
#pragma once

#include <array>
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

/// How one result was made: its inputs, and the closure that carries the result's gradient to them.
struct Node : Pooled {
  static constexpr int max_inputs = 5;
  std::uint64_t order;  // counts up: an input's node always has a smaller one
  int input_count = 0;
  std::array<Tensor, max_inputs> inputs;

  Node(std::initializer_list<Tensor> in);
  virtual ~Node() = default;

  /// dL/dy, which y holds, is added to dL/d(input) for each input that wants it.
  virtual void propagate(const Tensor& y) const = 0;

  /// Makes `y` the result of `node`.
  static void attach(const Tensor& y, Node* node);
};

/// Whether a result of these inputs needs a node.
bool wants_gradient(std::initializer_list<Tensor> inputs);

/// Makes y a differentiable result of `inputs` (at most five; undefined ones stand for absent arguments).
/// `gradient` is called as gradient(y) when y.grad_data() = dL/dy is complete. It receives y rather than
/// capturing it, so there is no cycle. Returns y.
template <class Gradient>
Tensor record(Tensor y, std::initializer_list<Tensor> inputs, Gradient&& gradient) {
  struct Operation final : Node {
    std::decay_t<Gradient> gradient;
    Operation(std::initializer_list<Tensor> in, Gradient&& g)
        : Node(in), gradient(std::forward<Gradient>(g)) {}
    void propagate(const Tensor& result) const override { gradient(result); }
  };
  if (wants_gradient(inputs)) Node::attach(y, new Operation(inputs, std::forward<Gradient>(gradient)));
  return y;
}

}}  // namespace norma
