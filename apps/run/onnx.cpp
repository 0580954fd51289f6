#include "apps/run/onnx.h"

#include <algorithm>

#include "core/ops.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "layers/conv.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/linear.h"
#include "layers/lrn.h"
#include "layers/pooling.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Whole = std::vector<std::int64_t>;
using Attributes = std::vector<OnnxAttribute>;

// A value of the graph: its name, and what it is for a batch of one, of which the shape is wanted.
struct Value {
  std::string name;
  Tensor tensor;
};

// One number a spatial dimension; `sides` 2: those of all beginnings, then of all ends.
Whole each(const Sizes& sizes, int spatial, int sides = 1) {
  Whole all;
  for (int i = 0; i < sides * spatial; ++i) all.push_back(sizes[i % spatial]);
  return all;
}

// `f` of every element
template <class F>
Tensor map(const Tensor& x, const F& f) {
  Tensor y(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = static_cast<real>(f(double(x[i])));
  return y;
}

// Walks over the layers. Each function appends a layer's operators and returns the name of the last one's output, which
// is the layer's path, "2.main.0".
class Walk {
 public:
  OnnxGraph graph;

  Value through(Sequential& net, const std::string& prefix, Value x) {
    for (const Module::Child& child : net.children()) x = layer(*child.module, prefix + child.name, x);
    return x;
  }

  std::string node(const std::string& op, const std::string& output, const std::vector<std::string>& inputs,
                   const Attributes& attributes = {}) {
    graph.nodes.push_back({op, inputs, output, attributes});
    return output;
  }

 private:
  Value layer(Module& m, const std::string& path, const Value& x) {
    if (auto* net = dynamic_cast<Sequential*>(&m)) return through(*net, path + '.', x);
    if (dynamic_cast<Dropout*>(&m)) return x;
    Value y{path, m(x.tensor)};
    try {
      operators(m, path, x);
    } catch (const Error& e) {
      const std::string what = e.what();
      fail(what.starts_with("onnx: ") ? "" : "onnx: layer " + path + ", " + m.describe() + ": ", what);
    }
    return y;
  }

  std::string operators(Module& m, const std::string& path, const Value& x) {
    if (auto* r = dynamic_cast<Residual*>(&m)) return residual(*r, path, x);
    if (auto* w = dynamic_cast<Weighted*>(&m)) return weighted(*w, path, x);
    if (auto* n = dynamic_cast<ChannelNorm*>(&m)) return channel_norm(*n, path, x);
    if (auto* n = dynamic_cast<GroupNorm*>(&m)) {
      Shape a_channel = {n->num_channels};  // γ and β as (C, 1, …)
      for (int i = 2; i < x.tensor.rank(); ++i) a_channel.append(1);
      return groups(path, x, n->num_groups, n->options.eps, n->weight, n->bias, a_channel);
    }
    if (auto* n = dynamic_cast<LayerNorm*>(&m)) {
      check(n->normalized_shape.rank() == x.tensor.rank() - 1,
            "normalizes a part of a sample; the whole is wanted");
      return groups(path, x, 1, n->options.eps, n->weight, n->bias, n->normalized_shape);
    }
    if (auto* n = dynamic_cast<LocalResponseNorm*>(&m)) return lrn(*n, path, x);
    if (auto* a = dynamic_cast<Activation*>(&m)) return activation(*a, path, x);
    if (auto* p = dynamic_cast<MaxPool*>(&m)) {
      check(!p->options.ceil_mode, "has ceil_mode, in which ONNX counts windows otherwise");
      Attributes window = pooling(p->kernel, p->options.stride, p->options.padding, x);
      window.push_back({"dilations", each(p->options.dilation, x.tensor.rank() - 2)});
      return node("MaxPool", path, {x.name}, window);
    }
    if (auto* p = dynamic_cast<AvgPool*>(&m)) return avg_pool(*p, path, x);
    if (auto* p = dynamic_cast<AdaptiveAvgPool*>(&m)) {
      for (Index n : each(p->output_size, x.tensor.rank() - 2))
        check(n == 1, "pools to more than one position, for which ONNX has no operator");
      return node("GlobalAveragePool", path, {x.name});
    }
    if (dynamic_cast<Flatten*>(&m)) return node("Flatten", path, {x.name}, {{"axis", std::int64_t{1}}});
    if (dynamic_cast<BatchNoise*>(&m)) {  // what it expects: a ← E[s] a
      const real mean = m(Tensor::ones({1, 1}))[0];
      return node("Mul", path, {x.name, constant(path + ".mean", Tensor::full({1}, mean))});
    }
    fail("is a layer that ONNX has no operator for");
  }

  std::string constant(const std::string& name, std::variant<Tensor, Whole> value) {
    graph.constants.push_back({name, std::move(value)});
    return name;
  }

  // y = main(x) + shortcut(x), or + x
  std::string residual(Residual& r, const std::string& path, const Value& x) {
    std::vector<std::string> summands;
    for (const Module::Child& part : r.children())
      summands.push_back(layer(*part.module, path + '.' + part.name, x).name);
    if (summands.size() == 1) summands.push_back(x.name);
    return node("Add", path, summands);
  }

  std::string weighted(Weighted& layer, const std::string& path, const Value& x) {
    std::vector<std::string> inputs = {x.name, constant(path + ".weight", layer.effective_weight())};
    if (layer.bias.defined()) inputs.push_back(constant(path + ".bias", layer.bias));
    const auto* conv = dynamic_cast<const Conv*>(&layer);
    if (!conv) {
      check(dynamic_cast<const Linear*>(&layer), "is a layer that ONNX has no operator for");
      return node("Gemm", path, inputs, {{"transB", std::int64_t{1}}});  // y = x Wᵀ + b
    }
    const int spatial = layer.weight.rank() - 2;
    Whole kernel;
    for (int i = 0; i < spatial; ++i) kernel.push_back(layer.weight.dim(2 + i));
    return node("Conv", path, inputs,
                {{"kernel_shape", kernel},
                 {"strides", each(conv->options.stride, spatial)},
                 {"pads", each(conv->options.padding, spatial, 2)},
                 {"dilations", each(conv->options.dilation, spatial)},
                 {"group", conv->options.groups}});
  }

  // y = γ (x − μ)/√(σ² + ε) + β. What divides by a running deviation σ itself, or by nothing, has it in γ, and 1 as σ².
  std::string channel_norm(ChannelNorm& n, const std::string& path, const Value& x) {
    const Index C = x.tensor.dim(1);
    Tensor scale = n.weight.defined() ? n.weight : Tensor::ones({C}), variance = Tensor::ones({C});
    const Tensor shift = n.bias.defined() ? n.bias : Tensor::zeros({C});
    double eps = 0;
    if (dynamic_cast<InstanceNorm*>(&n)) {
      check(!n.running_mean.defined(), "has running statistics; ONNX normalizes each sample by its own");
      return node("InstanceNormalization", path,
                  {x.name, constant(path + ".weight", scale), constant(path + ".bias", shift)},
                  {{"epsilon", static_cast<float>(n.options.eps)}});
    }
    check(n.running_mean.defined(), "has no running statistics, by which ONNX normalizes");
    if (auto* batch = dynamic_cast<BatchNorm*>(&n)) {
      variance = batch->running_var;
      eps = n.options.eps;
    } else if (auto* renorm = dynamic_cast<BatchRenorm*>(&n)) {
      scale = mul(scale, map(renorm->running_std, [](double s) { return 1 / s; }));
    } else if (auto* spread = dynamic_cast<SpreadBatchNorm*>(&n)) {
      scale = mul(scale, map(spread->running_spread, [&](double s) { return 1 / (s + n.options.eps); }));
    } else {
      check(dynamic_cast<MeanOnlyBatchNorm*>(&n), "is a layer that ONNX has no operator for");
    }
    return node("BatchNormalization", path,
                {x.name, constant(path + ".weight", scale), constant(path + ".bias", shift),
                 constant(path + ".running_mean", n.running_mean), constant(path + ".running_var", variance)},
                {{"epsilon", static_cast<float>(eps)}});
  }

  // (N, C, S…) as (N, G, C/G·S), where InstanceNormalization takes the statistics of each group; back; then γ and β.
  std::string groups(const std::string& path, const Value& x, Index G, double eps, const Tensor& weight,
                     const Tensor& bias, const Shape& affine) {
    Whole back = {0};  // 0: as it is, the batch
    for (int i = 1; i < x.tensor.rank(); ++i) back.push_back(x.tensor.dim(i));
    const std::string last = weight.defined() ? path + ".normalized" : path;
    node("Reshape", path + ".groups", {x.name, constant(path + ".groups.shape", Whole{0, G, -1})});
    node("InstanceNormalization", path + ".groups.normalized",
         {path + ".groups", constant(path + ".ones", Tensor::ones({G})),
          constant(path + ".zeros", Tensor::zeros({G}))},
         {{"epsilon", static_cast<float>(eps)}});
    node("Reshape", last, {path + ".groups.normalized", constant(path + ".shape", back)});
    if (!weight.defined()) return last;
    node("Mul", path + ".scaled", {last, constant(path + ".weight", reshape(weight, affine))});
    return node("Add", path, {path + ".scaled", constant(path + ".bias", reshape(bias, affine))});
  }

  // y = x / (k + α/size Σ x²)^β. ONNX wants positions: flat channels become (N, C, 1, 1).
  std::string lrn(const LocalResponseNorm& n, const std::string& path, const Value& x) {
    check(
        n.size % 2 == 1,
        "ONNX's LRN takes the odd one of an even number of channels from the other side; an odd size wanted");
    const bool flat = x.tensor.rank() == 2;
    std::string in = x.name;
    if (flat)
      in = node("Reshape", path + ".channels",
                {x.name, constant(path + ".channels.shape", Whole{0, x.tensor.dim(1), 1, 1})});
    node("LRN", flat ? path + ".normalized" : path, {in},
         {{"alpha", static_cast<float>(n.options.alpha)},
          {"beta", static_cast<float>(n.options.beta)},
          {"bias", static_cast<float>(n.options.k)},
          {"size", n.size}});
    if (!flat) return path;
    return node("Flatten", path, {path + ".normalized"}, {{"axis", std::int64_t{1}}});
  }

  std::string activation(const Activation& a, const std::string& path, const Value& x) {
    switch (a.kind()) {
      case Activation::Kind::sigmoid:
        return node("Sigmoid", path, {x.name});
      case Activation::Kind::tanh:
        return node("Tanh", path, {x.name});
      case Activation::Kind::relu:
        return node("Relu", path, {x.name});
      case Activation::Kind::leaky_relu:
        break;
    }
    return node("LeakyRelu", path, {x.name}, {{"alpha", static_cast<float>(a.slope())}});
  }

  // Zeros in the padding count as elements (count_include_pad), which not every reader heeds: they come before, by Pad.
  std::string avg_pool(const AvgPool& p, const std::string& path, const Value& x) {
    check(!p.options.ceil_mode && p.options.divisor_override == 0,
          "has ceil_mode or a divisor, which ONNX does not know");
    const Whole padding = each(p.options.padding, x.tensor.rank() - 2);
    const bool padded = std::any_of(padding.begin(), padding.end(), [](std::int64_t n) { return n > 0; });
    if (!padded || !p.options.count_include_pad)
      return node("AveragePool", path, {x.name}, pooling(p.kernel, p.options.stride, p.options.padding, x));
    Whole sides;  // of every dimension: all beginnings, then all ends
    for (int side = 0; side < 2; ++side) {
      sides.insert(sides.end(), {0, 0});
      sides.insert(sides.end(), padding.begin(), padding.end());
    }
    node("Pad", path + ".padded", {x.name, constant(path + ".pads", sides)});
    return node("AveragePool", path, {path + ".padded"}, pooling(p.kernel, p.options.stride, 0, x));
  }

  Attributes pooling(const Sizes& kernel, const Sizes& stride, const Sizes& padding, const Value& x) const {
    const int spatial = x.tensor.rank() - 2;
    return {{"kernel_shape", each(kernel, spatial)},
            {"strides", each(stride.empty() ? kernel : stride, spatial)},
            {"pads", each(padding, spatial, 2)}};
  }
};

}  // namespace

OnnxGraph onnx_graph(Sequential& model, const Shape& sample) {
  NoGrad guard;
  model.eval();
  Walk walk;
  const Value y = walk.through(model, "", {"input", Tensor::zeros(batch_shape(1, sample))});
  if (walk.graph.nodes.empty()) walk.node("Identity", "logits", {"input"});
  walk.graph.nodes.back().output = "logits";
  walk.graph.input = sample;
  for (int i = 1; i < y.tensor.rank(); ++i) walk.graph.output.append(y.tensor.dim(i));
  return std::move(walk.graph);
}

}}  // namespace norma
