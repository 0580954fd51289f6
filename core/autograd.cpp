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

bool wants_gradient(std::initializer_list<Tensor> inputs) {
  return recording &&
         std::any_of(inputs.begin(), inputs.end(), [](const Tensor& t) { return t.requires_grad(); });
}

Node::Node(std::initializer_list<Tensor> in) : order(operations++) {
  check(in.size() <= max_inputs, "record: ", in.size(), " inputs given, at most ", max_inputs, " allowed");
  for (const Tensor& t : in) inputs[static_cast<std::size_t>(input_count++)] = t;
}

void Node::attach(const Tensor& y, Node* node) {
  Tensor::Impl& t = y.impl();
  t.requires_grad = t.made_by_operation = true;
  t.node = node;
}

// One pass over the graph behind a result: collect, sort by order, run the newest first, drop.
class Backward {
 public:
  static void run(const Tensor& root, bool keep_graph) {
    static thread_local std::vector<Tensor> memory;         // kept between calls, to be used again and again
    std::vector<Tensor> graph = std::exchange(memory, {});  // a gradient may call backward() itself
    try {
      visit(graph, root);
      for (std::size_t i = 0; i < graph.size(); ++i) {
        const Node& node = *graph[i].impl_->node;
        for (int k = 0; k < node.input_count; ++k) visit(graph, node.inputs[static_cast<std::size_t>(k)]);
      }
      std::sort(graph.begin(), graph.end(),
                [](const Tensor& a, const Tensor& b) { return a.impl_->node->order < b.impl_->node->order; });
      while (!graph.empty()) {
        const Tensor y = std::move(graph.back());
        graph.pop_back();
        y.impl_->visited = false;
        if (y.impl_->has_grad) y.impl_->node->propagate(y);
        if (!keep_graph) {
          delete y.impl_->node;
          y.impl_->node = nullptr;
        }
      }
    } catch (...) {  // no tensor stays marked; what ran already is dropped
      for (const Tensor& t : graph) t.impl_->visited = false;
      throw;
    }
    memory = std::move(graph);
  }

 private:
  static void visit(std::vector<Tensor>& graph, const Tensor& t) {
    if (!t.requires_grad() || t.is_leaf() || t.impl_->visited) return;
    check(t.impl_->node != nullptr, "backward: the graph behind a tensor of shape ", t.shape(),
          " is gone, an earlier backward() dropped it; call that one with keep_graph");
    // Only leaves add up over several calls; a result starts anew, but for the root (the first), which holds the seed.
    if (!graph.empty()) t.impl_->has_grad = false;
    t.impl_->visited = true;
    graph.push_back(t);
  }
};

void Tensor::backward(const Tensor& seed, bool keep_graph) const {
  check(requires_grad(), "backward: nothing to do, no input of this tensor of shape ", shape(),
        " requires a gradient");
  check(seed.shape() == shape(), "backward: seed ", seed.shape(), " does not fit the tensor ", shape());
  if (!is_leaf()) {
    check(impl_->node != nullptr,
          "backward: the graph behind this tensor is gone, an earlier backward() dropped it; ",
          "call that one with keep_graph");
    zero_grad();
  }
  accumulate(open_grad(), [from = seed.data()](Index i) { return from[i]; });
  if (!is_leaf()) Backward::run(*this, keep_graph);
}

void Tensor::backward(bool keep_graph) const {
  check(size() == 1, "backward: a tensor of shape ", shape(),
        " needs a seed, only one of one element needs none");
  backward(full(shape(), 1), keep_graph);
}

}}  // namespace norma
