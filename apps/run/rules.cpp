// What goes with what: the network that a configuration means, and which options have an effect on it.
#include <algorithm>

#include "apps/run/options.h"
#include "core/suggest.h"
#include "layers/network/model.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

template <class Predicate>
bool has_layer(const Sentence& sentence, const Predicate& is) {
  bool found = false;
  for_each_layer(sentence, false, [&](const LayerWord& layer, bool) { found = found || is(layer.word); });
  return found;
}

// For messages: what brought the normalizer in.
std::string norm_name(const RunConfig& c) { return c.norm != "none" ? "--norm " + c.norm : "--layers"; }

}  // namespace

Sentence network(const RunConfig& c, Index classes) {
  if (c.layers.empty() && c.hidden.empty() && (c.model == "mlp" || c.model == "dln"))
    check(c.norm == "none", "--norm ", c.norm, ": no layer to normalize with --hidden none");
  const NormPosition position = chosen<NormPosition>(
      "--norm-position", c.norm_position, {{"before", NormPosition::before}, {"after", NormPosition::after}});
  Sentence sentence = parse_layers(
      c.layers.empty() ? preset_layers({c.model, c.hidden, c.activation, position, c.dropout, classes})
                       : c.layers);
  try {
    return substitute_norm(sentence, c.norm, c.norm_noise);
  } catch (const Error& e) {
    fail("--", e.what());
  }
}

namespace {

// Without bn; the layer before each, which takes over its shift, has a bias whatever it or what follows now says.
void erase_batch_norm(Sentence& sentence) {
  for (std::size_t i = 0; i < sentence.size();) {
    if (sentence[i].word != "bn") {
      erase_batch_norm(sentence[i].main);
      erase_batch_norm(sentence[i].shortcut);
      ++i;
      continue;
    }
    sentence.erase(sentence.begin() + static_cast<std::ptrdiff_t>(i));
    if (i == 0) continue;
    auto& settings = sentence[i - 1].settings;
    std::erase_if(settings,
                  [](const LayerWord::Setting& s) { return s.name == "nobias" || s.name == "bias"; });
    if (i == sentence.size() || traits(sentence[i].word).centers_channels) settings.push_back({"bias"});
  }
}

}  // namespace

RunConfig without_batch_norm(RunConfig c) {
  if (!c.layers.empty()) {
    Sentence sentence = network(c);
    erase_batch_norm(sentence);
    c.layers = to_text(sentence);
  }
  c.norm = "none";
  return c;
}

Frozen frozen(const RunConfig& c) {
  return chosen<Frozen>("--norm-freeze", c.norm_freeze,
                        {{"none", {false, false}},
                         {"statistics", {true, false}},
                         {"affine", {false, true}},
                         {"both", {true, true}}});
}

bool uses_batch_statistics(const RunConfig& c) {
  if (frozen(c).statistics) return false;
  return has_layer(network(c), [](const std::string& word) { return traits(word).batch_statistics; });
}

namespace {

// The rows of a table that take an option, "--schedule step", and whether the chosen row is one, or all may take it.
struct RowNeed {
  bool met;
  std::string need;
};
template <class Table>
RowNeed row_need(const std::string& option, const std::string& table_option, const Table& table,
                 const std::string& chosen) {
  std::vector<std::string> takers;
  for (const auto& row : table)
    if (std::find(row.options.begin(), row.options.end(), option) != row.options.end())
      takers.push_back(row.name);
  const bool met = takers.empty() || std::find(takers.begin(), takers.end(), chosen) != takers.end();
  return {met, table_option + ' ' + one_of(takers)};
}

}  // namespace

std::string missing_requirement(const RunConfig& c, const std::string& name) {
  const bool ready = c.layers.empty();
  const RowNeed optimizer = row_need(name, "--optimizer", optimizers(), c.optimizer),
                schedule = row_need(name, "--schedule", schedules(), c.schedule);
  Sentence net;
  try {
    net = network(c);
  } catch (const Error&) {  // validate() says what is wrong
  }
  auto has = [&](std::initializer_list<const char*> words) {
    return has_layer(net, [&](const std::string& word) {
      return std::find(words.begin(), words.end(), word) != words.end();
    });
  };
  const bool place =
      ready || has_layer(parse_layers(c.layers), [](const std::string& w) { return w == "norm"; });
  const bool averages = has_layer(net, [](const std::string& w) { return traits(w).batch_statistics; });
  const bool has_eps = has_layer(net, [](const std::string& w) { return takes(w, "eps"); });
  const bool layer_norm = c.norm != "none" && c.norm.rfind("weight", 0) != 0 && c.norm != "spectral";
  const char* const one_with = "a normalizer that ";
  const struct {
    const char* option;
    bool met;
    std::string need;
  } needs[] = {
      {"model", ready, "no --layers"},
      {"hidden", ready && (c.model == "mlp" || c.model == "dln"), "--model mlp or dln"},
      {"activation", ready && c.model != "dln", "--model mlp, cnn, lenet or resnet"},
      {"dropout", ready, "a ready-made --model; in --layers it is a word"},
      {"norm", place, "the word norm in --layers"},
      {"norm-position",
       ready && c.model != "dln" && (layer_norm || (c.norm == "none" && c.norm_noise != "none")),
       !ready             ? "a ready-made --model"
       : c.model == "dln" ? "activations, which dln has none of"
       : c.norm == "none" ? "--norm, such as --norm batch"
                          : "a --norm of outputs, such as batch: a weight is normalized in its layer"},
      {"norm-eps", has_eps, std::string(one_with) + "has one, such as --norm batch"},
      {"norm-momentum", averages, std::string(one_with) + "keeps running statistics, such as --norm batch"},
      {"norm-gradient", has({"bn", "l1bn", "linfbn", "meanbn"}), "--norm batch, l1 or linf"},
      {"norm-noise", place, "the word norm in --layers"},
      {"norm-freeze", averages || (has({"in"}) && c.norm_freeze == "affine"),
       std::string(one_with) + "keeps running statistics, such as --norm batch (affine: or instance)"},
      {"renorm-r-max", has({"brn"}), "--norm batch-renorm"},
      {"renorm-d-max", has({"brn"}), "--norm batch-renorm"},
      {"renorm-warmup", has({"brn"}), "--norm batch-renorm"},
      {"data-init", has({"wn"}) && c.init_from.empty(), "--norm weight, and no --init-from"},
      {"precise", averages, std::string(one_with) + "keeps running statistics, such as --norm batch"},
      {"init", c.init_from.empty(), "weights that are drawn, not --init-from"},
      {"init-scale", c.init_from.empty(), "weights that are drawn, not --init-from"},
      {"momentum", optimizer.met, optimizer.need + ", not " + c.optimizer},
      {"dampening", optimizer.met && c.momentum > 0, optimizer.need + " with --momentum above 0"},
      {"nesterov", optimizer.met && c.momentum > 0, optimizer.need + " with --momentum above 0"},
      {"decay-all", c.weight_decay > 0, "--weight-decay above 0"},
      {"spectral-penalty", !has({"wn", "sn"}), "plain weights, no --norm weight or spectral"}};
  for (const auto& n : needs) {
    if (name == n.option && !n.met) return n.need;
  }
  return !optimizer.met ? optimizer.need : !schedule.met ? schedule.need : "";
}

void reset_unused(RunConfig& c) {
  const RunConfig usual;
  for (const Option& o : run_options()) {
    if (!missing_requirement(c, o.name).empty()) o.set(c, o.get(usual));
  }
}

void validate(const RunConfig& c) {
  RunConfig copy;  // each value is one that its option takes, however it came here
  for (const Option& o : run_options()) o.set(copy, o.get(c));
  const Sentence net = network(c);
  for_each_layer(net, takes_flat_input(net), [&](const LayerWord& layer, bool flat_here) {
    if (!flat_here || !traits(layer.word).batch_statistics || !uses_batch_statistics(c)) return;
    check(c.batch_size >= 2, "--batch-size: 1 given with ", norm_name(c),
          "; in training the variance of one ", "sample is 0: give at least 2, or --norm none");
    check(c.train_size != 1, "--train-size: 1 given with ", norm_name(c), "; at least 2 samples are wanted");
  });
  check(c.norm != "batch-renorm" || c.norm_momentum > 0,
        "--norm-momentum: 0 given with --norm batch-renorm, which has no cumulative average; above 0 wanted");
  check(c.precise == 0 || !frozen(c).statistics, "--precise: ", c.precise,
        " given, which makes anew the statistics that --norm-freeze ", c.norm_freeze, " keeps");
  check(!c.nesterov || c.dampening == 0, "--nesterov: goes with no --dampening, ", c.dampening, " given");
}

}}  // namespace norma
