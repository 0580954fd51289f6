#include "apps/run/find_rate.h"

#include <algorithm>
#include <cmath>

namespace norma { inline namespace NORMA_BUILD {
namespace {

// The rate of step t is from · (to/from)^(t/(T − 1)); Schedule::drop is to/from.
const ScheduleRow growing = {"growing", {}, [](const Schedule& s, Index t) {
                               return std::pow(s.drop, double(t) / double(s.total - 1));
                             }};

// sₜ = β sₜ₋₁ + (1 − β) lossₜ, over the sum of its weights
class RunningMean {
 public:
  double add(double loss) {
    constexpr double beta = 0.95;
    sum_ = beta * sum_ + (1 - beta) * loss;
    weight_ = beta * weight_ + (1 - beta);
    return sum_ / weight_;
  }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace

RateSearch judge_rates(std::vector<double> rates, std::vector<double> losses, bool ended) {
  RateSearch s{.rates = std::move(rates), .losses = std::move(losses)};
  RunningMean mean;
  for (double loss : s.losses) s.smooth.push_back(mean.add(loss));
  const auto& y = s.smooth;
  const std::size_t n = y.size(), half = std::max<std::size_t>(1, n / 20);  // of a slope
  const auto least = std::min_element(y.begin(), y.end());
  const auto lowest = static_cast<std::size_t>(least - y.begin());
  std::size_t best = 0;
  double fall = 0;
  for (std::size_t t = half; t + half < n && t <= lowest; ++t) {
    const double slope = y[t + half] - y[t - half];
    if (slope < fall) fall = slope, best = t;
  }
  // Less than a tenth below where it began is noise.
  if (fall == 0 || *least > 0.9 * y[0]) {
    s.reason = "the loss never fell by a tenth: try more steps, or larger rates";
    return s;
  }
  s.steepest = s.rates[best];
  const auto back = std::find_if(least, y.end(), [&](double loss) { return !(loss < y[0]); });
  if (back != y.end())
    s.diverges = s.rates[static_cast<std::size_t>(back - y.begin())];
  else if (ended)
    s.diverges = s.rates.back();
  const bool steep = !s.diverges || *s.steepest <= *s.diverges / 10;
  s.suggestion = steep ? *s.steepest : *s.diverges / 10;
  s.reason = steep ? "the loss falls fastest there"
                   : "a tenth of the rate at which the loss rises again to where it began";
  return s;
}

RateSearch find_rate(const RunPlan& plan, const DataPair& data, double from, double to,
                     const std::function<void(Index step)>& advance) {
  const Index steps = plan.config.steps;
  check(from > 0 && from < to && std::isfinite(to), "find-lr: expected 0 < --from < --to, got ", from,
        " and ", to);
  check(steps >= 20, "find-lr: expected at least 20 steps, got ", steps);
  RunPlan own = plan;
  own.config.lr = from;
  own.config.log_every = 1;
  own.schedule = {.row = &growing, .total = steps, .drop = to / from};
  std::vector<double> rates, losses;
  RunHooks hooks;
  hooks.observe = [&](const StepEvent& e) { rates.push_back(e.lr); };
  Trainer trainer(own, data, hooks);
  RunningMean mean;
  bool ended = false;
  while (trainer.running()) {
    trainer.step();
    losses.push_back(trainer.loss());
    if (advance) advance(static_cast<Index>(losses.size()));
    ended = !(mean.add(losses.back()) < 2 * losses.front());
    if (ended) break;
  }
  if (!std::isfinite(losses.back())) losses.pop_back(), rates.pop_back();
  check(!losses.empty(), "find-lr: the loss of the first step is not finite");
  return judge_rates(std::move(rates), std::move(losses), ended);
}

}}  // namespace norma
