// A claim at toy size, and planted effects: whether its machinery can say all three verdicts.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "apps/claims/engine/batch_sizes.h"
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/runner.h"
#include "data/load.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD {

inline const Claim& claim_of(std::string_view name) {
  const auto& all = all_claims();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Claim& c) { return c.name == name; });
  REQUIRE(it != all.end());
  return *it;
}

/// 600 + 200 drawn digits.
inline const DataPair& toy_data() {
  static const DataPair data = load_data("digits", {}, {.train = 600, .test = 200, .seed = 7});
  return data;
}

inline constexpr Plan toy_plan = {.seeds = 3, .first_seed = 1, .work = 0.002};

/// Runs the claim's whole grid at toy size, and holds that it can be judged and shown. Then plants effects
/// with `plant(results, seed, sign)`, which changes that seed's outcomes: sign +1 so that what is claimed is
/// plainly so, −1 so that it plainly is not. In every seed +1: reproduced; in every seed −1: refuted; in some
/// so, in some not: inconclusive.
template <class Plant>
void check_claim(const std::string& name, const Plant& plant) {
  CAPTURE(name);
  const Claim& claim = claim_of(name);
  RunnerOptions options;
  options.plan = toy_plan;
  options.workers = 2;
  const Results toy = run_claims({claim}, toy_data(), options)[0];
  CHECK(judge(claim, toy, toy_plan).parts.size() == claim.parts.size());
  for (const std::string& words :
       {claim.sentence, claim.source, claim.paper, claim.asked, claim.caveat, claim.seen(toy)})
    CHECK(words.size() > 20);
  for (const Part& part : claim.parts) CHECK(part.rule.why.size() > 10);
  {
    setenv("NORMA_GNUPLOT", "", 1);
    TemporaryFolder folder;
    for (const Exhibit& exhibit : claim.show(toy)) {
      CHECK(exhibit.caption.size() > 10);
      if (const Figure* f = std::get_if<Figure>(&exhibit.what))
        CHECK_NOTHROW(draw(*f, folder / "f", exhibit.name));
      if (const HeatMap* m = std::get_if<HeatMap>(&exhibit.what))
        CHECK_NOTHROW(draw(*m, folder / "f", exhibit.name));
    }
    unsetenv("NORMA_GNUPLOT");
  }
  auto verdict = [&](auto sign_of) {
    Results planted = toy;
    for (std::uint64_t seed : planted.seeds()) plant(planted, seed, sign_of(seed));
    std::string found;
    for (const JudgedPart& part : judge(claim, planted, toy_plan).parts)
      found += part.ours() + "; expected " + part.wanted() + "\n";
    INFO(found);
    return std::string(word(judge(claim, planted, toy_plan).verdict));
  };
  CHECK(verdict([](std::uint64_t) { return 1; }) == "reproduced");
  CHECK(verdict([](std::uint64_t) { return -1; }) == "refuted");
  CHECK(verdict([](std::uint64_t seed) { return seed % 2 ? 1 : -1; }) == "inconclusive");
}

/// Makes a training's outcome one that ends with this accuracy, having reached it halfway.
inline void plant_accuracy(Results& results, const std::string& arm, std::uint64_t seed, double accuracy) {
  Outcome o = results.at(arm, seed);
  o.erase("diverged_at");
  o["step"] = {50, 100};
  o["test_accuracy"] = {accuracy, accuracy};
  o["train_loss"] = o["test_loss"] = {1 - accuracy, 1 - accuracy};
  o["steps"] = {100};
  results.put(arm, seed, o);
}

/// An arm ends with this accuracy, at whatever rates it was run.
inline void plant_size(Results& r, const std::string& norm, Index size, std::uint64_t seed, double accuracy) {
  for (double lr : rates_at(size)) {
    const std::string arm = batch_size_arm(norm, size, lr);
    if (r.has(arm)) plant_accuracy(r, arm, seed, accuracy);
  }
}

/// What stands in the rows of one arm's outcome.
inline void plant_rows(Results& results, const std::string& arm, std::uint64_t seed, const Outcome& rows) {
  Outcome o = results.at(arm, seed);
  for (const auto& [name, values] : rows) o[name] = values;
  results.put(arm, seed, o);
}

}}  // namespace norma
