#include "apps/run/run_list.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

#include "apps/run/checkpoint.h"
#include "apps/run/json.h"
#include "apps/run/options.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_folder.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t most_bytes = 1 << 20;  // of a file that is read for the list

std::string date_of(const fs::path& file) {
  const auto since_1970 = std::chrono::file_clock::to_sys(fs::last_write_time(file)).time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local)};
}

// The first line of a file, or "" if there is none.
std::string first_line(const fs::path& file) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return "";
  const std::string text = read_file(file, most_bytes);
  return text.substr(0, text.find('\n'));
}

ListedRun finished_run(const fs::path& folder) {
  const RunResult r = read_summary(folder);
  return {.path = folder,
          .config = r.config,
          .data = r.data,
          .status = r.diverged_at ? "diverged" : "finished",
          .steps = r.steps,
          .accuracy = r.test_running.accuracy,
          .date = date_of(folder / "summary.json")};
}

ListedRun stopped_run(const fs::path& folder) {
  const RunResult so_far = read_checkpoint(folder).result;
  const auto& seen = so_far.evaluations;
  return {.path = folder,
          .config = so_far.config,
          .data = so_far.data,
          .status = "stopped",
          .steps = so_far.steps,
          .accuracy = seen.empty() ? NAN : seen.back().score.accuracy,
          .date = date_of(checkpoint_file(folder))};
}

// Whether a process is at work on a run, or on the comparison that it is part of.
bool works_on(const fs::path& folder) {
  const bool of_comparison = folder.parent_path().filename() == "runs";
  return at_work(folder) || (of_comparison && at_work(folder.parent_path().parent_path()));
}

// A run that goes on, or was killed: what its record has (apps/run/run_record.h).
ListedRun recorded_run(const fs::path& folder, const std::string& status) {
  ListedRun run{.path = folder};
  const fs::path about = folder / "about.json";
  const json j = parse_json_or_discard(read_file(about, most_bytes));
  check(j.is_object() && j.contains("config") && j.contains("data"), about.string(),
        ": is not what norma train writes");
  read_json(run.config, json_text(j["config"]), about.string());
  run.data = j["data"].value("name", "") + ", " + j["data"].value("source", "");
  run.status = status;
  run.date = date_of(folder / "metrics.jsonl");
  RunResult so_far;
  so_far.config = run.config;
  read_metrics(so_far, folder, /*growing=*/true);
  if (!so_far.losses.empty()) run.steps = so_far.losses.back().step;
  if (so_far.evaluations.empty()) return run;
  run.steps = std::max(run.steps, so_far.evaluations.back().step);
  run.accuracy = so_far.evaluations.back().score.accuracy;
  return run;
}

bool has_record(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "about.json", none) &&
         fs::is_regular_file(folder / "metrics.jsonl", none);
}

bool is_finished(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "summary.json", none) &&
         fs::is_regular_file(folder / "config.json", none);
}

// The folders below, this one first, in the order of their names.
void add_runs(const fs::path& folder, std::vector<ListedRun>& runs, std::vector<std::string>& unreadable) {
  try {
    const bool running = has_record(folder) && works_on(folder);
    if (is_finished(folder) && !running)
      runs.push_back(finished_run(folder));
    else if (has_checkpoint(folder) && !running)
      runs.push_back(stopped_run(folder));
    else if (has_record(folder))
      runs.push_back(recorded_run(folder, running ? "running" : "broken off"));
    if (!runs.empty() && runs.back().path == folder) runs.back().note = first_line(folder / "note.txt");
  } catch (const std::exception& e) {
    unreadable.push_back(e.what());
  }
  std::error_code none;
  for (const fs::path& inner : list_folder(folder)) {
    const bool own = inner.filename() == "folded" || inner.filename() == "inspect";
    if (!own && fs::is_directory(inner, none) && !fs::is_symlink(inner, none))
      add_runs(inner, runs, unreadable);
  }
}

struct Column {
  const char* name;
  std::string (*value)(const ListedRun& run);
};

const std::vector<Column>& columns() {
  static const std::vector<Column> table = {
      {"run", [](const ListedRun& r) { return r.path.string(); }},
      {"data", [](const ListedRun& r) { return r.data.substr(0, r.data.find(',')); }},
      {"status", [](const ListedRun& r) { return r.status; }},
      {"steps", [](const ListedRun& r) { return std::to_string(r.steps); }},
      {"test", [](const ListedRun& r) { return std::isnan(r.accuracy) ? "" : std::to_string(r.accuracy); }},
      {"date", [](const ListedRun& r) { return r.date; }},
      {"note", [](const ListedRun& r) { return r.note; }}};
  return table;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// Numbers before words, numbers by size, nothing last.
bool before(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return !a.empty();
  const auto x = number_in(a), y = number_in(b);
  if (x && y) return *x < *y;
  return x || y ? x.has_value() : a < b;
}

}  // namespace

std::vector<ListedRun> list_runs(const fs::path& folder, std::vector<std::string>& unreadable) {
  std::error_code none;
  check(fs::is_directory(folder, none), folder.string(), ": there is no such folder");
  std::vector<ListedRun> runs;
  add_runs(folder, runs, unreadable);
  return runs;
}

std::string value_of(const ListedRun& run, const std::string& column) {
  for (const Column& c : columns())
    if (column == c.name) return c.value(run);
  return find_option(column).get(run.config);
}

void sort_runs(std::vector<ListedRun>& runs, const std::string& column, bool reverse) {
  value_of(ListedRun(), column);  // whether there is one
  std::stable_sort(runs.begin(), runs.end(), [&](const ListedRun& a, const ListedRun& b) {
    const std::string x = value_of(a, column), y = value_of(b, column);
    return reverse && !x.empty() && !y.empty() ? before(y, x) : before(x, y);
  });
}

void filter_runs(std::vector<ListedRun>& runs, const std::vector<std::string>& conditions) {
  for (const std::string& condition : conditions) {
    const std::size_t equals = condition.find('=');
    check(equals != condition.npos && equals > 0, "--where: expected COLUMN=VALUE, got '", condition, "'");
    const std::string column = condition.substr(0, equals), value = condition.substr(equals + 1);
    value_of(ListedRun(), column);
    std::erase_if(runs, [&](const ListedRun& run) {
      const std::string own = value_of(run, column);
      const auto x = number_in(own), y = number_in(value);
      return x && y ? *x != *y : own != value;
    });
  }
}

void write_note(const fs::path& run, const std::string& words) {
  check(holds_run(run), run.string(), ": holds no run");
  if (words.empty())
    fs::remove(run / "note.txt");
  else
    write_file(run / "note.txt", words + "\n");
}

}}  // namespace norma
