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
#include "layers/standardize.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Whole = std::vector<std::int64_t>;
using Attributes = std::vector<OnnxAttribute>;

// A value of the graph: its name, and what it is for a batch of one, whose shape is needed.
struct Value {
  std::string name;
  Tensor tensor;
};

// One number per spatial dimension; `sides` 2: those of all beginnings, then of all ends.
Whole each(const Sizes& sizes, int spatial, int sides = 1) {
  Whole all;
  for (int i = 0; i < sides * spatial; ++i) all.push_back(sizes[i % spatial]);
  return all;
}

// `f` of every element, if there are any
template <class F>
Tensor map(const Tensor& x, const F& f) {
  if (!x.defined()) return x;
  Tensor y(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = static_cast<real>(f(double(x[i])));
  return y;
}

// Walks over the layers. Each emit() appends a layer's operators, of which the last one's output has the
// layer's path as its name, "2.main.0".
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
      const bool known =
          emit_as<Residual, Linear, Conv, BatchNorm, BatchRenorm, SpreadBatchNorm, MeanOnlyBatchNorm,
                  InstanceNorm, GroupNorm, LayerNorm, LocalResponseNorm, Activation, MaxPool, AvgPool,
                  AdaptiveAvgPool, Flatten, BatchNoise, Standardize>(m, path, x);
      check(known, "is a layer that ONNX has no operator for");
    } catch (const Error& e) {
      const std::string what = e.what();
      fail(what.starts_with("onnx: ") ? "" : "onnx: layer " + path + ", " + m.describe() + ": ", what);
    }
    return y;
  }

  // By the emit() of the first of these types that m is; false if it is none of them.
  template <class... Types>
  bool emit_as(Module& m, const std::string& path, const Value& x) {
    auto emit_if = [&](auto* layer) {
      if (layer) emit(*layer, path, x);
      return layer != nullptr;
    };
    return (emit_if(dynamic_cast<Types*>(&m)) || ...);
  }

  std::string constant(const std::string& name, std::variant<Tensor, Whole> value) {
    graph.constants.push_back({name, std::move(value)});
    return name;
  }

  // y = main(x) + shortcut(x), or + x
  void emit(Residual& r, const std::string& path, const Value& x) {
    std::vector<std::string> summands;
    for (const Module::Child& part : r.children())
      summands.push_back(layer(*part.module, path + '.' + part.name, x).name);
    if (summands.size() == 1) summands.push_back(x.name);
    node("Add", path, summands);
  }

  std::vector<std::string> weighted(Weighted& layer, const std::string& path, const Value& x) {
    std::vector<std::string> inputs = {x.name, constant(path + ".weight", layer.effective_weight())};
    if (layer.bias.defined()) inputs.push_back(constant(path + ".bias", layer.bias));
    return inputs;
  }

  void emit(Linear& layer, const std::string& path, const Value& x) {
    node("Gemm", path, weighted(layer, path, x), {{"transB", std::int64_t{1}}});  // y = x Wᵀ + b
  }

  void emit(Conv& layer, const std::string& path, const Value& x) {
    const int spatial = layer.weight.rank() - 2;
    Whole kernel;
    for (int i = 0; i < spatial; ++i) kernel.push_back(layer.weight.dim(2 + i));
    node("Conv", path, weighted(layer, path, x),
         {{"kernel_shape", kernel},
          {"strides", each(layer.options.stride, spatial)},
          {"pads", each(layer.options.padding, spatial, 2)},
          {"dilations", each(layer.options.dilation, spatial)},
          {"group", layer.options.groups}});
  }

  void emit(BatchNorm& n, const std::string& path, const Value& x) {
    by_running(n, path, x, {}, n.running_var, n.options.eps);
  }
  void emit(BatchRenorm& n, const std::string& path, const Value& x) {
    by_running(n, path, x, map(n.running_std, [](double s) { return 1 / s; }));
  }
  void emit(SpreadBatchNorm& n, const std::string& path, const Value& x) {
    by_running(n, path, x, map(n.running_spread, [&](double s) { return 1 / (s + n.options.eps); }));
  }
  void emit(MeanOnlyBatchNorm& n, const std::string& path, const Value& x) { by_running(n, path, x, {}); }

  // y = γ (x − μ)/√(σ² + ε) + β. What divides by a running deviation σ itself has 1/σ as `factor` of γ, and 1
  // as σ².
  void by_running(ChannelNorm& n, const std::string& path, const Value& x, const Tensor& factor,
                  Tensor variance = {}, double eps = 0) {
    check(n.running_mean.defined(), "has no running statistics, by which ONNX normalizes");
    auto [scale, shift] = affine_of(n, x.tensor.dim(1));
    if (factor.defined()) scale = mul(scale, factor);
    if (!variance.defined()) variance = Tensor::ones(scale.shape());
    node("BatchNormalization", path,
         {x.name, constant(path + ".weight", scale), constant(path + ".bias", shift),
          constant(path + ".running_mean", n.running_mean), constant(path + ".running_var", variance)},
         {{"epsilon", static_cast<float>(eps)}});
  }

  // γ and β, or 1 and 0
  static std::pair<Tensor, Tensor> affine_of(const ChannelNorm& n, Index channels) {
    return {n.weight.defined() ? n.weight : Tensor::ones({channels}),
            n.bias.defined() ? n.bias : Tensor::zeros({channels})};
  }

  void emit(InstanceNorm& n, const std::string& path, const Value& x) {
    check(!n.running_mean.defined(), "has running statistics; ONNX normalizes each sample by its own");
    const auto [scale, shift] = affine_of(n, x.tensor.dim(1));
    node("InstanceNormalization", path,
         {x.name, constant(path + ".weight", scale), constant(path + ".bias", shift)},
         {{"epsilon", static_cast<float>(n.options.eps)}});
  }

  void emit(GroupNorm& n, const std::string& path, const Value& x) {
    Shape a_channel = {n.num_channels};  // γ and β as (C, 1, …)
    for (int i = 2; i < x.tensor.rank(); ++i) a_channel.append(1);
    groups(path, x, n.num_groups, n.options.eps, n.weight, n.bias, a_channel);
  }

  void emit(LayerNorm& n, const std::string& path, const Value& x) {
    check(n.normalized_shape.rank() == x.tensor.rank() - 1,
          "expected it to normalize the whole sample, got a part of it");
    groups(path, x, 1, n.options.eps, n.weight, n.bias, n.normalized_shape);
  }

  // (N, C, S…) as (N, G, C/G·S), where InstanceNormalization takes the statistics of each group; back; then γ
  // and β.
  void groups(const std::string& path, const Value& x, Index G, double eps, const Tensor& weight,
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
    if (!weight.defined()) return;
    node("Mul", path + ".scaled", {last, constant(path + ".weight", reshape(weight, affine))});
    node("Add", path, {path + ".scaled", constant(path + ".bias", reshape(bias, affine))});
  }

  // y = x / (k + α/size Σ x²)^β. ONNX needs positions: flat channels become (N, C, 1, 1).
  void emit(LocalResponseNorm& n, const std::string& path, const Value& x) {
    check(n.size % 2 == 1, "expected an odd size, got ", n.size,
          ": ONNX's LRN puts the extra channel of an even window on the other side");
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
    if (flat) node("Flatten", path, {path + ".normalized"}, {{"axis", std::int64_t{1}}});
  }

  void emit(Activation& a, const std::string& path, const Value& x) {
    Attributes slope;
    if (a.row.slope) slope = {{"alpha", static_cast<float>(a.slope)}};
    node(a.row.onnx, path, {x.name}, slope);
  }

  void emit(MaxPool& p, const std::string& path, const Value& x) {
    const int spatial = x.tensor.rank() - 2;
    const MaxPoolOptions& o = p.options;
    const Sizes& stride = o.stride.empty() ? p.kernel : o.stride;
    const Tensor y = p.forward(x.tensor);
    Whole pads = each(o.padding, spatial, 2);
    for (int i = 0; i < spatial && o.ceil_mode;
         ++i) {  // ONNX counts its windows otherwise: pad what they see
      const Index seen = (y.dim(2 + i) - 1) * stride[i] + o.dilation[i] * (p.kernel[i] - 1) + 1;
      pads[spatial + i] = std::max(o.padding[i], seen - x.tensor.dim(2 + i) - o.padding[i]);
    }
    node("MaxPool", path, {x.name},
         {{"kernel_shape", each(p.kernel, spatial)},
          {"strides", each(stride, spatial)},
          {"pads", pads},
          {"dilations", each(o.dilation, spatial)}});
  }

  // Zeros in the padding count as elements (count_include_pad), which not every reader heeds: they come
  // before, by Pad.
  void emit(AvgPool& p, const std::string& path, const Value& x) {
    check(!p.options.ceil_mode && p.options.divisor_override == 0,
          "has ceil_mode or a divisor, which ONNX does not know");
    const Whole padding = each(p.options.padding, x.tensor.rank() - 2);
    const bool padded = std::any_of(padding.begin(), padding.end(), [](std::int64_t n) { return n > 0; });
    if (!padded || !p.options.count_include_pad) {
      node("AveragePool", path, {x.name}, pooling(p.kernel, p.options.stride, p.options.padding, x));
      return;
    }
    Whole sides;  // of every dimension: all beginnings, then all ends
    for (int side = 0; side < 2; ++side) {
      sides.insert(sides.end(), {0, 0});
      sides.insert(sides.end(), padding.begin(), padding.end());
    }
    node("Pad", path + ".padded", {x.name, constant(path + ".pads", sides)});
    node("AveragePool", path, {path + ".padded"}, pooling(p.kernel, p.options.stride, 0, x));
  }

  void emit(AdaptiveAvgPool& p, const std::string& path, const Value& x) {
    for (Index n : each(p.output_size, x.tensor.rank() - 2))
      check(n == 1, "pools to more than one position, for which ONNX has no operator");
    node("GlobalAveragePool", path, {x.name});
  }

  void emit(Flatten&, const std::string& path, const Value& x) {
    node("Flatten", path, {x.name}, {{"axis", std::int64_t{1}}});
  }

  // y = (x − mean)/std, of a flat sample with the two repeated for each of a channel's numbers
  void emit(Standardize& s, const std::string& path, const Value& x) {
    const Index C = s.num_channels;
    Shape shape = {C};
    for (int i = 2; i < x.tensor.rank(); ++i) shape.append(1);
    if (x.tensor.rank() == 2) shape = {x.tensor.dim(1)};
    auto spread = [&](const Tensor& of) {
      Tensor all(shape);
      for (Index i = 0; i < all.size(); ++i) all[i] = of[i / (all.size() / C)];
      return all;
    };
    node("Sub", path + ".centred", {x.name, constant(path + ".mean", spread(s.mean))});
    node("Div", path, {path + ".centred", constant(path + ".std", spread(s.std))});
  }

  // What it expects: a ← E[s] a
  void emit(BatchNoise& noise, const std::string& path, const Value& x) {
    const real mean = noise(Tensor::ones({1, 1}))[0];
    node("Mul", path, {x.name, constant(path + ".mean", Tensor::full({1}, mean))});
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
