// The one normalization: which elements share a mean, painted by the library's own walk over a view.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/normalize_parts.h"
#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"

namespace norma {
namespace {

constexpr Index N = 2, C = 4, S = 3, G = 2;

// y = β with βₖ = k: every element says its own kept index.
std::vector<int> kept_indices(const View& view) {
  Tensor k({view.kept});
  for (Index i = 0; i < k.size(); ++i) k[i] = static_cast<real>(i);
  const Tensor y = scale_shift(Tensor::zeros({N, C, S}), view, {}, k);
  std::vector<int> result;
  for (real v : y.values()) result.push_back(static_cast<int>(v));
  return result;
}

// Which elements share statistics in a layer, found without knowing its view: two do if the gradient of one's
// y reaches the other's x. Numbered by their first element.
std::vector<int> coupled_elements(Module& layer) {
  Tensor x({N, C, S});
  Rng rng(1);
  for (real& v : x.values()) v = static_cast<real>(rng.normal());
  x.set_requires_grad(true);
  std::vector<int> result(x.size(), -1);
  int groups = 0;
  for (Index i = 0; i < x.size(); ++i) {
    if (result[i] >= 0) continue;
    Tensor seed = Tensor::zeros(x.shape());
    seed[i] = 1;
    x.zero_grad();
    layer(x).backward(seed);
    for (Index j = 0; j < x.size(); ++j) {
      if (x.grad_data()[j] != 0) result[j] = groups;
    }
    ++groups;
  }
  return result;
}

// x (N, C, S): one panel per sample, row per channel, column per position.
Grid samples(const std::string& caption, const std::vector<int>& shares) {
  Grid g{.caption = caption, .panels = {}};
  for (Index c = 0; c < C; ++c) g.rows.push_back("c=" + std::to_string(c));
  for (Index n = 0; n < N; ++n) {
    const auto first = shares.begin() + n * C * S;
    g.panels.push_back({"n=" + std::to_string(n), S, std::vector<int>(first, first + C * S)});
  }
  return g;
}

std::string words(const View& v) {
  return "(" + std::to_string(v.outer) + ", " + std::to_string(v.kept) + ", " + std::to_string(v.inner) + ")";
}

void the_view(Document& d) {
  d.heading("The view");
  d.text(
      "A tensor lies in memory as one row of numbers. Cut it into `outer` parts, each of these into `kept`, "
      "each of these into `inner`: element (o, k, i) belongs to k. μₖ and σₖ² are taken over all o and i. "
      "`at` is an element's place in that row.");
  d.formula("x̂ = (x − μₖ)/√(σₖ² + ε)").code(code::y);
  d.formula("k = ⌊at/inner⌋ mod kept").code(code::kept);
  d.text(
      "Below, x is (N, C, S) = (2, 4, 3): two samples n, four channels c (rows), three positions s "
      "(columns). Same colour and letter: same k, same mean. The letters come from the library: "
      "`scale_shift` of zeros with βₖ = k, over the layer's view.");
}

void four_layers(Document& d) {
  struct Case {
    std::string name, formula, why;
    Module& layer;
    View view;
    CodeLine code;
  };
  BatchNorm1d batch(C);
  LayerNorm layer({C, S});
  InstanceNorm1d instance(C);
  GroupNorm group(G, C);
  const std::vector<Case> cases = {
      {"BatchNorm", "(N, C, S)",
       "A channel over all samples and positions: the only one of the four that looks at other samples.",
       batch, channel_view(Tensor({N, C, S})), code::channel_view},
      {"LayerNorm", "(1, N, C·S)", "A sample by itself, all of it.", layer, {1, N, C * S}, code::layer_view},
      {"InstanceNorm",
       "(1, N·C, S)",
       "A sample's channel by itself.",
       instance,
       {1, N * C, S},
       code::instance_view},
      {"GroupNorm, G = 2",
       "(1, N·G, C/G·S)",
       "A sample's group of neighbouring channels: between the two before. G = 1 is LayerNorm, G = C is "
       "InstanceNorm.",
       group,
       {1, N * G, C / G * S},
       code::group_view}};
  Rows summary{{"layer", "view", "=", "means", "m", "gradient agrees"}, {}};
  for (const Case& c : cases) {
    const std::vector<int> shares = kept_indices(c.view);
    d.heading(c.name + ": " + c.formula + " = " + words(c.view));
    d.text(c.why).code(c.code);
    d.grid(samples("", shares));
    d.grid({.caption = "In memory:", .panels = {{"", shares.size(), shares}}});
    summary.rows.push_back({c.name, c.formula, words(c.view), std::to_string(c.view.kept),
                            std::to_string(c.view.count()),
                            coupled_elements(c.layer) == shares ? "yes" : "NO"});
  }
  d.heading("Is that what the layers do?");
  d.text(
      "m elements share each mean. The last column asks the layers themselves, without their view: where "
      "elements share a mean, and only there, the gradient of one's y reaches the other's x.");
  d.table(summary);
}

void affine_views(Document& d) {
  d.heading("γ and β have their own view");
  d.text(
      "One γ and β per channel, in BatchNorm, InstanceNorm and GroupNorm alike; one per element in "
      "LayerNorm, whose affine view is (N, D, 1) with D = C·S = 12.");
  d.grid(samples("BatchNorm, InstanceNorm, GroupNorm: (N, C, S) = (2, 4, 3)",
                 kept_indices(channel_view(Tensor({N, C, S})))));
  d.grid(samples("LayerNorm: (N, D, 1) = (2, 12, 1)", kept_indices({N, C * S, 1})));
}

}  // namespace

Document view_lesson() {
  Document d("One normalization, four layers",
             "BatchNorm, LayerNorm, InstanceNorm and GroupNorm are one function with another view of the "
             "same memory: (outer, kept, inner). Elements with one kept index share a mean and a variance.");
  the_view(d);
  four_layers(d);
  affine_views(d);
  return d;
}

}  // namespace norma
