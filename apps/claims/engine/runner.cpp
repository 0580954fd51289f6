#include "apps/claims/engine/runner.h"

#include <algorithm>
#include <numeric>

#include "apps/grid/grid.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Seeds to choose rates by, far from all that judge.
constexpr std::uint64_t first_tuning_seed = 1'000'000'001;
constexpr int tuning_seeds = 3;

// The last sixth of the training set stands in for a test set, and no more than 2,000 of it are looked at.
DataPair split_off(const Dataset& train) {
  const Index held = std::max<Index>(1, train.size() / 6);
  return {train.first(train.size() - held), train.part(train.size() - held, std::min<Index>(held, 2000))};
}

// Cells with their seeds, of any number of claims, as the jobs of one grid.
class Jobs {
 public:
  Jobs(const ClaimData& data, const Plan& plan) : data_(data), plan_(plan) {}

  // The outcomes are for `results`. A cell that several claims share is one job.
  void add(const Claim& claim, const std::vector<Cell>& cells, const std::vector<std::uint64_t>& seeds,
           Results& results, const std::string& kind = "") {
    std::map<std::string, std::string> arms;
    for (const Cell& cell : cells) {
      const std::string file = file_name(cell.arm),
                        key = (cell.cache_key.empty() ? claim.name : cell.cache_key) + kind;
      check(arms.emplace(file, cell.arm).second, claim.name, ": two arms of the name ", cell.arm);
      for (const std::uint64_t seed : seeds) {
        const std::string own = key + "/" + file + "-seed-" + std::to_string(seed) + ".json";
        const auto [place, fresh] = places_.try_emplace(own, jobs_.size());
        wanted_.push_back({&results, cell.arm, seed, place->second});
        if (!fresh) continue;
        jobs_.push_back(
            {.name = claim.name + ": " + cell.arm + ", seed " + std::to_string(seed),
             .file = own,
             .settings = cell.settings + "\nwork " + std::to_string(plan_.work),
             .work = cell.seconds,
             .run = [work = cell.work, &data = data_, seed](const auto&) { return work(data, seed); },
             .topic = claim.name});
      }
    }
  }

  void run(const Store& store, const RunnerOptions& o, const Share& share) {
    if (jobs_.empty()) return;
    run_grid(jobs_, store, {o.workers, o.fresh, share, o.progress});
    for (const Wanted& w : wanted_) {
      const Job& job = jobs_[w.job];
      if (job.elsewhere) continue;
      if (job.failure.empty())
        w.results->put(w.arm, w.seed, job.outcome);
      else
        w.results->failures.push_back(job.name + ": failed: " + job.failure);
    }
  }

 private:
  struct Wanted {
    Results* results;
    std::string arm;
    std::uint64_t seed;
    std::size_t job;
  };
  const ClaimData& data_;
  const Plan& plan_;
  std::vector<Job> jobs_;
  std::map<std::string, std::size_t> places_;  // of the jobs by their files
  std::vector<Wanted> wanted_;
};

std::vector<std::uint64_t> seeds_from(std::uint64_t first, std::size_t n) {
  std::vector<std::uint64_t> seeds(n);
  std::iota(seeds.begin(), seeds.end(), first);
  return seeds;
}

}  // namespace

std::vector<Results> run_claims(const std::vector<Claim>& claims, const DataPair& data,
                                const RunnerOptions& o) {
  const bool tunes = std::ranges::any_of(claims, [](const Claim& c) { return bool(c.tuning); });
  const DataPair brief = {data.train, data.test.first(std::min<Index>(2000, data.test.size()))};
  const DataPair held = tunes ? split_off(data.train) : DataPair();
  const ClaimData all{data, brief, held};
  Store store(o.folder.empty() ? o.folder : o.folder / "outcomes", data, o.any_build);

  std::vector<Results> tuned(claims.size(), Results(seeds_from(first_tuning_seed, tuning_seeds)));
  Jobs tuning(all, o.plan);
  for (std::size_t c = 0; c < claims.size(); ++c) {
    if (claims[c].tuning)
      tuning.add(claims[c], claims[c].tuning(o.plan), tuned[c].seeds(), tuned[c], "/tuning");
  }
  tuning.run(store, o, Share());

  std::vector<Results> results;
  for (const Results& r : tuned) results.emplace_back(std::vector<std::uint64_t>{}).failures = r.failures;
  for (const int look : o.plan.looks()) {
    Jobs jobs(all, o.plan);
    for (std::size_t c = 0; c < claims.size(); ++c) {
      Results& r = results[c];
      const bool first = r.seeds().empty();
      if (!r.failures.empty() || (!first && judge(claims[c], r, o.plan).decided())) continue;
      const auto seeds =
          seeds_from(o.plan.first_seed + r.seeds().size(), static_cast<std::size_t>(look) - r.seeds().size());
      for (const std::uint64_t seed : seeds) r.add_seed(seed);
      const std::vector<Cell> cells =
          claims[c].tuning ? claims[c].tuned_grid(o.plan, tuned[c]) : claims[c].grid(o.plan);
      jobs.add(claims[c], cells, seeds, r);
    }
    jobs.run(store, o, o.share);
  }
  store.close();
  return results;
}

}}  // namespace norma
