// Initial weights: how the spread of a layer's values grows with depth, derived and measured.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "layers/network/build.h"

namespace norma {
namespace {

constexpr Index samples = 1000, width = 256;
constexpr int depth = 10;
constexpr InitOptions one = {Init::given, Distribution::normal, 1},
                      lecun = {Init::lecun, Distribution::normal},
                      kaiming = {Init::kaiming, Distribution::normal};

// A network of `layers` layers, each of them the sentence `layer`, whose samples have n numbers.
Sequential network(const std::string& layer, int layers, Index n, const InitOptions& init) {
  std::string sentence = layer;
  for (int i = 1; i < layers; ++i) sentence += ", " + layer;
  manual_seed(1);
  return build(parse_layers(sentence), {.sample = {n}, .init = init});
}

// For each layer the deviation of what enters its activation; if it has none, of what it gives.
std::vector<double> deviations(const std::string& layer, int layers, Index n, const InitOptions& init) {
  const Sentence words = parse_layers(layer);
  const std::size_t measured = words.size() - traits(words.back().word).activation;
  Sequential model = network(layer, layers, n, init);
  NoGrad guard;
  Tensor x({samples, n});
  Rng rng(2);
  for (real& v : x.values()) v = static_cast<real>(rng.normal());
  std::vector<double> result;
  for (std::size_t i = 0; i < model.children().size(); ++i) {
    x = (*model.children()[i].module)(x);
    if (i % words.size() + 1 == measured)
      result.push_back(std::sqrt(moments(x, {x.size(), 1, 1}).variance[0]));
  }
  return result;
}

struct Scheme {
  std::string name, layer;
  InitOptions init;
  double first, factor;  // what is derived: of the first layer, and from one layer to the next
};

void one_layer(Document& d) {
  d.heading("One layer");
  d.text(
      "h is one number of y = x Wᵀ: a sum over n inputs. All xᵢ and wᵢ are independent and have mean 0. Then "
      "the variances of the products add up:");
  d.formula("h = Σ wᵢ xᵢ");
  d.formula("Var(h) = Σ Var(wᵢ) Var(xᵢ) = n Var(w) Var(x)");
  d.formula("Var(w) = 1,  Var(x) = 1:  std(h) = √n");
  d.text("Measured: 1,000 samples of n normal numbers through `linear 256`, weights from N(0, 1):");
  const std::vector<Index> sizes = {16, 64, 256, 1024, 4096};
  std::vector<std::string> names;
  std::vector<double> values;
  for (Index n : sizes) {
    names.push_back("n = " + std::to_string(n));
    values.push_back(std::sqrt(double(n)));
    values.push_back(deviations("linear 256", 1, n, one)[0]);
  }
  d.numbers(
      {{.name = "std(h)", .rows = names, .columns = {"√n", "measured"}, .values = values, .decimals = 2}});
}

void many_layers(Document& d) {
  d.heading("Many layers");
  d.text("What a layer gives is the next one's x. So after l layers:");
  d.formula("std(h) = (√n)ˡ  with  Var(w) = 1");
  d.formula("std(h) = 1  with  Var(w) = 1/n").code(code::lecun);
  d.text(
      "A ReLU lets half of a symmetric h through, E[relu(h)²] = ½ Var(h), and what counts for the next layer "
      "is this mean square. 1/n then loses a factor √½ a layer, and 2/n keeps what there is (He et al. "
      "2015):");
  d.formula("std(h) = (√½)^(l − 1)  with  ReLU, Var(w) = 1/n");
  d.formula("std(h) = √2  with  ReLU, Var(w) = 2/n").code(code::kaiming).code(code::relu_gain);
  d.text("BN between the linear layer and the ReLU divides by the standard deviation that is there:");
  d.formula("std(x̂) = 1  with  BN, any Var(w)").code(code::inv_std);
}

void ten_layers(Document& d) {
  d.heading("Measured in ten layers");
  d.text(
      "Networks of the library, ten layers of n = 256, 1,000 normal samples, and the standard deviation of "
      "what enters each layer's activation (of what it gives, if there is none). Derived, and in the next "
      "matrix measured:");
  const double root = std::sqrt(double(width));
  const std::vector<Scheme> schemes = {{"1", "linear 256", one, root, root},
                                       {"1/n", "linear 256", lecun, 1, 1},
                                       {"ReLU, 1/n", "linear 256, relu", lecun, 1, std::sqrt(0.5)},
                                       {"ReLU, 2/n", "linear 256, relu", kaiming, std::sqrt(2), 1},
                                       {"BN, ReLU, 1", "linear 256, bn, relu", one, 1, 1}};
  Numbers derived{.name = "std, derived, by Var(w)",
                  .decimals = 3,
                  .colour = ColourBy::column,
                  .significant = true,
                  .height = depth,
                  .width = schemes.size()};
  for (int l = 1; l <= depth; ++l) derived.rows.push_back("layer " + std::to_string(l));
  for (const Scheme& s : schemes) derived.columns.push_back(s.name);
  Numbers found = derived;
  found.name = "std, measured, by Var(w)";
  derived.values.resize(derived.height * derived.width);
  found.values = derived.values;
  for (std::size_t j = 0; j < schemes.size(); ++j) {
    const std::vector<double> std = deviations(schemes[j].layer, depth, width, schemes[j].init);
    for (std::size_t l = 0; l < std.size(); ++l) {
      derived.values[l * derived.width + j] = schemes[j].first * std::pow(schemes[j].factor, double(l));
      found.values[l * derived.width + j] = std[l];
    }
  }
  d.numbers({derived, found}).code(code::draw);
  d.text(
      "Derived values are expectations over the weights; one draw of them is measured, and with ReLU its "
      "error is handed on from layer to layer. A gradient on its way back is multiplied by Wᵀ in the same "
      "way, so it explodes or vanishes with the values. `norma reproduce init` trains networks from such "
      "weights, with and without BN.");
}

}  // namespace

Document init_lesson() {
  Document d("Initial weights: why std(h) = √n",
             "With weights of variance 1 a layer multiplies the spread by √n. Weights of variance 1/n keep "
             "it; a ReLU halves the mean square, which 2/n makes good; BN puts the spread right whatever the "
             "weights.");
  one_layer(d);
  many_layers(d);
  ten_layers(d);
  return d;
}

}  // namespace norma
