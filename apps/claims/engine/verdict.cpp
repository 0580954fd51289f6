// From numbers to a verdict. Nothing in here knows which claim it judges.
#include <algorithm>
#include <cmath>

#include "apps/claims/engine/claim.h"
#include "apps/report/numbers.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::string in_unit(const Rule& rule, double value) {
  if (rule.unit == Unit::share) value = std::clamp(value, 0.0, 1.0);  // if its interval would leave them
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

std::ptrdiff_t count(const std::vector<Measured>& values, Measured::Kind kind) {
  return std::ranges::count(values, kind, &Measured::kind);
}

}  // namespace

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::in_part:
      return "in part";
    case Verdict::refuted:
      return "refuted";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

Rule at_least(double bound, Unit unit, const std::string& noun) {
  return {.effect = "", .bound = bound, .unit = unit, .noun = noun, .why = ""};
}
Rule at_most(double bound, Unit unit, const std::string& noun) {
  return {.effect = "", .sense = Rule::at_most, .bound = bound, .unit = unit, .noun = noun, .why = ""};
}

Part part(const std::string& effect, Rule wanted, const std::string& why,
          const std::function<Measured(const SeedResults&)>& value, const std::string& runs) {
  wanted.effect = effect;
  wanted.why = why;
  wanted.runs = runs;
  return {wanted, value};
}

JudgedPart judge(const Rule& rule, const std::vector<Measured>& values, double confidence) {
  const bool logs = rule.unit == Unit::times;
  std::vector<double> measured;
  for (const Measured& m : values)
    measured.push_back(!logs ? m.value : m.value > 0 ? std::log(m.value) : NAN);
  const Interval i = mean_interval(measured, confidence);
  auto back = [&](double x) { return logs ? std::exp(x) : x; };
  JudgedPart part{rule, values, back(i.mean), back(i.low()), back(i.high()), Verdict::inconclusive};
  if (!i.known()) return part;
  const bool at_least = rule.sense == Rule::at_least;
  const bool low_does = at_least ? part.low >= rule.bound : part.low <= rule.bound;
  const bool high_does = at_least ? part.high >= rule.bound : part.high <= rule.bound;
  // What is at least this may satisfy "at least", and cannot fail it; and the other way round.
  const bool may_satisfy = !count(values, at_least ? Measured::at_most : Measured::at_least);
  const bool may_fail = !count(values, at_least ? Measured::at_least : Measured::at_most);
  if (low_does && high_does && may_satisfy) part.verdict = Verdict::reproduced;
  if (!low_does && !high_does && may_fail) part.verdict = Verdict::refuted;
  return part;
}

std::string JudgedPart::ours() const {
  if (std::isnan(mean)) return "not measured in every run";
  const auto lower = count(values, Measured::at_least), upper = count(values, Measured::at_most);
  std::string words = lower && upper ? "about " : lower ? "at least " : upper ? "at most " : "";
  words += in_unit(rule, mean) + noun(rule, mean);
  if (low < high) words += " (" + in_unit(rule, low) + " to " + in_unit(rule, high) + ")";
  if (low == high) words += " in every seed";
  if (lower + upper) {
    const std::string all = std::to_string(values.size()) + " " + rule.runs;
    const bool none = lower + upper == static_cast<std::ptrdiff_t>(values.size());
    words += none ? ": none of " + all + " arrived"
                  : ": " + std::to_string(lower + upper) + " of " + all + " did not arrive";
  }
  return words;
}

std::string JudgedPart::wanted() const {
  return (rule.sense == Rule::at_least ? "at least " : "at most ") + in_unit(rule, rule.bound) +
         noun(rule, rule.bound);
}

std::string JudgedPart::would_decide() const {
  const bool exact = count(values, Measured::exact) == std::ssize(values);
  if (verdict != Verdict::inconclusive || !exact || !(low < high)) return "";
  auto scale = [&](double x) { return rule.unit == Unit::times ? std::log(x) : x; };
  const double half = (scale(high) - scale(low)) / 2, away = std::abs(scale(mean) - scale(rule.bound));
  const double seeds = std::ceil(double(values.size()) * (half / away) * (half / away) / 10) * 10;
  return seeds <= 1000 ? "about " + number(seeds) + " seeds would decide it"
                       : "the mean is at the bound, and no number of seeds that one would run decides it";
}

Verdict verdict_of(const std::vector<JudgedPart>& parts) {
  std::size_t reproduced = 0, refuted = 0;
  for (const JudgedPart& part : parts) {
    reproduced += part.verdict == Verdict::reproduced;
    refuted += part.verdict == Verdict::refuted;
  }
  if (reproduced == parts.size()) return Verdict::reproduced;
  if (refuted) return reproduced ? Verdict::in_part : Verdict::refuted;
  return Verdict::inconclusive;
}

bool Judgement::decided() const {
  return std::ranges::none_of(parts, [](const JudgedPart& p) { return p.verdict == Verdict::inconclusive; });
}

Judgement judge(const Claim& claim, const Results& results, const Plan& plan) {
  Judgement judgement;
  for (const int look : plan.looks()) {
    const Results known = results.first(static_cast<std::size_t>(look));
    for (std::size_t p = 0; p < claim.parts.size(); ++p) {
      if (p < judgement.parts.size() && judgement.parts[p].verdict != Verdict::inconclusive) continue;
      std::vector<Measured> values;
      for (std::uint64_t seed : known.seeds()) values.push_back(claim.parts[p].value({known, seed}));
      judgement.parts.resize(std::max(judgement.parts.size(), p + 1));
      judgement.parts[p] = judge(claim.parts[p].rule, values, plan.confidence());
    }
    if (known.seeds().size() == results.seeds().size()) break;
  }
  judgement.verdict = verdict_of(judgement.parts);
  return judgement;
}

std::string filled(std::string_view text, const Plan& plan, const std::string& data) {
  std::string words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find('{', at), text.size());
    words += text.substr(at, open - at);
    if (open == text.size()) break;
    const std::size_t close = text.find('}', open);
    check(close != text.npos, "claim: '{' without '}' in: ", text);
    std::string inside(text.substr(open + 1, close - open - 1));
    at = close + 1;
    if (inside == "data") {
      words += data;
      continue;
    }
    std::erase(inside, ',');
    words += norma::count(static_cast<double>(plan.of(std::stoll(inside))));
  }
  return words;
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
