#include "apps/claims/engine/runner.h"

#include "apps/grid/grid.h"

namespace norma { inline namespace NORMA_BUILD {

std::vector<Results> run_claims(const std::vector<Claim>& claims, const DataPair& data,
                                const RunnerOptions& o) {
  const DataPair brief = {data.train, data.test.first(std::min<Index>(2000, data.test.size()))};
  const ClaimData both{data, brief};
  std::vector<Job> jobs;
  std::map<std::string, std::size_t>
      places;  // of the jobs by their files: a cell that several claims share is one job
  struct Place {
    std::string arm;
    std::uint64_t seed;
    std::size_t job;
  };
  std::vector<std::vector<Place>> of(claims.size());
  for (std::size_t c = 0; c < claims.size(); ++c) {
    std::map<std::string, std::string> arms;
    for (const Cell& cell : claims[c].grid(o.plan)) {
      const std::string file = file_name(cell.arm),
                        key = cell.cache_key.empty() ? claims[c].name : cell.cache_key;
      check(arms.emplace(file, cell.arm).second, claims[c].name, ": two arms of the name ", cell.arm);
      for (std::uint64_t seed : seeds_of(claims[c], o.plan)) {
        const std::string own = key + "/" + file + "-seed-" + std::to_string(seed) + ".json";
        const auto [place, fresh] = places.try_emplace(own, jobs.size());
        of[c].push_back({cell.arm, seed, place->second});
        if (!fresh) continue;
        jobs.push_back({.name = claims[c].name + ": " + cell.arm + ", seed " + std::to_string(seed),
                        .file = own,
                        .settings = cell.settings + "\nwork " + std::to_string(o.plan.work),
                        .work = cell.seconds,
                        .run = [work = cell.work, &both, seed](const auto&) { return work(both, seed); },
                        .topic = claims[c].name});
      }
    }
  }
  const Store store(o.folder.empty() ? o.folder : o.folder / "outcomes", data, o.any_build);
  run_grid(jobs, store, {o.workers, o.fresh, o.progress});

  std::vector<Results> results;
  for (std::size_t c = 0; c < claims.size(); ++c) {
    Results& r = results.emplace_back(seeds_of(claims[c], o.plan));
    for (const Place& place : of[c]) {
      const Job& job = jobs[place.job];
      if (job.failure.empty())
        r.put(place.arm, place.seed, job.outcome);
      else
        r.failures.push_back(job.name + ": failed: " + job.failure);
    }
  }
  return results;
}

}}  // namespace norma
