#include "layers/network/words.h"

#include "core/suggest.h"
#include "core/text.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/conv.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "layers/linear.h"
#include "layers/lrn.h"
#include "layers/pooling.h"
#include "layers/spectral_norm.h"
#include "layers/standardize.h"
#include "layers/weight_norm.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Made = std::unique_ptr<Module>;

// The layer for as many spatial dimensions as there are.
template <template <int> class LayerNd, class... Arguments>
Made make_for(const Site& at, const Arguments&... arguments) {
  if (at.spatial() == 1) return std::make_unique<LayerNd<1>>(arguments...);
  if (at.spatial() == 2) return std::make_unique<LayerNd<2>>(arguments...);
  if (at.spatial() == 3) return std::make_unique<LayerNd<3>>(arguments...);
  fail(at.layer.word, ": expected (C, L), (C, H, W) or (C, D, H, W)");
}

Made linear(const Site& at) {
  check(at.spatial() == 0, "expected (N, D); put flatten before it");
  return std::make_unique<Linear>(at.channels(), at.layer.whole(0), at.bias);
}

Made conv(const Site& at) {
  const Index kernel = at.layer.whole(1), dilation = at.setting("dilation", 1);
  const ConvOptions options{.stride = at.setting("stride", 1),
                            .padding = at.setting("pad", dilation * (kernel - 1) / 2),
                            .dilation = dilation,
                            .groups = at.setting("groups", 1),
                            .bias = at.bias};
  return make_for<ConvNd>(at, at.channels(), at.layer.whole(0), kernel, options);
}

Made batch_norm(const Site& at) {
  if (at.spatial() == 0) return std::make_unique<BatchNorm1d>(at.channels(), at.batch_norm());
  return make_for<BatchNormNd>(at, at.channels(), at.batch_norm());
}

Made batch_renorm(const Site& at) {
  const std::optional<double> momentum = at.batch_norm().momentum;
  check(momentum.has_value(), "has no cumulative average; expected a momentum above 0");
  BatchRenormOptions options = at.options.renorm;
  options.eps = at.eps();
  options.momentum = *momentum;
  return std::make_unique<BatchRenorm>(at.channels(), options);
}

Made instance_norm(const Site& at) {
  return make_for<InstanceNormNd>(at, at.channels(), InstanceNormOptions{.eps = at.eps(), .affine = true});
}

Made local_response_norm(const Site& at) {
  const LayerWord& l = at.layer;
  return std::make_unique<LocalResponseNorm>(
      static_cast<Index>(l.number(0, 5)),
      LocalResponseNormOptions{l.get("alpha", 1e-4), l.get("beta", 0.75), l.get("k", 1)});
}

template <class Options, template <int> class PoolNd>
Made pool(const Site& at) {
  const Index kernel = at.layer.whole(0);
  Options options;
  options.stride = at.setting("stride", kernel);
  options.padding = at.setting("pad", 0);
  options.ceil_mode = at.setting("ceil", 0) > 0;
  return make_for<PoolNd>(at, kernel, options);
}

Made global_pool(const Site& at) { return make_for<AdaptiveAvgPoolNd>(at, 1); }

template <Spread spread>
Made spread_norm(const Site& at) {
  return std::make_unique<SpreadBatchNorm>(at.channels(), spread, at.batch_norm());
}

Made mean_only(const Site& at) { return std::make_unique<MeanOnlyBatchNorm>(at.channels(), at.batch_norm()); }

Made layer_norm(const Site& at) {
  return std::make_unique<LayerNorm>(at.shape, LayerNormOptions{.eps = at.eps()});
}

Made group_norm(const Site& at) {
  return std::make_unique<GroupNorm>(at.layer.whole(0), at.channels(), GroupNormOptions{.eps = at.eps()});
}

Made noise(const Site& at) {
  return std::make_unique<BatchNoise>(at.layer.get("layer", 0) > 0 ? NoiseScope::layer : NoiseScope::unit);
}

Made drop_out(const Site& at) { return std::make_unique<Dropout>(at.layer.number(0, 0.5)); }

Made standardize(const Site& at) {
  check(at.layer.position <= 1, "expected it first in the network: it is for the data");
  return std::make_unique<Standardize>(at.spatial() > 0 ? at.channels()
                                                        : std::max<Index>(1, at.options.channels));
}

Made flatten(const Site&) { return std::make_unique<Flatten>(); }

Made activation(const Site& at) {
  return std::make_unique<Activation>(at.layer.word, at.layer.number(0, 0.01));
}

void set_weight_norm(Weighted& before, const LayerWord&) { weight_norm(before); }

void set_spectral_norm(Weighted& before, const LayerWord& layer) {
  spectral_norm(before, {.n_power_iterations = static_cast<int>(layer.get("iterations", 1))});
}

std::vector<Word> make_words() {
  constexpr double many = 100'000;
  const Argument units{"units", {1, many}, true}, channels{"channels", {1, many}, true},
      kernel{"kernel", {1, 1000}, true}, size{"size", {1, many}, true}, stride{"stride", {1, 1000}, true},
      pad{"pad", {0, 1000}, true}, dilation{"dilation", {1, 1000}, true}, groups{"groups", {1, many}, true},
      eps{"eps", eps_range, false}, momentum{"momentum", momentum_range, false}, bias{"bias", {1, 1}, true},
      nobias{"nobias", {1, 1}, true}, slope{"slope", {-HUGE_VAL, HUGE_VAL}, false},
      alpha{"alpha", {0, HUGE_VAL}, false}, beta{"beta", {0, 100}, false}, k{"k", {0, HUGE_VAL}, false},
      iterations{"iterations", {1, 1000}, true}, layer{"layer", {1, 1}, true}, ceil{"ceil", {1, 1}, true},
      probability{"probability", dropout_range, false};
  const WordTraits none, activates{.activation = true}, flattens{.makes_flat = true},
      of_data{.of_data = true}, weighted{.weighted = true}, dense{.weighted = true, .makes_flat = true},
      norm{.norm = true}, of_weight{.norm = true, .of_weight = true},
      of_batch{.norm = true, .centers_channels = true, .over = Over::batch},
      of_sample{.norm = true, .over = Over::sample}, of_groups{.norm = true, .over = Over::group},
      of_channel{.norm = true, .centers_channels = true, .over = Over::channel};
  const std::vector<const char*> gradient = {"norm-gradient"},
                                 renorm = {"renorm-r-max", "renorm-d-max", "renorm-warmup"};
  const std::vector<Argument> running = {eps, momentum};
  std::vector<Word> table = {
      {"linear", {units}, 1, {bias, nobias}, dense, linear},
      {"conv", {channels, kernel}, 2, {stride, pad, dilation, groups, bias, nobias}, weighted, conv},
      {"norm", {}, 0, {}, norm},
      {"bn", {}, 0, running, of_batch, batch_norm, gradient},
      {"brn", {}, 0, running, of_batch, batch_renorm, renorm},
      {"l1bn", {}, 0, running, of_batch, spread_norm<Spread::l1>, gradient},
      {"linfbn", {}, 0, running, of_batch, spread_norm<Spread::linf>, gradient},
      {"meanbn", {}, 0, {momentum}, of_batch, mean_only, gradient},
      {"ln", {}, 0, {eps}, of_sample, layer_norm},
      {"gn", {groups}, 1, {eps}, of_groups, group_norm},
      {"in", {}, 0, {eps}, of_channel, instance_norm},
      {"lrn", {size}, 0, {alpha, beta, k}, norm, local_response_norm},
      {"wn", {}, 0, {}, of_weight, nullptr, {"data-init"}, set_weight_norm},
      {"sn", {}, 0, {iterations}, of_weight, nullptr, {}, set_spectral_norm},
      {"noise", {}, 0, {layer}, none, noise},
      {"standardize", {}, 0, {}, of_data, standardize},
      {"dropout", {probability}, 1, {}, none, drop_out},
      {"pool", {kernel}, 1, {stride, pad, ceil}, none, pool<MaxPoolOptions, MaxPoolNd>},
      {"avgpool", {kernel}, 1, {stride, pad}, none, pool<AvgPoolOptions, AvgPoolNd>},
      {"globalpool", {}, 0, {}, flattens, global_pool},
      {"flatten", {}, 0, {}, flattens, flatten},
      {"residual", {}, 0, {}},
  };
  for (const ActivationRow& row : activations()) {
    std::vector<Argument> numbers;
    if (row.slope) numbers = {slope};
    table.push_back({row.name, numbers, 0, {}, activates, activation});
  }
  return table;
}

}  // namespace

std::string Range::words() const {
  const bool from = std::isfinite(least), to = std::isfinite(most);
  const std::string low = number_text(least), high = number_text(most);
  if (from && to && !above && !below) return " from " + low + " to " + high;
  std::string text;
  if (from) text = (above ? " above " : " of at least ") + low + (to ? " and" : "");
  if (to) text += (below ? " below " : from ? " at most " : " of at most ") + high;
  return text;
}

std::string number_text(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value))
    return std::to_string(static_cast<long long>(value));  // not 1e+05
  return shortest_decimal(value);
}

double LayerWord::get(const std::string& setting, double otherwise) const {
  for (const Setting& s : settings) {
    if (s.name == setting) return s.value;
  }
  return otherwise;
}

double LayerWord::number(std::size_t i, double otherwise) const {
  return i < numbers.size() ? numbers[i] : otherwise;
}

Index LayerWord::whole(std::size_t i) const {
  check(i < numbers.size(), "expected ", i + 1, " or more numbers, got ", numbers.size());
  return static_cast<Index>(numbers[i]);
}

BatchNormOptions Site::batch_norm() const {
  const double momentum = layer.get("momentum", options.momentum.value_or(0));
  return {.eps = eps(),
          .momentum = momentum == 0 ? std::nullopt : std::optional(momentum),
          .statistics_gradient = options.statistics_gradient};
}

const std::vector<Word>& words() {
  static const std::vector<Word> table = make_words();
  return table;
}

const Word* find_word(const std::string& name) {
  for (const Word& w : words()) {
    if (name == w.name) return &w;
  }
  return nullptr;
}

WordTraits traits(const std::string& word) {
  const Word* known = find_word(word);
  return known ? known->is : WordTraits();
}

const std::vector<NormRow>& normalizers() {
  static const std::vector<NormRow> table = {
      {"none", "", ""},
      {"batch", "bn", "bn", "batch norm"},
      {"layer", "ln", "gn 1"},  // on convolutions one group: one γ and β per channel (Wu & He 2018, §3.1)
      {"group:G", "gn G", "gn G"},
      {"instance", "", "in"},
      {"batch-renorm", "brn", "brn"},
      {"l1", "l1bn", "l1bn"},
      {"linf", "linfbn", "linfbn"},
      {"lrn", "lrn", "lrn"},
      {"weight", "wn", "wn"},
      {"weight+mean-only", "wn, meanbn", "wn, meanbn"},
      {"spectral", "sn", "sn"},
  };
  return table;
}

namespace {

// The word of a normalizer's layer: of "group:G" gn.
std::string layer_word(const NormRow& row) {
  const std::string words = *row.flat ? row.flat : row.spatial;
  return words.substr(0, words.find(' '));
}

}  // namespace

std::string layer_of_norm(const std::string& name) {
  for (const NormRow& row : normalizers()) {
    const std::string known = row.name;
    if (name == known.substr(0, known.find(':')) && *row.spatial) return layer_word(row);
  }
  return name;
}

const NormRow& find_norm(const std::string& name) {
  const std::string kind = name.substr(0, name.find(':') + 1), number = name.substr(kind.size());
  for (const NormRow& row : normalizers()) {
    if (kind.empty() || kind + 'G' != row.name) continue;
    check(!number.empty() && number.size() < 6 && number.find_first_not_of("0123456789") == number.npos &&
              number[0] != '0',
          "norm: expected ", row.name, " with a number of groups G, such as ", kind, "4, got '", name, "'");
    return row;
  }
  for (const NormRow& row : normalizers()) {
    if (!name.empty() && name == layer_word(row) && name != row.name)
      fail("norm: expected a normalizer, got '", name, "', a word of --layers; did you mean '", row.name,
           "'?");
  }
  return find_named(normalizers(), name, "norm");
}

std::string norm_words(const std::string& norm, bool flat) {
  const NormRow& row = find_norm(norm);
  std::string text = flat ? row.flat : row.spatial;
  if (const std::size_t at = text.find('G'); at != text.npos)
    text.replace(at, 1, norm.substr(norm.find(':') + 1));
  return text;
}

}}  // namespace norma
