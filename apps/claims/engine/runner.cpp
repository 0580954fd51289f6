#include "apps/claims/engine/runner.h"

#include <zlib.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <set>

#include "apps/run/json.h"
#include "core/parallel.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

std::uint32_t checksum(const void* bytes, std::size_t n) {
  return static_cast<std::uint32_t>(crc32_z(0, static_cast<const Bytef*>(bytes), n));
}

std::string checksum_of(const Dataset& d) {
  return d.name + " " + std::to_string(d.size()) + " " + std::to_string(checksum(d));
}

// This program, by the bytes of its file; "" where the system does not tell.
std::string this_build() {
  try {
    const std::string bytes = read_file("/proc/self/exe");
    return std::to_string(checksum(bytes.data(), bytes.size()));
  } catch (const Error&) {
    return "";
  }
}

// "norm=batch, lr=0.1" → "norm=batch_lr=0.1"
std::string file_name(const std::string& arm, std::uint64_t seed) {
  std::string name;
  for (char c : arm) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '=' || c == '-' || c == ':')
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  return name + "_seed=" + std::to_string(seed) + ".json";
}

// One cell with one seed.
struct Job {
  const Cell* cell;
  std::uint64_t seed;
  std::string claim;
  fs::path file;       // empty: not kept
  json circumstances;  // what the outcome depends on
  bool done = false;
  Outcome outcome;
};

// The outcome in a file, if it is there, whole, and of the same circumstances.
bool read_outcome(Job& job, bool any_build) {
  std::error_code error;
  if (job.file.empty() || !fs::exists(job.file, error)) return false;
  try {
    json j = parse_json(read_file(job.file));
    json then = j.at("circumstances");
    if (any_build) then["build"] = job.circumstances.at("build");
    if (then != job.circumstances) return false;
    const std::string rows = json_text(j.at("outcome"));
    if (j.at("checksum") != checksum(rows.data(), rows.size())) return false;  // damaged
    Outcome outcome;
    for (const auto& [name, values] : j.at("outcome").items()) {
      std::vector<double>& row = outcome[name];
      for (const json& v : values) row.push_back(v.is_null() ? NAN : v.get<double>());
    }
    job.outcome = std::move(outcome);
    return true;
  } catch (const std::exception&) {  // of another version, or not ours: run it again
    return false;
  }
}

void write_outcome(const Job& job) {
  if (job.file.empty()) return;
  json rows = json::object();
  for (const auto& [name, values] : job.outcome) rows[name] = values;
  const std::string text = json_text(rows);
  write_file(job.file, json_text({{"circumstances", job.circumstances},
                                  {"outcome", rows},
                                  {"checksum", checksum(text.data(), text.size())}},
                                 1) +
                           "\n");
}

// What a killed run left half done.
void sweep(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(".norma-") && name.ends_with(".tmp")) fs::remove(it->path(), ignored);
  }
}

}  // namespace

std::vector<Results> run_claims(const std::vector<Claim>& claims, const DataPair& data,
                                const RunnerOptions& o) {
  const DataPair brief = {data.train, data.test.first(std::min<Index>(2000, data.test.size()))};
  const ClaimData both{data, brief};
  json circumstances = {{"build", this_build()},
                        {"training_data", checksum_of(data.train)},
                        {"test_data", checksum_of(data.test)},
                        {"work", o.plan.work}};
  auto seeds_for = [&](const Claim& claim) {
    std::vector<std::uint64_t> seeds;
    for (int s = 0; s < seeds_of(claim, o.plan); ++s)
      seeds.push_back(o.plan.first_seed + static_cast<std::uint64_t>(s));
    return seeds;
  };

  // The jobs; a cell that several claims share is one. `of[claim][cell][seed]` is its place among them.
  std::vector<std::vector<Cell>> grids;
  for (const Claim& claim : claims) grids.push_back(claim.grid(o.plan));
  std::vector<Job> jobs;
  std::map<std::string, std::size_t> places;
  std::vector<std::vector<std::size_t>> of(claims.size());
  const fs::path outcomes = o.folder.empty() ? fs::path() : o.folder / "outcomes";
  for (std::size_t c = 0; c < claims.size(); ++c) {
    std::set<std::string> names;
    for (const Cell& cell : grids[c]) {
      check(names.insert(file_name(cell.arm, 0)).second, claims[c].name, ": two arms of the name ", cell.arm);
      const std::string shelf = cell.shelf.empty() ? claims[c].name : cell.shelf;
      for (std::uint64_t seed : seeds_for(claims[c])) {
        const std::string file = shelf + "/" + file_name(cell.arm, seed);
        const auto [it, fresh] = places.try_emplace(file, jobs.size());
        of[c].push_back(it->second);
        if (!fresh) continue;
        json own = circumstances;
        own["settings"] = cell.settings;
        jobs.push_back(
            {&cell, seed, claims[c].name, outcomes.empty() ? outcomes : outcomes / file, own, false, {}});
      }
    }
    if (!outcomes.empty()) {
      for (const Cell& cell : grids[c])
        fs::create_directories(outcomes / (cell.shelf.empty() ? claims[c].name : cell.shelf));
    }
  }
  if (!outcomes.empty()) sweep(outcomes);

  ClaimProgress progress{"", 0, static_cast<Index>(jobs.size()), 0, 0};
  double work = 0, work_done = 0;  // of what has to be run now
  std::vector<Job*> missing;
  for (Job& job : jobs) {
    job.done = !o.fresh && read_outcome(job, o.any_build);
    progress.done += job.done;
    if (job.done) continue;
    work += job.cell->seconds;
    missing.push_back(&job);
  }
  progress.kept = progress.done;
  progress.share = missing.empty() ? 1 : 0;
  if (o.progress) o.progress(progress);

  std::mutex lock;
  std::atomic<bool> stop = false;
  std::exception_ptr error;  // the first
  side_by_side(o.workers, static_cast<Index>(missing.size()), [&](Index i) {
    if (stop) return;
    Job& job = *missing[static_cast<std::size_t>(i)];
    try {
      job.outcome = job.cell->work(both, job.seed);
      write_outcome(job);
      std::lock_guard guard(lock);
      job.done = true;
      work_done += job.cell->seconds;
      ++progress.done;
      progress.claim = job.claim;
      progress.share = work_done / work;
      if (o.progress) o.progress(progress);
    } catch (...) {
      std::lock_guard guard(lock);
      if (!error)
        error = with_context(job.claim + ": " + job.cell->arm + ", seed " + std::to_string(job.seed));
      stop = true;
    }
  });
  if (error) std::rethrow_exception(error);

  std::vector<Results> results;
  for (std::size_t c = 0; c < claims.size(); ++c) {
    Results& r = results.emplace_back(seeds_for(claims[c]));
    std::size_t place = 0;
    for (const Cell& cell : grids[c]) {
      for (std::uint64_t seed : r.seeds()) r.put(cell.arm, seed, jobs[of[c][place++]].outcome);
    }
  }
  return results;
}

}}  // namespace norma
