#include "apps/run/opened_run.h"

#include <algorithm>
#include <cmath>

#include "apps/run/checkpoint.h"
#include "apps/run/evaluate.h"
#include "apps/run/json.h"
#include "apps/run/results_folder.h"
#include "apps/run/threads.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/suggest.h"
#include "data/formats/files.h"
#include "data/load.h"
#include "layers/network/load_run.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

void check_is_file(const fs::path& file) {
  std::error_code ignored;
  check(!fs::is_other(file, ignored), file.string(), ": expected a file, got a device or a pipe");
}

Dataset what_it_learned(const RunConfig& config, const std::string& model_file) {
  try {
    return load_data(config.data, config.data_dir, {}, picture_options(config)).train.without_samples();
  } catch (const Error& e) {
    fail(model_file, ": its metadata do not say what it learned from: ", e.what());
  }
}

// What a run's folder has of its network.
struct Stored {
  std::string file;  // that has the weights
  RunConfig config = {};
  StateDict state = {};
  Dataset about = {};        // without classes: the file does not say it
  std::string weights = {};  // "last" or "best"
  Index stopped_at = 0;
};

RunConfig checked(RunConfig config) {
  reset_unused(config);
  validate(config);
  return config;
}

Stored finished_network(const fs::path& run, const std::string& given) {
  std::error_code ignored;
  const fs::path config_file = run / "config.json";
  check(fs::is_directory(run, ignored), run.string(), ": is not a folder that norma train left: there is no ",
        config_file.string());
  const auto has = [&](const fs::path& name) { return fs::exists(run / name, ignored); };
  const bool ended = has("config.json") || has("summary.json") || has(norma::model_file("last"));
  check(ended || !has("about.json"), run.string(),
        ": has no end yet and no checkpoint; norma watch shows it");
  check_is_file(config_file);
  RunConfig config;
  read_json(config, read_file(config_file, 1 << 20), config_file.string());
  config = checked(config);
  const std::string weights = !given.empty() ? given : config.early_stop > 0 ? "best" : "last";
  const fs::path file = run / norma::model_file(weights);
  check(weights == "last" || fs::exists(file, ignored), run.string(), ": has no ", norma::model_file(weights),
        "; train with --validation, or take --weights last");
  check_is_file(file);
  Stored stored{.file = file.string(), .config = config, .weights = weights};
  Metadata metadata;
  stored.state = read_safetensors(file, &metadata);
  if (metadata.count("data")) stored.about = read_about(metadata["data"], stored.file);
  return stored;
}

// Of a run that was stopped: what its checkpoint has under "model." or "best.".
Stored stopped_network(const fs::path& run, const std::string& given) {
  const fs::path file = checkpoint_file(run);
  check_is_file(file);
  const Checkpoint c = decode_checkpoint(read_file(file), file.string());
  Stored stored{.file = file.string(), .config = checked(c.result.config), .about = c.result.about};
  stored.stopped_at = c.result.steps;
  const bool has_best =
      std::ranges::any_of(c.state, [](const StateEntry& e) { return e.name.starts_with("best."); });
  check(given != "best" || has_best, run.string(),
        ": its checkpoint has no best weights; train with --validation, or take --weights last");
  const bool best = given == "best" || (given.empty() && stored.config.early_stop > 0 && has_best);
  stored.weights = best ? "best" : "last";
  const std::string prefix = best ? "best." : "model.";
  for (const StateEntry& e : c.state)
    if (e.name.starts_with(prefix))
      stored.state.push_back({e.name.substr(prefix.size()), e.tensor, e.counter});
  return stored;
}

}  // namespace

Metadata model_metadata(const RunPlan& plan) {
  const RunConfig& c = plan.config;
  const auto momentum = c.norm_momentum > 0 ? std::optional(c.norm_momentum) : std::nullopt;
  return network_metadata(with_settings(plan.network, c.norm_eps, momentum), plan.about, c.binarize);
}

OpenedRun open_run(const fs::path& path, const std::string& command, const std::string& given) {
  check(given.empty() || std::ranges::count(weights_choices, given),
        "--weights: expected last or best, got '", given, "'", did_you_mean(given, weights_choices));
  recover_results(path);
  std::error_code ignored;
  const bool stopped = !fs::exists(path / "config.json", ignored) && has_checkpoint(path);
  Stored stored = stopped ? stopped_network(path, given) : finished_network(path, given);
  const RunConfig& c = stored.config;
  if (stored.about.classes == 0) stored.about = what_it_learned(c, stored.file);
  RunPlan plan = plan_of(c, stored.about);
  Sequential model = build_network(plan);
  try {
    model.load(stored.state);
  } catch (const Error& e) {
    fail(stored.file, ": ", e.what());
  }
  check_finite(command + ": the network of " + path.string(), stored.state);
  check_variances(stored.state, stored.file);
  model.eval();
  set_threads(available_threads(c.threads));
  return {path, std::move(plan), std::move(model), stored.weights, stored.stopped_at};
}

std::string weights_words(const OpenedRun& run) {
  return run.plan.config.validation > 0 ? "; its " + run.weights + " weights" : "";
}

bool diverged(const fs::path& run) {
  const fs::path file = run / "summary.json";
  if (!fs::exists(file)) return false;
  const json summary = parse_json_or_discard(read_file(file, 1 << 20));
  check(summary.is_object(), file.string(), ": is not a JSON object");
  return summary.value("status", json()) == "diverged";
}

void match_classes(const Dataset& about, Dataset& data, const std::string& what) {
  const std::vector<std::string> names =
      read_about(about_text(data), what).class_names;  // as a file has them
  std::vector<std::uint8_t> label_of(names.size());
  std::vector<bool> taken(about.classes);
  std::string known;
  for (Index c = 0; c < about.classes; ++c) known += (c ? ", " : "") + about.class_name(c);
  for (std::size_t c = 0; c < names.size(); ++c) {
    std::size_t k = 0;  // names that are not UTF-8 can become one: then the first goes to the first
    while (k < taken.size() && (taken[k] || about.class_name(static_cast<Index>(k)) != names[c])) ++k;
    check(k < taken.size(), what, ": has a class '", names[c], "', which the network never saw; it learned ",
          known);
    taken[k] = true;
    label_of[c] = static_cast<std::uint8_t>(k);
  }
  for (std::uint8_t& label : data.labels) label = label_of.at(label);
  data.classes = about.classes;
  data.class_names = about.class_names;
}

std::vector<double> probabilities(OpenedRun& run, const Dataset& data, Index i) {
  return probabilities(run.model, data, i, run.plan.loader.format);
}

}}  // namespace norma
