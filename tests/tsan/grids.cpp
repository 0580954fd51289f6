// Grids with four workers, of a comparison and of claims, loops shared among four threads, and parts of a
// batch that share statistics, for ThreadSanitizer: tests/tsan/run.sh.
#include <iostream>

#include "apps/claims/engine/runner.h"
#include "apps/compare/comparison.h"
#include "data/load.h"

using namespace norma;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  const DataPair data = load_data("digits", {}, {.train = 300, .test = 100, .seed = 1});
  RunConfig config;
  config.hidden = {20, 20};
  config.batch_size = 20;
  config.steps = 40;
  config.eval_every = 10;
  config.dropout = 0.1;

  const std::vector<Factor> factors = {parse_factor("norm=none,batch,layer"),
                                       parse_factor("optimizer=sgd,adam")};
  Comparison grid = make_comparison(config, combinations(config, factors), 3, data);
  Index calls = 0;
  run_comparison(grid, data, 4, folder / "compare", [&](const GridProgress&) { ++calls; });

  Claim claim;
  claim.name = "grid";
  claim.grid = [&](const Plan&) {
    std::vector<Cell> cells;
    for (const Arm& arm : grid.arms)
      cells.push_back({arm.name, "", 1, [&arm](const ClaimData& d, std::uint64_t seed) {
                         RunConfig own = arm.configs[0];
                         own.seed = seed;
                         return Outcome{{"loss", {run(own, d.full).result.test_running.loss}}};
                       }});
    return cells;
  };
  RunnerOptions options{.plan = {.seeds = 3, .first_seed = 1}, .workers = 4, .folder = folder / "claims"};
  options.progress = [&](const GridProgress&) { ++calls; };
  const std::vector<Results> results = run_claims({claim}, data, options);
  for (const Arm& arm : grid.arms)
    for (std::size_t s = 0; s < arm.runs.size(); ++s)
      if (results[0].at(arm.name, grid.seeds[s]).at("loss")[0] != arm.runs[s].test_running.loss) {
        std::cerr << arm.name << ": comparison and claim differ\n";
        return 1;
      }

  config.layers = "conv 4 3, bn, relu, pool 2, flatten, linear 200, linear 10";
  config.dropout = 0;
  config.batch_size = 100;
  config.steps = 3;
  config.threads = 4;
  run(config, data);

  config.threads = 1;
  config.accumulate = 4;
  for (const char* group : {"all", "2"}) {
    config.norm_group = group;
    run(config, data);
  }
  std::cout << grid.arms.size() * grid.seeds.size() << " runs each way, " << calls
            << " reports of progress, one run with four threads, two in parts\n";
}
