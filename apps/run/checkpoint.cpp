#include "apps/run/checkpoint.h"

#include "apps/run/json.h"
#include "apps/run/options.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "layers/network/load_run.h"

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
