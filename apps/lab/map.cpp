// A grid of rates and initial widths, judged by the rules of the claims that ask the same.
#include <algorithm>
#include <cmath>

#include "apps/claims/engine/rates.h"
#include "apps/lab/calls.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// The accuracies of one arm, (seed, width, rate).
struct Accuracies {
  std::vector<double> rates, widths;
  std::vector<std::vector<std::vector<double>>> of;
};

Accuracies read(const json& request, const char* norm) {
  Accuracies a{request.at("rates"), request.at("widths"), {}};
  for (const json& seed : request.at("accuracies").at(norm)) {
    a.of.emplace_back();
    for (const json& width : seed) {
      a.of.back().emplace_back();
      for (const json& accuracy : width) a.of.back().back().push_back(number_of(accuracy));
    }
  }
  return a;
}

// The width, in decades, of the initial widths from which the network trains at one of the rates at least.
double decades(const Accuracies& a, std::size_t seed) {
  const double cell = std::log10(a.widths.back() / a.widths.front()) / double(a.widths.size() - 1);
  double sum = 0;
  for (const auto& row : a.of[seed])
    if (*std::ranges::max_element(row) >= trains) sum += cell;
  return sum;
}

// The place of the rate at which the network does best from the usual width, over all seeds.
std::size_t best_rate(const Accuracies& a, std::size_t usual) {
  std::vector<double> sums(a.rates.size());
  for (const auto& seed : a.of)
    for (std::size_t r = 0; r < sums.size(); ++r) sums[r] += seed[usual][r];
  return static_cast<std::size_t>(std::ranges::max_element(sums) - sums.begin());
}

json json_of(const char* claim, const JudgedPart& part, const std::string& effect) {
  return {{"claim", claim},
          {"effect", effect},
          {"expected", part.wanted()},
          {"got", part.ours()},
          {"verdict", word(part.verdict)}};
}

}  // namespace

json judge_map(Lab&, const json& request) {
  const Accuracies none = read(request, "none"), batch = read(request, "batch");
  const auto nearest = [](const std::vector<double>& values, double x) {
    auto away = [x](double v) { return std::abs(std::log(v / x)); };
    return static_cast<std::size_t>(std::ranges::min_element(values, {}, away) - values.begin());
  };
  const std::size_t usual = nearest(none.widths, 1), best = best_rate(none, usual);
  const std::size_t large = nearest(none.rates, 30 * none.rates[best]);
  std::vector<Measured> widths, rates;
  for (std::size_t s = 0; s < std::min(none.of.size(), batch.of.size()); ++s) {
    widths.push_back(decades(batch, s) - decades(none, s));
    rates.push_back(batch.of[s][usual][large]);
  }
  return {{"parts",
           {json_of("init", judge(rule_wider(), widths),
                    "decades of initial widths that train at one of the rates, with BN minus without"),
            json_of("learning-rate", judge(rule_trains(), rates),
                    concat("accuracy with BN at the rate ", none.rates[large], ", ",
                           none.rates[large] / none.rates[best],
                           " times that which suits the plain network best, ", none.rates[best]))}}};
}

}}  // namespace norma
