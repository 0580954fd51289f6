#include "layers/network/build.h"

#include "layers/pooling.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

class Builder {
 public:
  explicit Builder(const BuildOptions& options) : o_(options), seed_(default_rng().bits()) {}

  // Appends the layers to `net`, which sees samples of this shape; returns the shape of what comes out.
  // `after`: what follows the sentence.
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
  // Error if what comes out of the layer cannot depend on what comes in: a value minus the mean of itself
  // alone is 0, and so is the mean of values whose mean was just subtracted. `before`: the layer before it,
  // if there is one.
  void check_varies(const LayerWord& layer, const Shape& shape, const LayerWord* before) const {
    if (shape.rank() == 0) return;
    const auto [values, per] = shared(layer, shape);
    check(values != 1, "expected at least 2 values per ", per, ", got one in x (", o_.batch_size,
          inside(shape), "): its variance is 0, and its output would be 0 for every input");
    const Over over = before ? traits(before->word).over : Over::nothing;
    const bool centered = over == Over::channel || (over == Over::group && before->whole(0) == shape[0]);
    check(layer.word != "globalpool" || !centered,
          "takes the mean of channels whose mean was just subtracted, which is 0 for every input; put an "
          "activation between");
  }

  // How many values a layer's mean is taken over, and what has one each; 2 if there is no mean.
  std::pair<Index, const char*> shared(const LayerWord& layer, const Shape& shape) const {
    const Index C = shape[0], S = shape.size() / C;
    switch (traits(layer.word).over) {
      case Over::sample:
        return {C * S, "sample"};
      case Over::group:  // if C is no multiple, GroupNorm says so
        return {C % layer.whole(0) == 0 ? C / layer.whole(0) * S : 2, "group"};
      case Over::channel:
        return {shape.rank() > 1 ? S : 2, "channel"};
      case Over::batch:
        return {o_.batch_size * S, "channel"};
      case Over::nothing:
        break;
    }
    return {2, ""};
  }

  // Of the shape of a sample: ", 16, 28, 28"
  static std::string inside(const Shape& shape) {
    std::string text;
    for (int i = 0; i < shape.rank(); ++i) text += ", " + std::to_string(shape[i]);
    return text;
  }

  Shape append_layer(Sequential& net, const LayerWord& layer, const Shape& shape, const Sentence& rest) {
    const Word* word = find_word(layer.word);
    if (word && word->reparametrize) {
      auto* last =
          net.children().empty() ? nullptr : dynamic_cast<Weighted*>(net.children().back().module.get());
      check(last, "goes right after a linear or conv, whose weight it normalizes");
      word->reparametrize(*last, layer);
      return shape;
    }
    std::unique_ptr<Module> made;
    if (!layer.main.empty()) {
      made = residual(layer, shape, rest);
    } else {
      check(word && word->make, "stands for a normalizer, and none was put in its place");
      made = word->make({layer, shape, o_, has_bias(layer, rest)});
      if (word->is.weighted) initialize(static_cast<Weighted&>(*made), rest);
    }
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

  std::unique_ptr<Module> residual(const LayerWord& layer, const Shape& shape, const Sentence& rest) {
    Sequential main, shortcut;
    append(main, layer.main, shape, rest);
    if (layer.shortcut.empty()) return std::make_unique<Residual>(std::move(main));
    append(shortcut, layer.shortcut, shape, rest);
    return std::make_unique<Residual>(std::move(main), std::move(shortcut));
  }

  // As the layer says; else none if the next layer subtracts each channel's mean.
  static bool has_bias(const LayerWord& layer, const Sentence& rest) {
    if (layer.get("bias", 0) > 0) return true;
    if (layer.get("nobias", 0) > 0) return false;
    for (const LayerWord& next : rest) {
      if (!traits(next.word).of_weight) return !traits(next.word).centers_channels;
    }
    return true;
  }

  // Draws the weights from the layer's own stream, with the gain of the activation that follows.
  void initialize(Weighted& layer, const Sentence& rest) {
    double g = 1;
    for (const LayerWord& next : rest) {
      if (traits(next.word).weighted || !next.main.empty()) break;
      if (!traits(next.word).activation) continue;
      g = gain(next.word, next.number(0, 0.01));
      break;
    }
    Rng rng(seed_, layer_++);
    layer.reset(o_.init, g, rng);
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
