#include "apps/commands/command.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "apps/compare/data_summary.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "apps/run/run_record.h"
#include "core/suggest.h"
#include "data/formats/files.h"
#include "data/load.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::string image_words(const Dataset& data) {
  return size_words(data) + ", in " + std::to_string(data.classes) + " classes";
}

}  // namespace

RunConfig make_config(RunConfig config, const std::string& config_file, const Given& given) {
  if (!config_file.empty()) {
    constexpr Index megabyte = 1 << 20;
    read_json(config, read_file(config_file, megabyte), "--config " + config_file);
  }
  for (const Option& o : run_options()) {  // in the table's order: steps after epochs
    const auto it = given.find(o.name);
    if (it == given.end()) continue;
    check(o.name != "layers" || !it->second.empty(),
          "--layers: expected a line such as \"linear 100, relu, linear 10\", got ''");
    o.set(config, it->second);
  }
  return config;
}

void refuse_unused(const Given& given, const std::vector<RunConfig>& configs) {
  for (const auto& entry : given) {
    const Option& o = find_option(entry.first);
    const bool used = std::any_of(configs.begin(), configs.end(), [&](const RunConfig& c) {
      return missing_requirement(c, o.name).empty() || o.get(c) == o.get(RunConfig());
    });
    check(used, "--", o.name, ": has no effect here, it needs ",
          used ? "" : missing_requirement(configs.front(), o.name));
  }
}

DataPair open_data(RunConfig& config, bool quiet) {
  DataPair data = load_data(config.data, config.data_dir, {}, picture_options(config));
  const DataRow& usual = data_sets().front();
  const bool drawn = config.data.empty() && data.train.name != usual.printed;
  if (config.data.empty())
    for (const DataRow& row : data_sets())
      if (row.printed == data.train.name) config.data = row.name;
  namespace fs = std::filesystem;
  if (!find_data_set(config.data)) config.data = fs::absolute(config.data).string();
  if (!config.data_dir.empty()) config.data_dir = fs::absolute(config.data_dir).string();
  if (quiet) return data;
  std::cout << data.train.name << ": ";
  if (data.train.size() > 0) std::cout << count(double(data.train.size())) << " training and ";
  std::cout << count(double(data.test.size())) << " test images (" << data.train.source << ")\n";
  if (!data.note.empty()) std::cout << data.note << '\n';
  if (drawn)
    std::cout << "MNIST was not found, so digits are drawn instead; `cmake -P data/fetch_mnist.cmake` "
                 "fetches it.\n";
  return data;
}

namespace {

// Whether there is nothing in the folder but folders.
bool holds_folders_only(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return false;
  return std::ranges::all_of(
      list_folder(folder), [&](const auto& entry) { return std::filesystem::is_directory(entry, ignored); });
}

}  // namespace

DataPair open_data_for(OpenedRun& run, const std::string& data, const std::string& data_dir, bool quiet,
                       bool test_only) {
  RunConfig& config = run.plan.config;
  const Dataset& about = run.plan.about;
  std::error_code ignored;
  const bool others = !data.empty() && !std::filesystem::equivalent(data, config.data, ignored);
  if (!data.empty()) config.data = data;
  if (!data.empty() && has_class_folders(data)) config.split = 0;  // it has a test set of its own
  if (test_only && others && !has_class_folders(data) && holds_folders_only(data)) config.split = 1;
  const bool pictures = has_class_folders(config.data) || config.split > 0;
  config.colour = !pictures ? RunConfig().colour : about.sample[0] == 1 ? "grey" : "rgb";
  if (!pictures) config.resize = RunConfig().resize;
  if (!data_dir.empty()) config.data_dir = data_dir;
  DataPair pair = open_data(config, quiet);
  check(others || config.split == 0 || trained_on(run.path, pair), "--data ", config.data,
        ": holds other images than when the network was trained, so with --split it would be tested on some "
        "that it has seen; put the old ones back, or give a folder of new ones");
  // Classes that have names may be fewer; of numbers only as many are the same.
  const bool named = !pair.test.class_names.empty();
  check(pair.test.sample == about.sample && (named || pair.test.classes == about.classes), "--data ",
        config.data, ": images of ", image_words(pair.test), ", but the network of ", run.path.string(),
        " takes ", image_words(about));
  for (Dataset* half : {&pair.train, &pair.test}) match_classes(about, *half, "--data " + config.data);
  return pair;
}

void warn_of_run(const OpenedRun& run) {
  if (run.stopped_at > 0)
    std::cerr << "norma: " << one_line(run.path.string()) << " is not finished: its network after step "
              << count(double(run.stopped_at)) << " of " << count(double(run.plan.config.steps))
              << ", from its checkpoint\n";
  if (run.weights == "last" && diverged(run.path))
    std::cerr << "norma: " << one_line(run.path.string())
              << " diverged in its training: its answers mean nothing\n";
}

void say_share(const std::string& shard, const std::string& folder) {
  std::cout << '\n'
            << wrapped("share " + shard + " is done, in " + folder +
                       "; when all are, the same command with --merge " + folder +
                       " and the other folders in place of --shard makes the report")
            << '\n';
}

CommandOption run_argument(std::string& target, const std::string& makers) {
  return {.name = "run",
          .metavar = "RUN",
          .help = "folder that " + makers + " left",
          .set = set_text(target),
          .argument = true};
}

CommandOption weights_option(std::string& target) {
  return {"weights", "WHICH",
          "last, or best: those of the best validation [last; best of a run with --early-stop]",
          set_text(target)};
}

std::function<void(const std::string&)> set_text(std::string& target) {
  return [&target](const std::string& v) { target = v; };
}

std::function<void(const std::string&)> add_text(std::vector<std::string>& target) {
  return [&target](const std::string& v) { target.push_back(v); };
}

std::function<void(const std::string&)> set_flag(bool& target) {
  return [&target](const std::string&) { target = true; };
}

std::function<void(const std::string&)> set_whole(const std::string& name, int& target, int least, int most) {
  return [&target, name, least, most](const std::string& v) {
    int value = 0;
    const auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), value);
    check(error == std::errc() && end == v.data() + v.size() && value >= least && value <= most, "--", name,
          ": expected a whole number from ", least, " to ", most, ", got '", v, "'");
    target = value;
  };
}

std::function<void(const std::string&)> set_number(const std::string& name, double& target) {
  return [&target, name](const std::string& v) {
    double value = 0;
    const auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), value);
    check(error == std::errc() && end == v.data() + v.size() && value > 0 && std::isfinite(value), "--", name,
          ": expected a number above 0, got '", v, "'");
    target = value;
  };
}

}}  // namespace norma
