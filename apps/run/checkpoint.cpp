#include "apps/run/checkpoint.h"

#include <array>
#include <bit>
#include <map>

#include "apps/run/json.h"
#include "apps/run/options.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "layers/network/load_run.h"
#include "layers/spectral_norm.h"
#include "optim/optimizer.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

constexpr const char* format = "norma-checkpoint-2";

void read(const json& j, std::string& text) { text = j.get<std::string>(); }
void read(const json& j, double& number) { number = number_of(j); }
void read(const json& j, Index& count) { count = count_of(j); }
void read(const json& j, std::uint32_t& checksum) { checksum = static_cast<std::uint32_t>(count_of(j)); }

// f(name, field) for each field of the record of a run's progress, in the order of the file.
template <class SomeCheckpoint, class F>
void each_field(SomeCheckpoint& c, const F& f) {
  f("data", c.result.data);
  f("steps", c.result.steps);
  f("steps_per_epoch", c.result.steps_per_epoch);
  f("parameters", c.result.parameters);
  f("dropped", c.result.dropped);
  f("train_seconds", c.result.train_seconds);
  f("eval_seconds", c.result.eval_seconds);
  f("epoch", c.position.epoch);
  f("batch", c.position.batch);
  f("loss_sum", c.loss_sum);
  f("loss_count", c.loss_count);
  f("limit", c.limit);
  f("data_checksum", c.data);
}

json progress_json(const Checkpoint& c) {
  json j;
  each_field(c, [&](const char* name, const auto& value) { j[name] = value; });
  json &evaluations = j["evaluations"] = json::array(), &losses = j["losses"] = json::array();
  for (const Evaluation& e : c.result.evaluations)
    evaluations.push_back({e.step, e.epoch, e.lr, e.train_loss, e.score.loss, e.score.accuracy});
  for (const StepLoss& l : c.result.losses) losses.push_back({l.step, l.loss});
  return j;
}

void read_progress(Checkpoint& c, const json& j) {
  each_field(c, [&](const char* name, auto& value) { read(j.at(name), value); });
  for (const json& e : j.at("evaluations")) {
    auto number = [&](int i) { return number_of(e.at(i)); };
    c.result.evaluations.push_back(
        {count_of(e.at(0)), number(1), number(2), number(3), {number(4), number(5)}});
  }
  for (const json& l : j.at("losses")) c.result.losses.push_back({count_of(l.at(0)), number_of(l.at(1))});
}

}  // namespace

StateDict training_state(Sequential& model, const Optimizer& optimizer, const SpectralPenalty* penalty,
                         const StateDict& best) {
  StateDict all;
  auto add = [&](const std::string& prefix, const StateDict& state) {
    for (const StateEntry& e : state) all.push_back({prefix + e.name, e.tensor, e.counter});
  };
  add("model.", model.state_dict());
  add("optimizer.", optimizer.state_dict());
  if (penalty) add("penalty.", penalty->state_dict());
  add("best.", best);
  int generators = 0;
  model.for_each([&](Module& m) {
    if (!m.random()) return;
    const std::string name = "random." + std::to_string(generators++) + ".";
    int i = 0;
    for (std::uint64_t word : m.random()->words())
      all.push_back({name + std::to_string(i++),
                     {},
                     std::make_shared<std::int64_t>(std::bit_cast<std::int64_t>(word))});
  });
  return all;
}

namespace {

// Error unless the state is all of the model's: load() does not miss a counter.
void load_all(Sequential& model, const StateDict& state) {
  model.load(state);
  const std::size_t entries = model.state_dict().size();
  check(state.size() == entries, "checkpoint: expected ", entries, " entries of the model, got ",
        state.size());
}

}  // namespace

StateDict restore(const StateDict& all, Sequential& model, Optimizer& optimizer,
                  const SpectralPenalty* penalty) {
  std::map<std::string, StateDict> parts;  // by the word before the first dot
  for (const StateEntry& e : all) {
    const std::size_t dot = std::min(e.name.find('.'), e.name.size());
    parts[e.name.substr(0, dot)].push_back(
        {e.name.substr(std::min(dot + 1, e.name.size())), e.tensor, e.counter});
  }
  for (const auto& part : parts)
    check(part.first == "model" || part.first == "optimizer" || part.first == "penalty" ||
              part.first == "random" || part.first == "best",
          "checkpoint: '", part.first, "' is not part of a run");
  StateDict best;
  if (!parts["best"].empty()) {
    load_all(model, parts["best"]);
    best = clone(model.state_dict());
  }
  load_all(model, parts["model"]);
  optimizer.load(parts["optimizer"]);
  const StateDict own = penalty ? penalty->state_dict() : StateDict();
  check(parts["penalty"].size() == own.size(), "penalty: expected ", own.size(), " vectors, got ",
        parts["penalty"].size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const StateEntry& e = parts["penalty"][i];
    check(e.name == own[i].name && e.tensor.defined(), "penalty: expected ", own[i].name, ", got ", e.name);
    own[i].tensor.copy_from(e.tensor);
  }
  std::size_t at = 0;
  const StateDict& words = parts["random"];
  model.for_each([&](Module& m) {
    if (!m.random()) return;
    std::array<std::uint64_t, 6> own_words{};
    for (std::uint64_t& word : own_words) {
      check(at < words.size() && words[at].counter, "random: the state of a generator is missing");
      word = std::bit_cast<std::uint64_t>(*words[at++].counter);
    }
    m.random()->set_words(own_words);
  });
  check(at == words.size(), "random: expected ", at, " words, got ", words.size());
  return best;
}

std::string encode_checkpoint(const Checkpoint& c) {
  Metadata metadata = {
      {"format", format}, {"config", to_json(c.result.config)}, {"progress", json_text(progress_json(c))}};
  if (c.result.about.classes > 0) metadata["data"] = about_text(c.result.about);
  return encode_safetensors(c.state, metadata);
}

Checkpoint decode_checkpoint(std::string_view bytes, const std::string& where) {
  Checkpoint c;
  Metadata metadata;
  c.state = decode_safetensors(bytes, where, &metadata);
  check(metadata["format"] == format, where, ": not a checkpoint of this version of norma");
  read_json(c.result.config, metadata["config"], where + ", config");
  try {
    read_progress(c, parse_json(metadata["progress"]));
  } catch (const std::exception& e) {
    fail(where, ": the record of the run's progress is broken: ", e.what());
  }
  if (metadata.count("data")) c.result.about = read_about(metadata["data"], where);
  const RunConfig& config = c.result.config;
  check(c.result.steps >= 1 && c.result.steps <= config.steps, where, ": ", c.result.steps, " of ",
        config.steps, " steps taken");
  return c;
}

fs::path checkpoint_file(const fs::path& run) { return run / "checkpoint.safetensors"; }

void write_checkpoint(const fs::path& run, const Checkpoint& c) {
  write_file(checkpoint_file(run), encode_checkpoint(c));
}

bool has_checkpoint(const fs::path& run) {
  std::error_code error;
  return fs::exists(checkpoint_file(run), error);
}

void remove_checkpoint(const fs::path& run) {
  std::error_code ignored;
  fs::remove(checkpoint_file(run), ignored);
}

Checkpoint read_checkpoint(const fs::path& run) {
  std::error_code error;
  check(fs::is_directory(run, error), "--resume ", run.string(), ": there is no such folder");
  const bool there = has_checkpoint(run);
  check(there || !fs::exists(run / "summary.json", error), "--resume ", run.string(),
        ": this run is finished, and left no checkpoint to go on from; train with --keep-checkpoint");
  check(there, "--resume ", run.string(),
        ": no checkpoint.safetensors in it; train with --checkpoint-every, or end a run with Ctrl-C");
  return decode_checkpoint(read_file(checkpoint_file(run)), "--resume " + checkpoint_file(run).string());
}

}}  // namespace norma
