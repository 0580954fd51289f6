// Running the cells of a claim: what is there is kept, what is missing is run.
#include "apps/claims/engine/runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "apps/claims/engine/report.h"
#include "tests/support/claims.h"
#include "tests/support/counting_claim.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_runner_test {

namespace fs = std::filesystem;

RunnerOptions in(const fs::path& folder, int seeds = 2) {
  RunnerOptions o;
  o.plan.seeds = seeds;
  o.plan.first_seed = 1;
  o.folder = folder;
  return o;
}

TEST_CASE("what is there is not run again, what is missing, broken or of another kind is") {
  const TemporaryFolder folder;
  int runs = 0;
  const Claim claim = counting(runs);
  const auto first = run_claims({claim}, toy_data(), in(folder.path));
  CHECK(runs == 4);
  CHECK(judge(claim, first[0], in(folder.path).plan).verdict == Verdict::reproduced);
  CHECK(last(first[0].at("b", 2), "x") == 4);
  const auto again = run_claims({claim}, toy_data(), in(folder.path));
  CHECK(runs == 4);
  CHECK(row(again[0].at("a", 1), "n")[0] == 10);
  CHECK(std::isnan(row(again[0].at("a", 1), "n")[1]));
  CHECK(row(again[0].at("a", 1), "n")[2] == 0.1);

  run_claims({claim}, toy_data(), in(folder.path, 3));  // more seeds: two more runs
  CHECK(runs == 6);
  const fs::path file = folder.path / "outcomes" / "counting" / "a-seed-1.json";
  REQUIRE(fs::exists(file));
  const auto whole = fs::file_size(file);
  for (std::uintmax_t size : {std::uintmax_t{0}, whole / 2, whole - 3}) {  // cut off: run again
    fs::resize_file(file, size);
    runs = 0;
    run_claims({claim}, toy_data(), in(folder.path));
    CHECK(runs == 1);
  }
  std::ofstream(file) << "[1, 2]";
  std::ofstream(folder.path / "outcomes" / "counting" / ".norma-1-2.tmp") << "half";
  runs = 0;
  run_claims({claim}, toy_data(), in(folder.path));
  CHECK(runs == 1);
  CHECK(!fs::exists(folder.path / "outcomes" / "counting" / ".norma-1-2.tmp"));

  runs = 0;
  run_claims({counting(runs, "2")}, toy_data(), in(folder.path));  // other settings
  CHECK(runs == 4);
  const DataPair other = {toy_data().train.first(100), toy_data().test};
  runs = 0;
  run_claims({counting(runs, "2")}, other, in(folder.path));
  CHECK(runs == 4);
  RunnerOptions quick = in(folder.path);
  quick.plan.work = 0.5;
  runs = 0;
  CHECK(row(run_claims({counting(runs, "2")}, other, quick)[0].at("a", 1), "n")[0] == 5);
  CHECK(runs == 4);
}

TEST_CASE("seeds are added until each part is decided, and then no more") {
  RunnerOptions o;
  int runs = 0;
  CHECK(run_claims({counting(runs)}, toy_data(), o)[0].seeds().size() == 5);
  CHECK(runs == 10);
  Claim open = counting(runs);  // half of the seeds speak for it, half against
  open.parts[0].value = [](const SeedResults& s) { return s.seed % 2 ? 1 : 3; };
  runs = 0;
  const Results results = run_claims({open}, toy_data(), o)[0];
  CHECK(results.seeds().size() == 40);
  CHECK(results.seeds().front() == first_judging_seed);
  CHECK(runs == 80);  // none twice
  CHECK(judge(open, results, o.plan).verdict == Verdict::inconclusive);
}

TEST_CASE("what a claim tunes by ends before its runs, has seeds of its own, and sees no test image") {
  int runs = 0;
  Claim claim = counting(runs);
  claim.grid = {};
  claim.tuning = [](const Plan&) {
    return std::vector<Cell>{{"rate", "", 1, [](const ClaimData& data, std::uint64_t seed) {
                                const auto held = data.tuning.test.pixels, train = data.full.train.pixels;
                                CHECK(std::ranges::equal(held, std::span(train).last(held.size())));
                                CHECK(data.tuning.train.size() + data.tuning.test.size() ==
                                      data.full.train.size());
                                return Outcome{{"best", {static_cast<double>(seed)}}};
                              }}};
  };
  claim.tuned_grid = [&runs](const Plan& plan, const Results& tuned) {
    CHECK(tuned.seeds().size() == 3);
    for (std::uint64_t seed : tuned.seeds()) CHECK(last(tuned.at("rate", seed), "best") > 1'000'000);
    return counting(runs).grid(plan);
  };
  RunnerOptions o;
  o.plan.seeds = 2;
  CHECK(run_claims({claim}, toy_data(), o)[0].seeds().size() == 2);
  CHECK(runs == 4);
}

TEST_CASE("progress says what was kept and comes to the end; a cell that fails is named") {
  const TemporaryFolder folder;
  int runs = 0;
  const Results failing = run_claims({counting(runs, "1", true)}, toy_data(), in(folder.path))[0];
  CHECK(failing.failures == std::vector<std::string>{"counting: b, seed 2: failed: no more"});
  CHECK(runs == 3);
  RunnerOptions o = in(folder.path);
  std::vector<Index> done;
  double share = 0;
  o.progress = [&](const GridProgress& p) {
    CHECK((p.all == 4 && p.kept == 3));
    CHECK(p.share >= share);
    CHECK(p.topic == (p.done == p.kept ? "" : "counting"));
    share = p.share;
    done.push_back(p.done);
  };
  run_claims({counting(runs)}, toy_data(), o);
  CHECK(done == std::vector<Index>{3, 4});
  CHECK(share == 1);
}

TEST_CASE("the same bytes with one worker and with two, and when it was kept") {
  RunnerOptions one;
  one.plan = toy_plan;
  const std::vector<Claim> claims = {claim_of("convergence"), claim_of("dropout"), claim_of("train-eval")};
  auto bytes = [&](const RunnerOptions& o) {
    Reproduction r{claims, run_claims(claims, toy_data(), o), {}, o.plan, "toy", "", {}};
    judge_all(r);
    return verdicts_json(r);
  };
  const TemporaryFolder folder;
  RunnerOptions two = one, kept = one;
  two.workers = 2;
  kept.folder = folder.path;
  const std::string alone = bytes(one);
  CHECK(alone == bytes(two));
  CHECK(alone == bytes(kept));
  CHECK(alone == bytes(kept));
}

}  // namespace claims_engine_runner_test
}}  // namespace norma
