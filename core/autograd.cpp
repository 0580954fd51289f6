#include "core/autograd.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/kernels.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {
thread_local bool recording = true;
thread_local std::uint64_t operations = 0;
}  // namespace

NoGrad::NoGrad() : before_(recording) { recording = false; }
NoGrad::~NoGrad() { recording = before_; }
bool grad_enabled() { return recording; }

bool wants_gradient(std::span<const Tensor> inputs) {
  return recording &&
         std::any_of(inputs.begin(), inputs.end(), [](const Tensor& t) { return t.requires_grad(); });
}

Node::Node() : order(operations++) {}

void Node::attach(const Tensor& y, Node* node) {
  Tensor::Impl& t = y.impl();
  t.requires_grad = t.made_by_operation = true;
  t.node = node;
}

// A node holds its inputs, and they their nodes, so deleting a long graph would recurse; the list makes it a
// loop.
void Node::drop(Node* node) {
  static thread_local Node* doomed = nullptr;
  static thread_local bool busy = false;
  if (!node) return;
  node->next_ = std::exchange(doomed, node);
  if (busy) return;
  busy = true;
  while (doomed) delete std::exchange(doomed, doomed->next_);
  busy = false;
}

Tensor::Impl::~Impl() { Node::drop(node); }

// One pass over the graph behind a result: collect and sort by order; then, with the seed in place, run the
// newest first and drop it. A leaf has no graph.
class Backward {
 public:
  void collect(const Tensor& root) {
    visit(root);
    for (std::size_t i = 0; i < graph_.size(); ++i) {
      for (const Tensor& input : graph_[i].impl_->node->inputs) visit(input);
    }
    std::sort(graph_.begin(), graph_.end(),
              [](const Tensor& a, const Tensor& b) { return a.impl_->node->order < b.impl_->node->order; });
  }

  void run(bool keep_graph) {
    while (!graph_.empty()) {
      const Tensor y = std::move(graph_.back());
      graph_.pop_back();
      y.impl_->visited = false;
      if (y.impl_->has_grad) y.impl_->node->propagate(y);  // none: no operation behind it passed one on
      if (!keep_graph) Node::drop(std::exchange(y.impl_->node, nullptr));
    }
  }

  ~Backward() {  // if something threw, no tensor stays marked; what has run is dropped
    for (const Tensor& t : graph_) t.impl_->visited = false;
  }

 private:
  void visit(const Tensor& t) {
    if (!t.requires_grad() || t.is_leaf() || t.impl_->visited) return;
    check(t.impl_->node != nullptr, "backward: the graph behind a tensor of shape ", t.shape(),
          " is gone, an earlier backward() dropped it; call that one with keep_graph");
    t.impl_->has_grad = false;  // only leaves add up gradients over several calls
    t.impl_->visited = true;
    graph_.push_back(t);
  }

  std::vector<Tensor, PoolAllocator<Tensor>> graph_;
};

void Tensor::backward(const Tensor& seed, bool keep_graph) const {
  check(requires_grad(), "backward: nothing to do, no input of this tensor of shape ", shape(),
        " requires a gradient");
  check(seed.shape() == shape(), "backward: seed ", seed.shape(), " does not fit the tensor ", shape());
  Backward pass;
  pass.collect(*this);
  accumulate(open_grad(), [from = seed.data()](Index i) { return from[i]; });
  pass.run(keep_graph);
}

void Tensor::backward(bool keep_graph) const {
  check(size() == 1, "backward: a tensor of shape ", shape(),
        " needs a seed, only one of one element needs none");
  backward(full(shape(), 1), keep_graph);
}

}}  // namespace norma
