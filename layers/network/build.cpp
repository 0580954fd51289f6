// The builder of layers/network/model.h.
#include <algorithm>

#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/conv.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/linear.h"
#include "layers/lrn.h"
#include "layers/network/model.h"
#include "layers/pooling.h"
#include "layers/spectral_norm.h"
#include "layers/weight_norm.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Made = std::unique_ptr<Module>;

template <class M, class... Arguments>
Made make(Arguments&&... arguments) {
  return std::make_unique<M>(std::forward<Arguments>(arguments)...);
}

// The layer of as many spatial dimensions as there are: 1d, 2d or 3d.
template <class M1, class M2, class M3, class... Arguments>
Made make_for(int spatial, const char* what, Arguments&&... arguments) {
  if (spatial == 1) return make<M1>(std::forward<Arguments>(arguments)...);
  if (spatial == 2) return make<M2>(std::forward<Arguments>(arguments)...);
  if (spatial == 3) return make<M3>(std::forward<Arguments>(arguments)...);
  fail(what, ": wants (C, L), (C, H, W) or (C, D, H, W)");
}

Index whole(const LayerWord& layer, std::size_t i) {
  check(i < layer.numbers.size(), "has ", layer.numbers.size(), " numbers, at least ", i + 1, " wanted");
  return static_cast<Index>(layer.numbers[i]);
}
Index setting(const LayerWord& layer, const char* name, Index otherwise) {
  return static_cast<Index>(layer.get(name, static_cast<double>(otherwise)));
}

class Builder {
 public:
  explicit Builder(const BuildOptions& options) : o_(options), seed_(default_rng().bits()) {}

  // Appends the layers to `net`, which sees samples of this shape; returns the shape of what comes out. `after`: what
  // follows the sentence.
  Shape append(Sequential& net, const Sentence& sentence, Shape shape, const Sentence& after) {
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      const LayerWord& layer = sentence[i];
      Sentence rest(sentence.begin() + static_cast<std::ptrdiff_t>(i) + 1, sentence.end());
      rest.insert(rest.end(), after.begin(), after.end());
      try {
        check_varies(layer, shape, i > 0 ? &sentence[i - 1] : nullptr);
        shape = append_layer(net, layer, shape, rest);
      } catch (const Error& e) {
        const std::string what = e.what();
        fail(what.rfind("layers: ", 0) == 0 ? ""
                                            : "layers: " + where(layer) + " after (N" + inside(shape) + "): ",
             what);
      }
    }
    return shape;
  }

 private:
  // Error if what comes out of the layer cannot depend on what comes in: a value less a mean of nothing but itself is 0,
  // and so is the mean of what has just had its mean taken away. `before`: the layer before it, if there is one.
  void check_varies(const LayerWord& layer, const Shape& shape, const LayerWord* before) const {
    if (shape.rank() == 0) return;
    const Index C = shape[0], S = shape.size() / C;
    const bool fits = layer.word != "gn" || C % whole(layer, 0) == 0;  // else GroupNorm says so
    const auto [values, per] = layer.word == "ln"           ? std::pair(shape.size(), "sample")
                               : layer.word == "gn" && fits ? std::pair(C / whole(layer, 0) * S, "group")
                               : layer.word == "in" && shape.rank() > 1 ? std::pair(S, "channel")
                               : traits(layer.word).batch_statistics ? std::pair(o_.batch_size * S, "channel")
                                                                     : std::pair(Index{2}, "");
    check(values != 1, "x (", o_.batch_size, inside(shape), ") has one value a ", per,
          ": its variance is 0, and less its mean it is 0 whatever comes in; at least 2 wanted");
    const bool centered =
        before && (before->word == "in" || (before->word == "gn" && whole(*before, 0) == C));
    check(
        layer.word != "globalpool" || !centered,
        "takes the mean of channels whose mean was just taken away: it is 0 whatever comes in; put an activation "
        "between");
  }

  // Of the shape of a sample: ", 16, 28, 28"
  static std::string inside(const Shape& shape) {
    std::string text;
    for (int i = 0; i < shape.rank(); ++i) text += ", " + std::to_string(shape[i]);
    return text;
  }

  Shape append_layer(Sequential& net, const LayerWord& layer, const Shape& shape, const Sentence& rest) {
    if (layer.word == "wn" || layer.word == "sn") {
      auto* last =
          net.children().empty() ? nullptr : dynamic_cast<Weighted*>(net.children().back().module.get());
      check(last, "goes right after a linear or conv, whose weight it normalizes");
      if (layer.word == "wn")
        weight_norm(*last);
      else
        spectral_norm(*last, {.n_power_iterations = static_cast<int>(layer.get("iterations", 1))});
      return shape;
    }
    Made made = layer.word == "residual" ? residual(layer, shape, rest) : plain(layer, shape, rest);
    // What the layer makes of a batch of two.
    NoGrad guard;
    made->eval();
    const Tensor y = made->forward(Tensor::zeros(batch_shape(2, shape)));
    made->train();
    net.append(std::move(made));
    Shape result;
    for (int i = 1; i < y.rank(); ++i) result.append(y.dim(i));
    return result;
  }

  Made residual(const LayerWord& layer, const Shape& shape, const Sentence& rest) {
    Sequential main, shortcut;
    append(main, layer.main, shape, rest);
    if (layer.shortcut.empty()) return make<Residual>(std::move(main));
    append(shortcut, layer.shortcut, shape, rest);
    return make<Residual>(std::move(main), std::move(shortcut));
  }

  Made plain(const LayerWord& layer, const Shape& shape, const Sentence& rest) {
    const std::string& word = layer.word;
    const int spatial = shape.rank() - 1;
    const Index C = shape.rank() > 0 ? shape[0] : 0;
    const double eps = layer.get("eps", o_.eps);
    std::optional<double> momentum = layer.get("momentum", o_.momentum.value_or(0));
    if (momentum == 0) momentum.reset();
    const BatchNormOptions norm{
        .eps = eps, .momentum = momentum, .statistics_gradient = o_.statistics_gradient};

    if (word == "linear") {
      check(spatial == 0, "wants (N, D); put flatten before it");
      return initialised(make<Linear>(C, whole(layer, 0), has_bias(layer, rest)), rest);
    }
    if (word == "conv") {
      const Index kernel = whole(layer, 1), dilation = setting(layer, "dilation", 1);
      const ConvOptions options{.stride = setting(layer, "stride", 1),
                                .padding = setting(layer, "pad", dilation * (kernel - 1) / 2),
                                .dilation = dilation,
                                .groups = setting(layer, "groups", 1),
                                .bias = has_bias(layer, rest)};
      return initialised(
          make_for<Conv1d, Conv2d, Conv3d>(spatial, "conv", C, whole(layer, 0), kernel, options), rest);
    }
    if (word == "bn") {
      return spatial == 0 ? make<BatchNorm1d>(C, norm)
                          : make_for<BatchNorm1d, BatchNorm2d, BatchNorm3d>(spatial, "bn", C, norm);
    }
    if (word == "brn") {
      check(momentum.has_value(), "has no cumulative average; a momentum above 0 wanted");
      BatchRenormOptions renorm = o_.renorm;
      renorm.eps = eps;
      renorm.momentum = *momentum;
      return make<BatchRenorm>(C, renorm);
    }
    if (word == "l1bn" || word == "linfbn")
      return make<SpreadBatchNorm>(C, word == "l1bn" ? Spread::l1 : Spread::linf, norm);
    if (word == "meanbn") return make<MeanOnlyBatchNorm>(C, norm);
    if (word == "ln") return make<LayerNorm>(shape, LayerNormOptions{.eps = eps});
    if (word == "gn") return make<GroupNorm>(whole(layer, 0), C, GroupNormOptions{.eps = eps});
    if (word == "in") {
      return make_for<InstanceNorm1d, InstanceNorm2d, InstanceNorm3d>(
          spatial, "in", C, InstanceNormOptions{.eps = eps, .affine = true});
    }
    if (word == "lrn") {
      return make<LocalResponseNorm>(
          static_cast<Index>(layer.number(0, 5)),
          LocalResponseNormOptions{layer.get("alpha", 1e-4), layer.get("beta", 0.75), layer.get("k", 1)});
    }
    if (word == "noise")
      return make<BatchNoise>(layer.get("layer", 0) > 0 ? NoiseScope::layer : NoiseScope::unit);
    if (word == "dropout") return make<Dropout>(layer.number(0, 0.5));
    if (word == "pool" || word == "avgpool") {
      const Index kernel = whole(layer, 0);
      const Sizes stride = setting(layer, "stride", kernel), pad = setting(layer, "pad", 0);
      if (word == "pool") {
        const MaxPoolOptions options{.stride = stride, .padding = pad};
        return make_for<MaxPool1d, MaxPool2d, MaxPool3d>(spatial, "pool", kernel, options);
      }
      const AvgPoolOptions options{.stride = stride, .padding = pad};
      return make_for<AvgPool1d, AvgPool2d, AvgPool3d>(spatial, "avgpool", kernel, options);
    }
    if (word == "globalpool")
      return make_for<AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d>(spatial, "globalpool", 1);
    if (word == "flatten") return make<Flatten>();
    if (word == "leaky_relu") return make<Activation>(word, layer.number(0, 0.01));
    check(traits(word).activation, "stands for a normalizer, and none was put in its place");
    return make<Activation>(word);
  }

  // As the layer says; else none if the next layer takes each channel's mean away.
  static bool has_bias(const LayerWord& layer, const Sentence& rest) {
    if (layer.get("bias", 0) > 0) return true;
    if (layer.get("nobias", 0) > 0) return false;
    for (const LayerWord& next : rest) {
      if (next.word != "wn" && next.word != "sn") return !traits(next.word).centers_channels;
    }
    return true;
  }

  // Draws the weights from the layer's own stream, with the gain of the activation that follows.
  Made initialised(Made made, const Sentence& rest) {
    double g = 1;
    for (const LayerWord& next : rest) {
      if (traits(next.word).weighted || next.word == "residual") break;
      if (!traits(next.word).activation) continue;
      g = gain(next.word, next.number(0, 0.01));
      break;
    }
    Rng rng(seed_, layer_++);
    static_cast<Weighted&>(*made).reset(o_.init, g, rng);
    return made;
  }

  const BuildOptions& o_;
  const std::uint64_t seed_;
  std::uint64_t layer_ = 0;
};

}  // namespace

Sequential build(const Sentence& sentence, const BuildOptions& options) {
  Sequential net;
  Builder(options).append(net, sentence, options.sample, {});
  return net;
}

}}  // namespace norma
