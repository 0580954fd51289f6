// The learning-rate range test: what planted losses say, and a run whose rate grows.
#include "apps/run/find_rate.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_find_rate_test {

// Rates 0.0001 … 10, a hundred a decade, and their losses by f(log10 rate).
template <class F>
RateSearch judged(const F& f, bool ended = false) {
  std::vector<double> rates, losses;
  for (int i = 0; i <= 500; ++i) {
    const double decade = -4 + i / 100.0;
    rates.push_back(std::pow(10, decade));
    losses.push_back(f(decade));
  }
  return judge_rates(rates, losses, ended);
}

TEST_CASE("find_rate: a planted fall and rise are found where they are") {
  // From 2 to 1 around 0.01 (a logistic curve in log10 of the rate), and up past 2 at 1
  auto fall = [](double d) { return 2 - 1 / (1 + std::exp(-8 * (d + 2))); };
  const RateSearch both = judged([&](double d) { return fall(d) + (d > -0.5 ? 4 * (d + 0.5) : 0); });
  REQUIRE((both.steepest && both.diverges && both.suggestion));
  CHECK(std::log10(*both.steepest) == doctest::Approx(-2).epsilon(0.1));  // the running mean lags by 0.2
  CHECK(std::log10(*both.diverges) == doctest::Approx(0).epsilon(0.3));
  CHECK(*both.suggestion == *both.steepest);
  CHECK(both.reason == "the loss falls fastest there");

  const RateSearch falls = judged(fall);
  CHECK((falls.steepest && !falls.diverges && falls.suggestion == falls.steepest));

  // A rise soon after the fall: a tenth of where it began
  const RateSearch soon = judged([&](double d) { return fall(d) + (d > -1.8 ? 4 * (d + 1.8) : 0); });
  REQUIRE((soon.diverges && soon.suggestion));
  CHECK(*soon.suggestion == *soon.diverges / 10);
  CHECK(*soon.suggestion < *soon.steepest);

  const RateSearch ended = judged(fall, true);
  CHECK((ended.diverges && *ended.diverges == doctest::Approx(10)));
}

TEST_CASE("find_rate: without a fall there is no suggestion, whatever the noise") {
  for (const RateSearch& s :
       {judged([](double) { return 2.0; }), judged([](double d) { return 2 + 0.2 * d; }),
        judged([](double d) { return 2 + 0.1 * std::sin(100 * d); })}) {
    const bool falls = s.smooth.back() < 0.9 * s.smooth.front();
    CHECK(s.suggestion.has_value() == falls);
    if (!falls) CHECK(s.reason.find("never fell by a tenth") != std::string::npos);
  }
}

TEST_CASE("find_rate: the rates of a run grow by one factor, and its steps are those of training") {
  RunConfig config;
  config.steps = 60;
  config.norm = "batch";
  config.hidden = {16};
  const RunPlan plan = resolve(config, digits());
  Index told = 0;
  const RateSearch s = find_rate(plan, digits(), 1e-4, 1, [&](Index step) { told = step; });
  REQUIRE(s.rates.size() == s.losses.size());
  CHECK(told == 60);
  CHECK(s.rates.front() == doctest::Approx(1e-4));
  for (std::size_t t = 1; t < s.rates.size(); ++t)
    CHECK(s.rates[t] / s.rates[t - 1] == doctest::Approx(std::pow(1e4, 1 / 59.0)));
  CHECK(s.rates.back() == doctest::Approx(1));
  // The first loss is that of any run
  config.log_every = 1;
  config.steps = 1;
  CHECK(s.losses.front() == run(config, digits()).result.losses.front().loss);
  CHECK(find_rate(plan, digits(), 1e-4, 1).losses == s.losses);

  // It ends when the loss doubles
  const RateSearch wild = find_rate(plan, digits(), 1, 1e9);
  CHECK(wild.losses.size() < 60);
  for (auto [from, to] : {std::pair(0.0, 1.0), {1.0, 1.0}, {2.0, 1.0}, {1.0, INFINITY}})
    CHECK_THROWS_AS(find_rate(plan, digits(), from, to), Error);
  RunPlan few = plan;
  few.config.steps = 19;
  CHECK_THROWS_WITH_AS(find_rate(few, digits(), 0.1, 1), "find-lr: expected at least 20 steps, got 19",
                       Error);
}

}}}  // namespace norma::run_find_rate_test
