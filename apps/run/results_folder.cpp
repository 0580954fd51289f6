#include "apps/run/results_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "apps/run/checkpoint.h"
#include "apps/run/json.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// Each says "results are here": it goes first and comes last.
constexpr const char* markers[] = {"config.json", "comparison.json"};
constexpr const char *last_model = "model.safetensors", *best_model = "model-best.safetensors";
constexpr const char* results[] = {"config.json",   "comparison.json", last_model,    best_model,
                                   "metrics.jsonl", "summary.json",    "report.html", "about.json"};
constexpr const char* figures[] = {"test-accuracy", "validation-accuracy", "training-loss", "heat-map",
                                   "final-accuracy"};

// Where new results wait for their turn; where the old ones go: the first of these names while they are
// moved, the second while the new ones are.
constexpr const char *staging_name = ".norma-new", *moving_old = ".norma-old-part",
                     *old_results = ".norma-old";

bool there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

bool is_folder(const fs::path& path) {
  std::error_code none;
  return fs::is_directory(path, none);
}

void remove_tree(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void remove_if_empty(const fs::path& folder) {
  std::error_code ignored;
  if (is_folder(folder) && fs::is_empty(folder, ignored)) fs::remove(folder, ignored);
}

// Of `folder` and those above it, the ones that are not there, the innermost first.
std::vector<fs::path> missing(fs::path folder) {
  std::vector<fs::path> all;
  for (; !folder.empty() && !there(folder); folder = folder.parent_path()) all.push_back(folder);
  return all;
}

// All names in `folder`, taken down before any of them goes; none if it is not there.
std::vector<fs::path> names_in(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    names.push_back(it->path().filename());
  return names;
}

// Whether a comparison was begun in `folder` that can continue.
bool is_unfinished(const fs::path& folder) { return there(outcomes_in(folder) / "settings.json"); }

// The files that a run or a comparison leaves, as far as they are there, the markers first.
std::vector<fs::path> result_files(const fs::path& folder) {
  std::vector<fs::path> files;
  auto add = [&](const std::string& name) {
    if (there(folder / name) && !is_folder(folder / name)) files.push_back(name);
  };
  for (const char* name : results) add(name);
  for (const char* name : figures)
    for (const char* axis : {"", "-log", "-linear"})
      for (const char* kind : {".csv", ".gp", ".svg"}) add(std::string(name) + axis + kind);
  return files;
}

// The runs of a comparison: runs/ARM-seed-N.
std::vector<fs::path> arms_in(const fs::path& folder) {
  std::vector<fs::path> arms = names_in(folder / "runs");
  std::erase_if(arms, [](const fs::path& name) {
    const std::string text = name.string();
    const std::size_t at = text.rfind("-seed-");
    return at == std::string::npos || at + 6 == text.size() ||
           text.find_first_not_of("0123456789", at + 6) != std::string::npos;
  });
  for (fs::path& arm : arms) arm = fs::path("runs") / arm;
  return arms;
}

void remove_results(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& file : result_files(folder)) fs::remove(folder / file, ignored);
  for (const fs::path& arm : arms_in(folder)) {
    for (const fs::path& file : result_files(folder / arm)) fs::remove(folder / arm / file, ignored);
    remove_if_empty(folder / arm);
  }
  remove_if_empty(folder / "runs");
}

// What hangs on them: the folded network; the page of inspect.
void remove_dependants(const fs::path& folder) {
  std::error_code ignored;
  remove_results(folder / "folded");
  remove_if_empty(folder / "folded");
  const fs::path drawn = folder / "inspect" / "figures";
  for (const fs::path& name : names_in(drawn)) {
    const std::string kind = name.extension().string();
    if (kind == ".csv" || kind == ".gp" || kind == ".svg") fs::remove(drawn / name, ignored);
  }
  remove_if_empty(drawn);
  fs::remove(folder / "inspect" / "report.html", ignored);
  remove_if_empty(folder / "inspect");
}

bool marked(const fs::path& folder) {
  return std::any_of(std::begin(markers), std::end(markers),
                     [&](const char* marker) { return there(folder / marker); });
}

// Whether a file of results says that they are norma's: others call theirs config.json too.
bool is_ours(const fs::path& folder) {
  constexpr std::array<const char*, 3> signs[] = {{"config.json", "norm", "steps"},
                                                  {"about.json", "config", "data"},
                                                  {"summary.json", "steps", "parameters"},
                                                  {"comparison.json", "base", "arms"}};
  return std::any_of(std::begin(signs), std::end(signs), [&](const auto& sign) {
    const auto& [name, key, other_key] = sign;
    if (!there(folder / name) || is_folder(folder / name)) return false;
    const json j = parse_json_or_discard(read_file(folder / name));
    return j.is_object() && j.contains(key) && j.contains(other_key);
  });
}

// Moves all results from one folder to another.
void move_results(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const fs::path& file : result_files(from)) move_file(from / file, to / file);
  for (const fs::path& arm : arms_in(from)) {
    move_results(from / arm, to / arm);
    remove_if_empty(from / arm);
  }
  remove_if_empty(from / "runs");
}

// Moves even if the disk cannot sync it.
void move_anyhow(const fs::path& from, const fs::path& to) {
  try {
    move_file(from, to);
  } catch (const Error&) {
    fs::rename(from, to);
  }
}

// Moves all that is in `from` into `to`, which may have folders of the same names; the markers last.
void move_into(const fs::path& from, const fs::path& to, decltype(move_file)& move) {
  std::vector<fs::path> names = names_in(from);
  std::partition(names.begin(), names.end(), [](const fs::path& name) {
    return std::find(std::begin(markers), std::end(markers), name) == std::end(markers);
  });
  for (const fs::path& name : names) {
    if (is_folder(from / name) && is_folder(to / name))
      move_into(from / name, to / name, move);
    else
      move(from / name, to / name);
  }
}

void recover(const fs::path& folder) {
  const fs::path part = folder / moving_old, old = folder / old_results;
  if (there(part)) move_into(part, folder, move_anyhow);
  if (there(old) && !marked(folder)) {
    remove_results(folder);  // the new ones, in part
    move_into(old, folder, move_anyhow);
  }
  if (marked(folder)) remove_tree(outcomes_in(folder));
  for (const fs::path& name : names_in(folder)) {  // and what else a process that was killed left
    if (name == staging_name && is_unfinished(folder / staging_name)) continue;
    const std::string text = name.string();
    const bool file = text.starts_with(".norma-") && text.ends_with(".tmp");
    const bool drawing = text.starts_with(".drawing-") && text.size() == 15;  // of mkdtemp
    if (file || drawing || text == moving_old || text == old_results || text == staging_name)
      remove_tree(folder / name);
  }
}

// A lock on the folder that goes with this process; −1 if the file system has none. Error if another process
// has it.
int lock(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const bool taken = errno == EWOULDBLOCK;
  ::close(fd);
  check(!taken, folder.string(), ": another norma is at work there");
  return -1;
}

void unlock(int fd) {
  if (fd >= 0) ::close(fd);
}

// runs/NNN-kind with a number that no other process has.
fs::path numbered_folder(const std::string& kind) {
  std::error_code error;
  fs::create_directories("runs", error);
  int number = 0;
  for (const fs::path& run : names_in("runs")) {
    const std::string name = run.string();
    if (name.find_first_not_of("0123456789") <= 8) number = std::max(number, std::atoi(name.c_str()));
  }
  for (;;) {
    const std::string text = std::to_string(++number);
    const fs::path folder =
        fs::path("runs") / (std::string(text.size() < 3 ? 3 - text.size() : 0, '0') + text + "-" + kind);
    if (fs::create_directory(folder, error) || error)
      return folder;  // an error is met again, and said, by who writes there
  }
}

}  // namespace

std::string model_file(const std::string& weights) { return weights == "best" ? best_model : last_model; }

fs::path outcomes_in(const fs::path& folder) { return folder / ".norma-outcomes"; }

bool holds_results(const fs::path& folder) {
  const std::vector<fs::path> files = result_files(folder);
  const auto is_run = [](const fs::path& file) {
    return file.extension().string().starts_with(".json") || file == last_model || file == best_model;
  };
  return std::any_of(files.begin(), files.end(), is_run) || !arms_in(folder).empty() ||
         is_unfinished(folder) || has_checkpoint(folder);
}

bool holds_run(const fs::path& folder) {
  const std::vector<fs::path> arms = arms_in(folder);
  return is_ours(folder) || is_unfinished(folder) || has_checkpoint(folder) ||
         std::any_of(arms.begin(), arms.end(), [&](const fs::path& arm) { return is_ours(folder / arm); });
}

void remove_run(const fs::path& folder) {
  check(is_folder(folder) && holds_run(folder), folder.string(), ": holds no run and no comparison");
  check(!fs::is_symlink(folder), folder.string(), ": is a link; give the folder that it leads to");
  const int fd = lock(folder);
  recover(folder);
  remove_results(folder);
  remove_dependants(folder);
  remove_checkpoint(folder);
  remove_tree(outcomes_in(folder));
  std::error_code ignored;
  fs::remove(folder / "note.txt", ignored);
  remove_if_empty(folder);
  unlock(fd);
  std::vector<fs::path> parts = arms_in(folder);
  parts.emplace_back();  // the folder itself
  for (const fs::path& part : parts) {
    for (const fs::path& left : result_files(folder / part)) {
      std::error_code error;
      fs::remove(folder / part / left, error);
      check(!error, (folder / part / left).string(), ": cannot be removed: ", error.message());
    }
  }
}

void check_not_own(const fs::path& run, const std::string& option, const fs::path& file) {
  std::error_code none;
  for (const char* own : results)
    check(!fs::equivalent(file, run / own, none), "--", option, " ", file.string(),
          ": is the run's own; give another file");
}

bool at_work(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool taken = fd >= 0 && ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  unlock(fd);
  return taken;
}

void recover_results(const fs::path& folder) {
  if (!there(folder / moving_old) && !there(folder / old_results)) return;
  int fd;
  try {
    fd = lock(folder);
  } catch (const Error&) {
    return;  // it is being made at this moment
  }
  recover(folder);
  unlock(fd);
}

ResultsFolder::ResultsFolder(fs::path folder, const std::string& kind, bool overwrite)
    : folder_(std::move(folder)), compares_(kind == "compare") {
  if (folder_.empty()) {
    made_ = missing("runs");
    folder_ = numbered_folder(kind);
    made_.insert(made_.begin(), folder_);
  } else {
    made_ = missing(folder_);
  }
  try {
    make_results_folder(folder_);
    lock_ = lock(folder_);
    recover(folder_);
    goes_on_ = compares_ && !overwrite && is_unfinished(folder_);
    check(overwrite || goes_on_ || (!holds_results(folder_) && result_files(folder_).empty()), "--out ",
          folder_.string(), ": holds results already; give another folder, or --overwrite");
  } catch (...) {
    for (const fs::path& made : made_) remove_if_empty(made);
    unlock(lock_);
    throw;
  }
}

ResultsFolder::~ResultsFolder() {
  if (!staging_.empty() && !is_unfinished(staging_))
    remove_tree(staging_ == folder_ ? outcomes_in(staging_) : staging_);
  for (const fs::path& made : made_) remove_if_empty(made);
  unlock(lock_);
}

const fs::path& ResultsFolder::staging(bool at_once) {
  if (!staging_.empty()) return staging_;
  staging_ = goes_on_ || (at_once && !holds_results(folder_)) ? folder_ : folder_ / staging_name;
  if (!compares_ && staging_ != folder_) remove_tree(staging_);
  return staging_ = make_results_folder(staging_);
}

const fs::path& ResultsFolder::clean_staging() {
  if (staging_ != folder_) remove_tree(staging_);
  return staging_ = make_results_folder(staging_);
}

void ResultsFolder::publish() {
  if (staging_.empty()) return;
  remove_tree(outcomes_in(staging_));
  if (staging_ == folder_) return;
  const fs::path part = folder_ / moving_old, old = folder_ / old_results;
  const bool has_own = has_checkpoint(staging_);
  try {
    move_results(folder_, part);
    move_file(part, old);
    move_into(staging_, folder_, move_file);
  } catch (...) {
    recover(folder_);
    throw;
  }
  remove_tree(old);
  remove_tree(staging_);
  remove_tree(outcomes_in(folder_));
  remove_dependants(folder_);
  if (!has_own) remove_checkpoint(folder_);
}

LockedFolder::LockedFolder(const fs::path& folder, const std::string& option) : made_(missing(folder)) {
  make_results_folder(folder, option);
  lock_ = lock(folder);
}

LockedFolder::~LockedFolder() {
  for (const fs::path& made : made_) remove_if_empty(made);
  unlock(lock_);
}

fs::path make_results_folder(const fs::path& folder, const std::string& option) {
  const std::vector<fs::path> made = missing(folder);
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error && is_folder(folder), option, " ", folder.string(),
        ": cannot make this folder: ", error ? error.message() : "there is a file of that name");
  const fs::path probe =
      folder / (".norma-probe-" + std::to_string(::getpid()) + ".tmp");  // swept by recover()
  try {
    write_file(probe, "");
  } catch (const Error& e) {
    for (const fs::path& each : made) remove_if_empty(each);
    if (dynamic_cast<const DiskError*>(&e)) throw;
    fail(option, " ", folder.string(), ": cannot write there: ", e.what());
  }
  fs::remove(probe, error);
  return folder;
}

}}  // namespace norma
