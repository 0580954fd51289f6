#include "apps/grid/grid.h"

#include <charconv>
#include <chrono>
#include <mutex>
#include <string_view>
#include <thread>

#include "apps/run/processes.h"
#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// In a catch block: the current exception as one line.
std::string reason() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "not enough memory";
  } catch (const std::filesystem::filesystem_error& e) {
    return e.path1().string() + ": " + e.code().message();
  } catch (const std::exception& e) {
    return e.what();
  }
}

// What a job's file says if it failed, before the reason and the end of the line.
constexpr std::string_view failed = "failed: ";

// Whether another process has told how the job ended, which then is known here too.
bool ended_elsewhere(Job& job, const Store& store, const std::string& told) {
  if (told.starts_with(failed) && told.ends_with('\n')) {
    job.failure = told.substr(failed.size(), told.size() - failed.size() - 1);
    return true;
  }
  std::optional<Outcome> outcome = store.read(told, job.settings);
  if (outcome) job.outcome = std::move(*outcome);
  return outcome.has_value();
}

// Gives the job its outcome or its failure; not, if another process is at it: false.
bool end_job(Job& job, const Store& store, const std::function<void(double)>& advance) {
  LockedFile file;
  try {
    if (store.locks()) {
      file = store.locks()->take(job.file);
      if (!file.held()) return false;
      if (ended_elsewhere(job, store, file.text())) return true;
    }
    job.outcome = job.run(advance);
    const std::string text = store.keep(job.file, job.settings, job.outcome);
    if (file.held()) file.say(text);
  } catch (...) {
    job.failure = reason();
    if (file.held()) file.say(std::string(failed) + job.failure + "\n");
  }
  return true;
}

// The jobs of the share that are not in the store; the outcomes of the others, and their number.
std::vector<Job*> missing_jobs(std::vector<Job>& jobs, const Store& store, const GridOptions& o,
                               GridProgress& state) {
  std::vector<Job*> missing;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job& job = jobs[i];
    job.elsewhere = static_cast<Index>(i) % o.share.of != o.share.index;
    if (job.elsewhere) continue;
    ++state.all;
    const bool now = store.locks() && store.locks()->begun(job.file);  // not from before
    auto kept =
        o.fresh || now || (job.intact && !job.intact()) ? std::nullopt : store.find(job.file, job.settings);
    if (kept)
      job.outcome = std::move(*kept);
    else
      missing.push_back(&job);
  }
  state.done = state.kept = state.all - static_cast<Index>(missing.size());
  return missing;
}

}  // namespace

Share parse_share(const std::string& text) {
  Share share{-1, 0};
  const char* end = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), end, share.index);
  if (error == std::errc() && slash != end && *slash == '/') {
    const auto [rest, second] = std::from_chars(slash + 1, end, share.of);
    if (second != std::errc() || rest != end) share.of = 0;
  }
  check(share.index >= 1 && share.index <= share.of && share.of <= 10'000,
        "--shard: expected I/N, from 1/N to N/N, got '", text, "'");
  check(Processes::all().size() == 1, "--shard: expected one process, got ", Processes::all().size(),
        ", which share the runs by themselves");
  --share.index;
  return share;
}

void run_grid(std::vector<Job>& jobs, const Store& store, const GridOptions& o) {
  GridProgress state{0, 0, 0, 0, 0};
  std::vector<Job*> missing = missing_jobs(jobs, store, o, state);
  double work = 0;  // of the missing
  for (const Job* job : missing) work += job->work;
  state.share = missing.empty() ? 1 : 0;
  state.begins = true;
  if (o.progress) o.progress(state);
  state.begins = false;

  std::mutex lock;
  while (!missing.empty()) {
    std::vector<char> ended(missing.size());
    side_by_side(o.workers, static_cast<Index>(missing.size()), [&](Index i) {
      Job& job = *missing[i];
      double before = 0;
      auto report = [&](double share, bool last) {
        std::lock_guard guard(lock);
        state.work += job.work * (share - before);
        before = share;
        state.done += last;
        state.share = state.done == state.all ? 1 : state.work / work;
        state.topic = job.topic;
        if (o.progress) o.progress(state);
      };
      ended[i] = end_job(job, store, [&](double share) { report(share, false); });
      if (ended[i]) report(1, true);
    });
    std::vector<Job*> others;  // at which other processes are; one that dies leaves its job to us
    for (std::size_t i = 0; i < missing.size(); ++i)
      if (!ended[i]) others.push_back(missing[i]);
    if (others.size() == missing.size()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    missing = std::move(others);
  }
}

}}  // namespace norma
