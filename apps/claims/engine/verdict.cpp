// From numbers to a verdict. Nothing in here knows which claim it judges.
#include <cmath>

#include "apps/claims/engine/claim.h"
#include "apps/report/numbers.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::string in_unit(const Rule& rule, double value) {
  switch (rule.unit) {
    case Unit::points:
      return signed_number(100 * value);
    case Unit::share:
      return percent(value, 1);
    case Unit::times:
      return number(value) + "×";
    case Unit::plain:
      break;
  }
  return number(value);
}

std::string noun(const Rule& rule, double value) {
  if (rule.unit == Unit::points) return " points";
  if (rule.noun.empty()) return "";
  const bool one = value == 1 && rule.noun.ends_with('s');  // 1 decade
  return " " + rule.noun.substr(0, rule.noun.size() - one);
}

}  // namespace

const char* word(Verdict verdict) {
  return verdict == Verdict::reproduced ? "reproduced"
         : verdict == Verdict::refuted  ? "refuted"
                                        : "inconclusive";
}

Rule at_least(double bound, Unit unit, const std::string& noun) {
  return {.effect = "", .bound = bound, .unit = unit, .noun = noun, .why = ""};
}
Rule at_most(double bound, Unit unit, const std::string& noun) {
  return {.effect = "", .sense = Rule::at_most, .bound = bound, .unit = unit, .noun = noun, .why = ""};
}

Part part(const std::string& effect, Rule wanted, const std::string& why,
          const std::function<double(const SeedResults&)>& value) {
  wanted.effect = effect;
  wanted.why = why;
  return {wanted, value};
}

JudgedPart judge(const Rule& rule, const std::vector<double>& values) {
  const Interval i = mean_interval(values);
  const auto [mean, low, high] =
      rule.unit == Unit::times ? ratio_interval(values) : RatioInterval{i.mean, i.low(), i.high()};
  JudgedPart part{rule, values, mean, low, high, Verdict::inconclusive};
  if (std::isnan(low)) return part;
  const bool at_least = rule.sense == Rule::at_least;
  const bool low_does = at_least ? low >= rule.bound : low <= rule.bound;
  const bool high_does = at_least ? high >= rule.bound : high <= rule.bound;
  if (low_does && high_does) part.verdict = Verdict::reproduced;
  if (!low_does && !high_does) part.verdict = Verdict::refuted;
  return part;
}

std::string JudgedPart::ours() const {
  if (std::isnan(mean)) return "not measured in every run";
  std::string words = in_unit(rule, mean) + noun(rule, mean);
  if (low < high) words += " (" + in_unit(rule, low) + " to " + in_unit(rule, high) + ")";
  if (low == high) words += " in every seed";
  return words;
}

std::string JudgedPart::wanted() const {
  return (rule.sense == Rule::at_least ? "at least " : "at most ") + in_unit(rule, rule.bound) +
         noun(rule, rule.bound);
}

Judgement judge(const Claim& claim, const Results& results) {
  Judgement judgement{{}, Verdict::reproduced};
  bool all = true, any_refuted = false;
  for (const Part& part : claim.parts) {
    judgement.parts.push_back(judge(part.rule, results.each(part.value)));
    all = all && judgement.parts.back().verdict == Verdict::reproduced;
    any_refuted = any_refuted || judgement.parts.back().verdict == Verdict::refuted;
  }
  if (!all) judgement.verdict = any_refuted ? Verdict::refuted : Verdict::inconclusive;
  return judgement;
}

std::vector<double> Results::each(const std::function<double(const SeedResults&)>& f) const {
  std::vector<double> values;
  for (std::uint64_t seed : seeds_) values.push_back(f({*this, seed}));
  return values;
}

const Outcome& Results::at(const std::string& arm, std::uint64_t seed) const {
  const auto it = outcomes_.find({arm, seed});
  check(it != outcomes_.end(), "results: no outcome of '", arm, "' with seed ", seed);
  return it->second;
}

}}  // namespace norma
