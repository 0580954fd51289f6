// The learning-rate range test (Smith 2017, arXiv 1506.01186, §3.3): one run whose rate grows from step to
// step, and what its loss says of the rate to train with.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

struct RateSearch {
  std::vector<double> rates = {}, losses = {};  // of each step; the loss of its batch, before it
  std::vector<double> smooth = {};  // the mean of the losses so far, of which the newest 20 or so count most
  std::optional<double> steepest = {};    // the rate at which `smooth` falls fastest for a factor on the rate
  std::optional<double> diverges = {};    // the rate at which it is back where it began, or the search ended
  std::optional<double> suggestion = {};  // the lower of `steepest` and a tenth of `diverges`
  std::string reason = {};                // in words; if there is no suggestion, why
};

/// Takes a run's steps with rates from `from` to `to`, each the same factor above the one before; it ends
/// when the running mean of the loss is no longer finite, or twice what the loss was at first. `advance`
/// hears of each step. Error unless 0 < from < to, and there are at least 20 steps.
RateSearch find_rate(const RunPlan& plan, const DataPair& data, double from, double to,
                     const std::function<void(Index step)>& advance = {});

/// What rates and losses say; `ended`: the loss ended the search at the last of them.
RateSearch judge_rates(std::vector<double> rates, std::vector<double> losses, bool ended);

}}  // namespace norma
