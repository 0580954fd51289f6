// The page of one run, report.html, and what it shares with a comparison's.
#pragma once

#include <filesystem>
#include <map>

#include "apps/report/html.h"
#include "apps/report/table.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// The final scores, a line for each kind of statistics they were measured with.
Table score_table(const RunResult& result);

/// Of a run with validation, which weights the final scores are of; else "".
std::string judged_words(const RunResult& result);

/// Every option with its value; `instead`: words to show in the place of some values, by option.
Table settings_table(const RunConfig& config, const std::map<std::string, std::string>& instead = {});

/// Whether training steps are first shown on a logarithmic axis.
bool most_is_early(const RunResult& result);

/// The figure, and beside it the same on the other axis of steps.
PageFigure on_both_axes(Figure figure, const std::filesystem::path& folder, const std::string& name,
                        const std::string& caption);

/// Draws the run's curves into `folder` (test-accuracy, training-loss) and writes report.html there;
/// `network`: network_words(); samples of `train` are shown if it has any. Error if a file cannot be written.
void write_run_report(const RunResult& result, const Dataset& train, const std::string& network,
                      const std::filesystem::path& folder);

}}  // namespace norma
