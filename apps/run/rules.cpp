// What goes with what: the network that a configuration means, and which options have an effect on it.
#include <algorithm>

#include "apps/run/options.h"
#include "core/suggest.h"
#include "data/load.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
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

// Whether a word of a sentence takes an option of the command line for itself.
bool takes_option(const std::string& word, const std::string& option) {
  const Word* row = find_word(word);
  return row && std::find(row->options.begin(), row->options.end(), option) != row->options.end();
}

// For messages: what brought the normalizer in.
std::string norm_name(const RunConfig& c) { return normalizes(c) ? "--norm " + c.norm : "--layers"; }

bool standardizes(const Sentence& sentence) { return traits(sentence.front().word).of_data; }

// Without bn; the layer before each, which takes over its shift, has a bias whatever it or what follows now
// says.
void erase_batch_norm(Sentence& sentence) {
  for (std::size_t i = 0; i < sentence.size();) {
    if (sentence[i].word != "bn") {
      erase_batch_norm(sentence[i].main);
      erase_batch_norm(sentence[i].shortcut);
      ++i;
      continue;
    }
    sentence.erase(sentence.begin() + i);
    if (i == 0) continue;
    auto& settings = sentence[i - 1].settings;
    std::erase_if(settings,
                  [](const LayerWord::Setting& s) { return s.name == "nobias" || s.name == "bias"; });
    if (i == sentence.size() || traits(sentence[i].word).centers_channels) settings.push_back({"bias"});
  }
}

// The rows of a table that take an option, "--schedule step", and whether the chosen row is one, or all may
// take it.
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

template <class Predicate>
std::string model_with(const Predicate& is) {
  std::vector<std::string> names;
  for (const PresetRow& row : presets())
    if (is(row)) names.push_back(row.name);
  return "--model " + one_of(names);
}

}  // namespace

std::string activation_of(const RunConfig& c) {
  const bool given = c.activation != RunConfig().activation;
  return given ? c.activation : find_named(presets(), c.model, "--model").activation;
}

bool normalizes(const RunConfig& c) { return c.norm != normalizers().front().name; }

Sentence network(const RunConfig& c, Index classes) {
  if (c.layers.empty() && c.hidden.empty() && row_need("hidden", "--model", presets(), c.model).met)
    check(!normalizes(c), "--norm ", c.norm, ": no layer to normalize with --hidden none");
  const NormPosition position = find_named(norm_positions(), c.norm_position, "--norm-position").value;
  Sentence sentence = parse_layers(
      c.layers.empty()
          ? preset_layers({c.model, c.hidden, c.activation, position, c.dropout, classes, c.width, c.depth})
          : c.layers);
  if (c.standardize && !standardizes(sentence)) {
    const Sentence first = parse_layers("standardize");
    sentence.insert(sentence.begin(), first.begin(), first.end());
  }
  try {
    return substitute_norm(sentence, c.norm, c.norm_noise);
  } catch (const Error& e) {
    fail("--", e.what());
  }
}

RunConfig without_batch_norm(RunConfig c) {
  if (!c.layers.empty()) {
    Sentence sentence = network(c);
    erase_batch_norm(sentence);
    c.layers = to_text(sentence);
  }
  c.norm = normalizers().front().name;
  return c;
}

const std::vector<Named<Frozen>>& norm_freezes() {
  static const std::vector<Named<Frozen>> table = {{"none", {false, false}},
                                                   {"statistics", {true, false}},
                                                   {"affine", {false, true}},
                                                   {"both", {true, true}}};
  return table;
}

Frozen frozen(const RunConfig& c) { return find_named(norm_freezes(), c.norm_freeze, "--norm-freeze").value; }

bool uses_batch_statistics(const RunConfig& c) {
  if (frozen(c).statistics) return false;
  return has_layer(network(c), [](const std::string& word) { return traits(word).batch_statistics(); });
}

std::string missing_requirement(const RunConfig& c, const std::string& name) {
  const bool ready = c.layers.empty();
  const RowNeed optimizer = row_need(name, "--optimizer", optimizers(), c.optimizer),
                schedule = row_need(name, "--schedule", schedules(), c.schedule),
                model = row_need(name, "--model", presets(), c.model);
  Sentence net;
  try {
    net = network(c);
  } catch (const Error&) {  // validate() says what is wrong
  }
  const bool word_takes = has_layer(net, [&](const std::string& word) { return takes_option(word, name); });
  const bool place =
      ready || has_layer(parse_layers(c.layers), [](const std::string& w) { return w == "norm"; });
  const bool averages = has_layer(net, [](const std::string& w) { return traits(w).batch_statistics(); });
  const bool has_eps = has_layer(net, [](const std::string& w) { return takes(w, "eps"); });
  const bool of_weight = has_layer(net, [](const std::string& w) { return traits(w).of_weight; });
  const bool own_mean = has_layer(net, [](const std::string& w) { return traits(w).over == Over::channel; });
  const PresetRow& preset = find_named(presets(), c.model, "--model");
  const bool no_hidden = ready && c.hidden.empty() && row_need("hidden", "--model", presets(), c.model).met;
  const bool activation = *preset.activation != 0 && !no_hidden;
  const bool noise = c.norm_noise != norm_noises().front().name;
  const bool pictures = !c.data.empty() && !find_data_set(c.data);
  const char *const one_with = "a normalizer that ", *const folder = "--data FOLDER, of pictures";
  const struct {
    const char* option;
    bool met;
    std::string need;
  } needs[] = {
      {"colour", pictures, folder},
      {"resize", pictures, folder},
      {"split", pictures, folder},
      {"standardize", ready || !standardizes(parse_layers(c.layers)), "no standardize in --layers"},
      {"split-seed", pictures && c.split > 0, "--split"},
      {"model", ready, "no --layers"},
      {"hidden", ready, model.need},
      {"width", ready, model.need},
      {"depth", ready, model.need},
      {"activation", ready && activation,
       no_hidden ? "a hidden layer" : model_with([](const PresetRow& row) { return *row.activation != 0; })},
      {"dropout", ready && !no_hidden,
       ready ? "a hidden layer" : "a ready-made --model; in --layers it is a word"},
      {"norm", place, "the word norm in --layers"},
      {"norm-position", ready && activation && (normalizes(c) ? !of_weight : noise),
       !ready           ? "a ready-made --model"
       : no_hidden      ? "a hidden layer"
       : !activation    ? "activations, which " + c.model + " has none of"
       : !normalizes(c) ? "--norm, such as --norm batch"
                        : "a --norm of outputs, such as batch: a weight is normalized in its layer"},
      {"norm-eps", has_eps, std::string(one_with) + "has one, such as --norm batch"},
      {"norm-momentum", averages, std::string(one_with) + "keeps running statistics, such as --norm batch"},
      {"norm-gradient", word_takes, "--norm batch, l1 or linf"},
      {"norm-noise", place && !no_hidden, no_hidden ? "a hidden layer" : "the word norm in --layers"},
      {"norm-freeze", averages || (own_mean && frozen(c).affine && !frozen(c).statistics),
       std::string(one_with) + "keeps running statistics, such as --norm batch (affine: or instance)"},
      {"renorm-r-max", word_takes, "--norm batch-renorm"},
      {"renorm-d-max", word_takes, "--norm batch-renorm"},
      {"renorm-warmup", word_takes, "--norm batch-renorm"},
      {"data-init", word_takes && c.init_from.empty(), "--norm weight, and no --init-from"},
      {"precise", averages, std::string(one_with) + "keeps running statistics, such as --norm batch"},
      {"init", c.init_from.empty(), "weights that are drawn, not --init-from"},
      {"init-scale", c.init_from.empty(), "weights that are drawn, not --init-from"},
      {"momentum", optimizer.met, optimizer.need + ", not " + c.optimizer},
      {"dampening", optimizer.met && c.momentum > 0, optimizer.need + " with --momentum above 0"},
      {"nesterov", optimizer.met && c.momentum > 0, optimizer.need + " with --momentum above 0"},
      {"norm-group", averages && c.accumulate > 1,
       "--accumulate above 1 and " + std::string(one_with) +
           "keeps running statistics, such as --norm batch"},
      {"early-stop", c.validation > 0, "--validation, such as --validation 0.1"},
      {"decay-all", c.weight_decay > 0, "--weight-decay above 0"},
      {"spectral-penalty", !of_weight, "plain weights, no --norm weight or spectral"}};
  for (const auto& n : needs) {
    if (name == n.option && !n.met) return n.need;
  }
  return !optimizer.met ? optimizer.need : !schedule.met ? schedule.need : !model.met ? model.need : "";
}

void reset_unused(RunConfig& c) {
  const RunConfig usual;
  for (const Option& o : run_options()) {
    if (o.get(c) != o.get(usual) && !missing_requirement(c, o.name).empty()) o.set(c, o.get(usual));
  }
}

Index least_batch(const RunConfig& c) {
  return std::max(c.accumulate, uses_batch_statistics(c)
                                    ? 2 * c.accumulate / std::min(c.accumulate, parts_in_group(c))
                                    : 1);
}

namespace {

void check_parts(const RunConfig& c) {
  if (c.accumulate == 1) return;
  const Index group = parts_in_group(c), least = least_batch(c);
  check(c.accumulate <= c.batch_size, "--accumulate: expected at most ", c.batch_size,
        " parts, one sample each, got ", c.accumulate);
  check(c.accumulate % group == 0, "--norm-group: expected all, local or a number that divides ",
        c.accumulate, ", the parts, got ", c.norm_group);
  check(c.batch_size >= least, "--batch-size: expected at least ", least, " with ", c.accumulate / group,
        " groups of parts, two samples for the statistics of each, got ", c.batch_size);
}

}  // namespace

void validate(const RunConfig& c) {
  RunConfig copy;  // each value is one that its option takes, however it came here
  for (const Option& o : run_options()) o.set(copy, o.get(c));
  const Sentence net = network(c);
  for_each_layer(net, takes_flat_input(net), [&](const LayerWord& layer, bool flat_here) {
    check(!takes_option(layer.word, "renorm-warmup") || layer.get("momentum", c.norm_momentum) > 0 ||
              c.norm_momentum > 0,
          "--norm-momentum: expected more than 0 with ", norm_name(c),
          ", which has no cumulative average, got 0");
    if (!flat_here || !traits(layer.word).batch_statistics() || frozen(c).statistics) return;
    check(c.batch_size >= 2, "--batch-size: expected at least 2 with ", norm_name(c),
          ", got 1: in training the variance of one sample is 0; use --norm none for batches of 1");
    check(c.train_size != 1, "--train-size: expected at least 2 with ", norm_name(c), ", got 1");
  });
  check_parts(c);
  check(c.precise == 0 || !frozen(c).statistics, "--precise: ", c.precise,
        " would replace the statistics that --norm-freeze ", c.norm_freeze, " keeps");
  check(!c.nesterov || c.dampening == 0, "--nesterov: expected no --dampening, got ", c.dampening);
}

}}  // namespace norma
