#include "apps/run/run_record.h"

#include <sys/utsname.h>

#include <chrono>
#include <ctime>

#include "apps/run/json.h"
#include "apps/run/options.h"
#include "core/blas.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// "2026-03-01T14:05:09+0100"
std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &local)};
}

// The words of this process's command line.
json command_line() {
  json words = json::array();
  try {
    const std::string all = read_file("/proc/self/cmdline");
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = std::min(all.find('\0', at), all.size());
      words.push_back(all.substr(at, end - at));
      at = end + 1;
    }
  } catch (const Error&) {  // a system that does not tell
  }
  return words;
}

std::string system_words() {
  utsname system{};
  if (uname(&system) != 0) return "";
  return std::string(system.sysname) + " " + system.release + " " + system.machine;
}

// The processor's name, as Linux has it.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != line.npos)
      return line.substr(colon + 2);
  }
  return "";
}

json record_of(const Dataset& data) { return {{"samples", data.size()}, {"checksum", checksum(data)}}; }

}  // namespace

std::string metrics_lines(const RunResult& r, MetricsPosition& at) {
  const std::string judging = judging_set(r.config);
  std::string lines;
  auto add_losses = [&](Index until) {
    for (; at.losses < r.losses.size() && r.losses[at.losses].step <= until; ++at.losses) {
      const StepLoss& loss = r.losses[at.losses];
      lines += json_text({{"step", loss.step}, {"batch_loss", loss.loss}}) + "\n";
    }
  };
  for (; at.evaluations < r.evaluations.size(); ++at.evaluations) {
    const Evaluation& e = r.evaluations[at.evaluations];
    add_losses(e.step);
    lines += json_text({{"step", e.step},
                        {"epoch", e.epoch},
                        {"lr", e.lr},
                        {"train_loss", e.train_loss},
                        {judging + "_loss", e.score.loss},
                        {judging + "_accuracy", e.score.accuracy}}) +
             "\n";
  }
  add_losses(r.steps);
  return lines;
}

std::string data_record(const DataPair& data) {
  return json_text({{"name", data.train.name},
                    {"source", data.train.source},
                    {"training", record_of(data.train)},
                    {"test", record_of(data.test)}});
}

bool trained_on(const fs::path& folder, const DataPair& data) {
  const fs::path file = folder / "about.json";
  std::error_code none;
  if (!fs::exists(file, none)) return true;
  const json about = parse_json_or_discard(read_file(file, 1 << 20));
  const json::json_pointer seen("/data/training");
  return about.is_object() && about.contains(seen) && about[seen] == record_of(data.train);
}

RunRecord::RunRecord(fs::path folder, std::string data)
    : folder_(std::move(folder)), data_(std::move(data)), started_(time_now()) {}

RunRecord::~RunRecord() {
  if (keep_ || !begun_) return;
  metrics_.close();
  std::error_code ignored;
  for (const char* file : {"about.json", "metrics.jsonl"}) fs::remove(folder_ / file, ignored);
}

void RunRecord::add(const RunResult& result) {
  if (!begun_) {
    fs::create_directories(folder_);
    config_ = to_json(result.config);
    write_file(folder_ / "about.json", about(/*finished=*/false));
    metrics_.open(folder_ / "metrics.jsonl", std::ios::binary | std::ios::trunc);
    begun_ = true;
  }
  metrics_ << metrics_lines(result, at_) << std::flush;
}

std::string RunRecord::finished() const { return about(/*finished=*/true); }

std::string RunRecord::about(bool finished) const {
  json j;
  j["program"] = "norma " NORMA_VERSION;
  j["command"] = command_line();
  j["data"] = parse_json(data_);
  j["started"] = started_;
  j["finished"] = finished ? json(time_now()) : json(nullptr);
  j["system"] = system_words();
  j["processor"] = processor();
  j["blas"] = blas_description();
  j["config"] = parse_json(config_);
  return json_text(j, 2) + "\n";
}

}}  // namespace norma
