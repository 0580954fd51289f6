// A walk over every table of things that a user can name: each row is made, differentiated, exported, printed
// and documented, so that a place that was forgotten is a test that fails. What each thing computes, its own
// tests say.
#include <fstream>
#include <set>
#include <sstream>

#include "apps/run/onnx.h"
#include "apps/run/options.h"
#include "core/gradcheck.h"
#include "data/load.h"
#include "layers/activation.h"
#include "layers/network/build.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "optim/registry.h"
#include "optim/schedule.h"
#include "tests/support/errors.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_rows_test {

using namespace reference;
using Words = std::vector<std::string>;

// README and docs/ in one.
const std::string& documents() {
  static const std::string all = [] {
    std::ostringstream text;
    const std::filesystem::path root = NORMA_SOURCE_DIR;
    text << std::ifstream(root / "README.md").rdbuf();
    for (const auto& entry : std::filesystem::directory_iterator(root / "docs"))
      if (entry.path().extension() == ".md") text << std::ifstream(entry.path()).rdbuf();
    return text.str();
  }();
  return all;
}

// Whether `name` stands there as code, `name` or `name N`, or --option name.
bool documented(const std::string& name, const std::string& option = "no such option") {
  std::size_t at = std::string::npos;
  for (const std::string& text : {"`" + name, option + ' ' + name})
    while ((at = documents().find(text, at + 1)) != std::string::npos) {
      const char next = documents()[at + text.size()];
      if (!std::isalnum(next) && next != '_' && next != '-' && next != '+') return true;
    }
  return false;
}

// Whether the help of an option has the name, or its two halves: "kaiming_" and "normal".
bool helped(const std::string& name, const std::string& option) {
  const std::string& help = find_option(option).help;
  const std::size_t half = name.rfind('_') + 1;
  return help.find(name) != std::string::npos || (help.find(name.substr(0, half)) != std::string::npos &&
                                                  help.find(name.substr(half)) != std::string::npos);
}

void check_printed(const std::string& name) {
  CHECK_MESSAGE(documents().find(name) != std::string::npos, "neither README.md nor a page of docs/ names ",
                name);
}

// Every name once, each documented (settings of little weight in the help alone), and each a value that the
// option takes and that config.json gives back.
template <class Table>
void check_names(const Table& table, const std::string& option, bool in_documents = true) {
  std::set<std::string> seen;
  for (const auto& row : table) {
    INFO("--", option, " ", std::string(row.name));
    CHECK(seen.insert(row.name).second);
    CHECK_MESSAGE((!in_documents || documented(row.name, "--" + option)),
                  "neither README.md nor a page of docs/ has `", row.name, "` or --", option, ' ', row.name);
    CHECK_MESSAGE(helped(row.name, option), "the help of --", option, " does not name ", row.name);
    const std::string name = row.name,
                      value = name.ends_with(":G") ? name.substr(0, name.size() - 1) + '2' : name;
    RunConfig config, back;
    find_option(option).set(config, value);
    read_json(back, to_json(config), "config.json");
    CHECK(find_option(option).get(back) == value);
  }
}

// The options that only some rows take exist, and have no effect with a row that does not take them.
template <class Table>
void check_options(const Table& table, const std::string& option) {
  for (const auto& row : table)
    for (const char* taken : row.options)
      for (const auto& other : table) {
        INFO(std::string(taken), " with --", option, " ", std::string(other.name));
        RunConfig config;
        config.momentum = 0.9;
        find_option(option).set(config, other.name);
        const bool takes = std::count(other.options.begin(), other.options.end(), std::string(taken)) > 0;
        CHECK(missing_requirement(config, find_option(taken).name).empty() == takes);
      }
}

// The shortest line that has the word: its numbers 2 (0.5 of a probability), after a layer for it to work on.
std::string example(const Word& word) {
  std::string text = word.name;
  for (std::size_t i = 0; i < word.needed; ++i) text += word.numbers[i].range.most > 1 ? " 2" : " 0.5";
  if (text == "residual") text += "(conv 4 3, tanh)";
  return word.reparametrize                       ? "conv 4 3, " + text
         : word.is.weighted && word.is.makes_flat ? "flatten, " + text
                                                  : text;
}

TEST_CASE("rows: each word of the language is made, differentiated, exported, printed and documented") {
  const Shape sample = {4, 3, 3};
  for (const Word& word : words()) {
    const std::string text = example(word);
    INFO(text);
    CHECK(documented(word.name));
    for (const char* option : word.options) CHECK_NOTHROW(find_option(option));
    if (word.is.norm && !word.make && !word.reparametrize) continue;  // the place of one
    manual_seed(7);
    Sequential net = build(parse_layers(text), {.sample = sample});
    CHECK(net.children().back().module->describe().size() > 2);
    net.eval(Statistics::batch);
    std::vector<Tensor> inputs = {random_tensor({2, 4, 3, 3}, 5).set_requires_grad(true)};
    for (const Parameter& p : net.parameters()) inputs.push_back(p.tensor);
    const GradCheck found =
        check_gradients(inputs, [&](const std::vector<Tensor>& in) { return net(in[0]); });
    INFO(found.where);
    CHECK(found.elements >= 72);
    if (in_double) CHECK(found.worst < 1e-7);
    const Tensor y = net(inputs[0]);
    const OnnxGraph graph = onnx_graph(net, sample);
    CHECK(!graph.nodes.empty());
    CHECK(graph.output.size() == y.size() / 2);
  }
}

TEST_CASE("rows: each --norm is one of words, trained, printed and documented") {
  check_names(normalizers(), "norm");
  for (const NormRow& row : normalizers())
    for (const std::string words : {row.flat, row.spatial}) {
      INFO(std::string(row.name), ": ", words);
      std::string text = words;
      if (const auto at = text.find('G'); at != text.npos) text[at] = '2';
      if (text.empty()) continue;
      for (const LayerWord& word : parse_layers(text)) CHECK(traits(word.word).norm);
    }
}

TEST_CASE("rows: each ready-made model, noise, position and kind of freezing") {
  check_names(presets(), "model");
  check_names(norm_noises(), "norm-noise", /*in_documents=*/false);
  check_names(norm_positions(), "norm-position", /*in_documents=*/false);
  check_names(norm_freezes(), "norm-freeze", /*in_documents=*/false);
  for (const PresetRow& row : presets()) {
    RunConfig config;
    config.model = row.name;
    config.width = 2;
    INFO(std::string(row.name));
    CHECK_NOTHROW(
        build(network(config), {.sample = row.options == Words{"hidden"} ? Shape{784} : Shape{1, 28, 28}}));
    CHECK(activation_of(config) == row.activation);
    for (const char* option : {"hidden", "width", "depth"})
      CHECK(missing_requirement(config, option).empty() == (row.options == Words{option}));
    CHECK(missing_requirement(config, "activation").empty() == (*row.activation != 0));
  }
}

TEST_CASE("rows: each activation is a word, an option, a gain and an operator") {
  check_names(activations(), "activation", /*in_documents=*/false);
  for (const ActivationRow& row : activations()) {
    INFO(std::string(row.name));
    CHECK(traits(row.name).activation);
    CHECK(gain(row.name) >= 1);
    CHECK(Activation(row.name).describe().starts_with(row.printed));
  }
}

TEST_CASE("rows: each initialization draws weights of the deviation that it says") {
  check_names(initializations(), "init", /*in_documents=*/false);
  for (const Named<InitOptions>& row : initializations()) {
    INFO(std::string(row.name));
    Tensor weight = Tensor::zeros({100, 100});
    const InitOptions options{row.value.kind, row.value.distribution, 0.5};
    Rng rng(1);
    init_weight(weight, options, 2, rng);
    double squares = 0;
    for (real w : weight.values()) squares += double(w) * w;
    CHECK(std::sqrt(squares / 1e4) == doctest::Approx(init_std(weight.shape(), options, 2)).epsilon(0.03));
  }
}

TEST_CASE("rows: each optimizer learns, and goes on from its state as if it had not stopped") {
  check_names(optimizers(), "optimizer");
  check_options(optimizers(), "optimizer");
  for (const OptimizerRow& row : optimizers()) {
    INFO(std::string(row.name));
    check_printed(row.printed);
    const Tensor target = random_tensor({20}, 1);
    auto begin = [] { return std::vector<Parameter>{{"w", Tensor::zeros({20}).set_requires_grad(true)}}; };
    auto distance = [&](const std::vector<Parameter>& p) {
      double squares = 0;
      for (Index i = 0; i < 20; ++i) squares += std::pow(double(p[0].tensor[i]) - target[i], 2);
      return squares;
    };
    auto steps = [&](Optimizer& optimizer, const std::vector<Parameter>& p, int n) {
      for (int t = 0; t < n; ++t) {
        Tensor gradient = p[0].tensor.clone();
        for (Index i = 0; i < 20; ++i) gradient[i] -= target[i];
        set_gradient(p[0].tensor, gradient);
        optimizer.step();
      }
    };
    const OptimizerSettings settings{.lr = 0.05, .momentum = 0.5, .weight_decay = 1e-4};
    const auto once = begin(), again = begin();
    const auto first = row.make(settings, once);
    const double before = distance(once);
    steps(*first, once, 10);
    CHECK(distance(once) < 0.8 * before);
    for (Index i = 0; i < 20; ++i) again[0].tensor[i] = once[0].tensor[i];
    const auto second = row.make(settings, again);
    second->load(first->state_dict());
    steps(*first, once, 5);
    steps(*second, again, 5);
    for (Index i = 0; i < 20; ++i) CHECK(once[0].tensor[i] == again[0].tensor[i]);
  }
}

TEST_CASE("rows: each schedule gives a rate at every step, from the base rate to no more than it") {
  check_names(schedules(), "schedule");
  check_options(schedules(), "schedule");
  for (const ScheduleRow& row : schedules()) {
    INFO(std::string(row.name));
    const Schedule schedule{&row, 100, 30, 0.1, 0};
    CHECK(rate_at(schedule, 0.5, 0) == 0.5);
    for (Index t = 0; t < 100; ++t)
      CHECK((rate_at(schedule, 0.5, t) > 0 && rate_at(schedule, 0.5, t) <= 0.5));
  }
}

TEST_CASE("rows: each data set is there, or says where it was looked for") {
  check_names(data_sets(), "data");
  const std::filesystem::path nowhere = std::filesystem::path(NORMA_SOURCE_DIR) / "no" / "such" / "folder";
  for (const DataRow& row : data_sets()) {
    INFO(std::string(row.name));
    CHECK(find_data_set(row.name) == &row);
    check_printed(row.printed);
    if (!row.load(nowhere, {60, 20, 1}, /*needed=*/false)) {
      CHECK(error_of([&] { load_data(row.name, nowhere); }).find(nowhere.string()) == 0);
      continue;
    }
    const DataPair data = load_data(row.name, {}, {60, 20, 1}), again = load_data(row.name, {}, {60, 20, 1});
    CHECK(data.train.name == row.printed);
    CHECK((data.train.size() == 60 && data.test.size() == 20 && data.train.sample == data.test.sample));
    CHECK((checksum(data.train) == checksum(again.train) && checksum(data.train) != checksum(data.test)));
    const std::set<int> labels(data.train.labels.begin(), data.train.labels.end());
    CHECK((Index(labels.size()) == data.train.classes && *labels.rbegin() == data.train.classes - 1));
    CHECK(data.train.classes == data.test.classes);
    CHECK(Index(data.train.pixels.size()) == 60 * data.train.sample.size());
    CHECK(std::set(data.train.pixels.begin(), data.train.pixels.end()).size() > 1);
  }
}

}}}  // namespace norma
