#include "apps/grid/grid.h"

#include <charconv>
#include <mutex>

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
  --share.index;
  return share;
}

void run_grid(std::vector<Job>& jobs, const Store& store, const GridOptions& o) {
  GridProgress state{0, 0, 0, 0, 0};
  double work = 0;  // of the missing
  std::vector<Job*> missing;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job& job = jobs[i];
    job.elsewhere = static_cast<Index>(i) % o.share.of != o.share.index;
    if (job.elsewhere) continue;
    ++state.all;
    auto kept = o.fresh || (job.intact && !job.intact()) ? std::nullopt : store.find(job.file, job.settings);
    if (kept) {
      job.outcome = std::move(*kept);
      ++state.done;
    } else {
      missing.push_back(&job);
      work += job.work;
    }
  }
  state.kept = state.done;
  state.share = missing.empty() ? 1 : 0;
  state.begins = true;
  if (o.progress) o.progress(state);
  state.begins = false;

  std::mutex lock;
  side_by_side(o.workers, static_cast<Index>(missing.size()), [&](Index i) {
    Job& job = *missing[i];
    double before = 0;
    auto report = [&](double share, bool ended) {
      std::lock_guard guard(lock);
      state.work += job.work * (share - before);
      before = share;
      state.done += ended;
      state.share = state.done == state.all ? 1 : state.work / work;
      state.topic = job.topic;
      if (o.progress) o.progress(state);
    };
    try {
      job.outcome = job.run([&](double share) { report(share, false); });
      store.keep(job.file, job.settings, job.outcome);
    } catch (...) {
      job.failure = reason();
    }
    report(1, true);
  });
}

}}  // namespace norma
