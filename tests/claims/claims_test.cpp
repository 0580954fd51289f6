// Verdicts, the runner that keeps outcomes, and the report. What each claim measures is tested in claims_*_test.cpp.
#include "tests/support/claims.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/claims/engine/probe.h"
#include "apps/claims/engine/report.h"
#include "data/formats/files.h"
#include "layers/batchnorm.h"
#include "layers/linear.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

namespace fs = std::filesystem;

TEST_CASE("verdict: all of the interval, none of it, or some satisfies the bound") {
  const Rule least{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(least, {2, 2.1, 2.2}).verdict == Verdict::reproduced);
  CHECK(judge(least, {0.2, 0.1, 0.3}).verdict == Verdict::refuted);
  CHECK(judge(least, {-5, -5.1}).verdict == Verdict::refuted);
  CHECK(judge(least, {0.5, 1.5, 2}).verdict == Verdict::inconclusive);
  CHECK(judge(least, {1, 1, 1}).verdict == Verdict::reproduced);  // the bound itself satisfies it
  Rule most = least;
  most.sense = Rule::at_most;
  CHECK(judge(most, {2, 2.1, 2.2}).verdict == Verdict::refuted);
  CHECK(judge(most, {0.2, 0.1, 0.3}).verdict == Verdict::reproduced);
  CHECK(judge(most, {0.5, 1.5, 2}).verdict == Verdict::inconclusive);
  CHECK(judge(most, {1, 1}).verdict == Verdict::reproduced);
}

TEST_CASE("verdict: without an interval, or a value, it is inconclusive") {
  const Rule rule{.effect = "e", .bound = 1, .why = "w"};
  CHECK(judge(rule, {5}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5}).ours() == "5");
  CHECK(judge(rule, {}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5, 5, NAN}).verdict == Verdict::inconclusive);
  CHECK(judge(rule, {5, 5, NAN}).ours() == "not measured in every run");
  CHECK(judge(rule, {5, HUGE_VAL, 5}).verdict == Verdict::inconclusive);
  Rule times = rule;
  times.unit = Unit::times;
  CHECK(judge(times, {3, 0, 3}).verdict == Verdict::inconclusive);
  CHECK(judge(times, {3, -1, 3}).verdict == Verdict::inconclusive);
}

TEST_CASE("verdict: ratios are averaged as logarithms, and shown in their unit") {
  const JudgedPart ratio = judge({.effect = "e", .bound = 2, .unit = Unit::times, .why = "w"}, {2, 8});
  CHECK(ratio.mean == doctest::Approx(4));
  CHECK(ratio.low == doctest::Approx(4 / std::exp(12.7062 * std::log(2))).epsilon(1e-4));
  CHECK(ratio.ours().starts_with("4× ("));
  CHECK(ratio.wanted() == "at least 2×");
  const JudgedPart points =
      judge({.effect = "e", .bound = 0.01, .unit = Unit::points, .why = "w"}, {0.02, 0.02});
  CHECK(points.ours() == "+2 points in every seed");
  CHECK(points.wanted() == "at least +1 points");
  CHECK(judge({.effect = "e", .bound = 1, .noun = "decades", .why = "w"}, {1, 2}).ours() ==
        "1.5 decades (−4.85 to 7.85)");
}

// A claim whose cells count how often they are run: arm a gives the seed, arm b twice the seed.
Claim counting(int& runs, const std::string& settings = "1", bool fails = false) {
  Claim claim;
  claim.name = "counting";
  claim.sentence = "b is larger";
  claim.source = claim.paper = claim.asked = claim.caveat = "a test";
  claim.parts = {{{.effect = "b over a", .bound = 1.5, .unit = Unit::times, .why = "because"},
                  [](const SeedResults& s) { return last(s["b"], "x") / last(s["a"], "x"); }}};
  claim.grid = [&runs, settings, fails](const Plan& plan) {
    std::vector<Cell> cells;
    for (const std::string arm : {"a", "b"}) {
      cells.push_back(
          {arm, settings, 1, [&runs, arm, fails, n = plan.of(10)](const ClaimData& data, std::uint64_t seed) {
             check(!fails || arm == "a" || seed == 1, "no more");
             ++runs;
             const double x = static_cast<double>(seed) * (arm == "a" ? 1 : 2);
             return Outcome{{"x", {x}},
                            {"n", {static_cast<double>(n), NAN, 0.1}},
                            {"brief", {static_cast<double>(data.brief.test.size())}}};
           }});
    }
    return cells;
  };
  claim.show = [](const Results& r) {
    Table table({"x"});
    table.row({number(last(r.at("a", 1), "x"))});
    Figure figure;
    figure.series.push_back({.label = "a", .x = {1, 2}, .y = {1, 2}});
    return std::vector<Exhibit>{{"t", "a table", table}, {"f", "a figure", figure}};
  };
  claim.seen = [](const Results&) { return "nothing"; };
  return claim;
}

RunnerOptions in(const fs::path& folder, int seeds = 2) {
  RunnerOptions o;
  o.plan.seeds = seeds;
  o.folder = folder;
  return o;
}

TEST_CASE("runner: what is there is not run again, what is missing, broken or of another kind is") {
  const TemporaryFolder folder;
  int runs = 0;
  const Claim claim = counting(runs);
  const auto first = run_claims({claim}, toy_data(), in(folder.path));
  CHECK(runs == 4);
  CHECK(judge(claim, first[0]).verdict == Verdict::reproduced);
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

TEST_CASE("runner: progress says what was kept and comes to the end; a cell that fails is named") {
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
    share = p.share;
    done.push_back(p.done);
  };
  run_claims({counting(runs)}, toy_data(), o);
  CHECK(done == std::vector<Index>{3, 4});
  CHECK(share == 1);
}

TEST_CASE("runner: the same bytes with one worker and with two, and when it was kept") {
  RunnerOptions one;
  one.plan = toy_plan;
  const std::vector<Claim> claims = {claim_of("convergence"), claim_of("learning-rate")};
  auto bytes = [&](const RunnerOptions& o) {
    Reproduction r{claims, run_claims(claims, toy_data(), o), {}, o.plan, "toy", ""};
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

TEST_CASE("report: tables, JSON and a page, also without gnuplot") {
  int runs = 0;
  Reproduction r{{counting(runs)}, {}, {}, quick_plan, "toy data", " --data digits"};
  RunnerOptions o;
  o.plan = quick_plan;
  r.results = run_claims(r.claims, toy_data(), o);
  judge_all(r);
  CHECK(verdict_text(r) == "  counting: reproduced\n    b over a: 2× in every seed; at least 1.5× wanted\n");
  const auto j = nlohmann::json::parse(verdicts_json(r));
  CHECK(j["command"] == "norma reproduce counting --quick --data digits");
  CHECK(j["quick"] == true);
  CHECK(j["claims"][0]["verdict"] == "reproduced");
  CHECK(j["claims"][0]["parts"][0]["values"] == std::vector<double>{2, 2, 2});
  setenv("NORMA_GNUPLOT", "", 1);
  const TemporaryFolder folder;
  write_reproduction(r, folder.path);
  unsetenv("NORMA_GNUPLOT");
  const std::string page = read_file(folder / "report.html");
  for (const char* words : {"a tenth of the work", "gnuplot was not found", "b over a", "id=\"counting\"",
                            "href=\"#counting\"", "badge reproduced", "at least 1.5×"})
    CHECK_MESSAGE(page.find(words) != std::string::npos, words);
  CHECK(fs::exists(folder.path / "figures" / "counting-f.csv"));
  CHECK(read_file(folder / "verdicts.md").find("| counting | reproduced |") != std::string::npos);
}

TEST_CASE("claims: every one is complete, and their names differ") {
  std::set<std::string> names;
  for (const Claim& claim : all_claims()) {
    CAPTURE(claim.name);
    CHECK(names.insert(claim.name).second);
    CHECK((!claim.parts.empty() && claim.parts.size() <= 3));
    CHECK((claim.grid && claim.show && claim.seen));
    CHECK(claim.sentence.ends_with("."));
  }
}

// docs/reproduce/verdicts.json is what `norma reproduce --all` wrote; the README's table repeats it. Neither may say what
// the numbers, judged by the rules as they stand, do not.
TEST_CASE("docs: the verdicts in the README are those of the run that is kept, by the rules as they stand") {
  const fs::path root = NORMA_SOURCE_DIR;
  const auto kept = nlohmann::json::parse(read_file(root / "docs" / "reproduce" / "verdicts.json"));
  const std::string readme = read_file(root / "README.md");
  CHECK(kept["command"] == "norma reproduce --all");
  CHECK(kept["quick"] == false);
  CHECK(readme.find(kept["command"].get<std::string>()) != std::string::npos);
  REQUIRE(kept["claims"].size() == all_claims().size());
  Reproduction again{all_claims(), {}, {}, {}, "", ""};
  for (std::size_t c = 0; c < all_claims().size(); ++c) {
    const Claim& claim = all_claims()[c];
    CAPTURE(claim.name);
    const auto& j = kept["claims"][c];
    CHECK((j["name"] == claim.name && j["sentence"] == claim.sentence && j["source"] == claim.source));
    REQUIRE(j["parts"].size() == claim.parts.size());
    Judgement judgement{{}, Verdict::reproduced};
    bool all = true, refuted = false;
    for (std::size_t p = 0; p < claim.parts.size(); ++p) {
      const auto& part = j["parts"][p];
      std::vector<double> values;
      for (const auto& v : part["values"]) values.push_back(v.is_null() ? NAN : v.get<double>());
      CHECK(values.size() == static_cast<std::size_t>(claim.seeds));
      const JudgedPart judged = judge(claim.parts[p].rule, values);
      CHECK((part["effect"] == judged.rule.effect && part["wanted"] == judged.wanted()));
      CHECK((part["found"] == judged.ours() && part["verdict"] == word(judged.verdict)));
      judgement.parts.push_back(judged);
      all = all && judged.verdict == Verdict::reproduced;
      refuted = refuted || judged.verdict == Verdict::refuted;
    }
    const std::string verdict = all ? "reproduced" : refuted ? "refuted" : "inconclusive";
    CHECK(j["verdict"] == verdict);
    judgement.verdict = all ? Verdict::reproduced : refuted ? Verdict::refuted : Verdict::inconclusive;
    again.judgements.push_back(judgement);
    const std::string line = "| `" + claim.name + "` | " + claim.sentence + " (" + claim.source + ") | " +
                             verdict + " | " + j["ours"].get<std::string>() + " |";
    CHECK_MESSAGE(readme.find(line) != std::string::npos, line);
  }
  CHECK(full_table(again).markdown() == read_file(root / "docs/reproduce/verdicts.md"));
}

TEST_CASE("probe: gradients are those of the loss, and leave no trace") {
  manual_seed(3);
  Sequential net;
  net.append(Linear(4, 5));
  BatchNorm& bn = net.append(BatchNorm1d(5));
  net.append(Linear(5, 3));
  Batch batch{Tensor(Shape{6, 4}), Labels(6)};
  Rng rng(1);
  for (real& v : batch.x.values()) v = static_cast<real>(rng.normal());
  for (Index i = 0; i < 6; ++i) batch.labels[i] = static_cast<int>(i % 3);
  const Vector before = values_of(net);
  CHECK(before.size() == offsets_of(net).back());
  Vector g;
  const double loss = batch_gradient(net, batch, g);
  CHECK(loss == doctest::Approx(batch_loss(net, batch)).epsilon(1e-6));
  REQUIRE(g.size() == before.size());
  Vector direction(g.size());
  for (double& d : direction) d = rng.normal();
  const double h = 1e-2;
  set_values(net, along(before, h, direction));
  const double up = batch_loss(net, batch);
  set_values(net, along(before, -h, direction));
  const double down = batch_loss(net, batch);
  set_values(net, before);
  CHECK((up - down) / (2 * h) == doctest::Approx(dot(g, direction)).epsilon(0.01));
  CHECK(values_of(net) == before);
  CHECK(net.training());
  for (Index i = 0; i < 5; ++i) CHECK((bn.running_mean[i] == 0 && *bn.num_batches_tracked == 0));
  CHECK(cosine({1, 0}, {1, 1}) == doctest::Approx(std::sqrt(0.5)));
  CHECK(std::isnan(cosine({0, 0}, {1, 1})));
  CHECK(norm({3, 4}) == 5);
  const Tensor hidden = output_of_layer(net, 0, batch.x, Statistics::running);
  CHECK(hidden.shape() == Shape{6, 5});
}

TEST_CASE("probe: log-spaced steps hold the first, the last, and about as many as asked for") {
  int n = 0;
  for (Index t = 0; t <= 20'000; ++t) n += log_spaced(t, 20'000, 40);
  CHECK((log_spaced(0, 20'000, 40) && log_spaced(1, 20'000, 40) && log_spaced(20'000, 20'000, 40)));
  CHECK((n >= 30 && n <= 44));
}

}  // namespace
}}  // namespace norma
