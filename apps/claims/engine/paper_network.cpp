#include "apps/claims/engine/paper_network.h"

#include "apps/run/probe.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// The inputs of the last hidden layer's sigmoids; the model ends "…, [bn], sigmoid, linear".
void watch_last_sigmoids(const StepEvent& moment, const DataPair& data, Outcome& out) {
  Batch probe;
  fill(data.test, 0, std::min<Index>(500, data.test.size()), {}, probe);
  const Tensor z = output_of_layer(moment.model, moment.model.children().size() - 3, probe.x,
                                   Statistics::batch);  // (N, H)
  out["moment"].push_back(double(moment.step));
  for (int unit = 0; unit < watched_units; ++unit) {
    std::vector<double> column;
    for (Index n = 0; n < z.dim(0); ++n) column.push_back(z[n * z.dim(1) + unit]);
    for (int p : {15, 50, 85}) out[percentile_row(unit, p)].push_back(quantile(column, p / 100.0));
  }
}

}  // namespace

std::string percentile_row(int unit, int percentile) {
  return "u" + std::to_string(unit) + " p" + std::to_string(percentile);
}

std::vector<Cell> paper_network_cells(const Plan& plan) {
  std::vector<Cell> cells;
  for (const std::string norm : {"none", "batch"}) {
    RunConfig c;  // its defaults are the paper's network
    c.norm = norm;
    c.steps = plan.of(20'000, 40);
    c.eval_every = std::clamp<Index>(c.steps / 10, 1, 100);
    const Index every = std::max<Index>(1, c.steps / 40);
    Training how{.seconds = 7e-7 * double(c.steps) * 500, .more = "last sigmoids, 40 moments"};
    how.observe = [every](const StepEvent& m, const DataPair& data, Outcome& out) {
      if (m.step % every == 0) watch_last_sigmoids(m, data, out);
    };
    Cell cell = training(paper_arm(norm), c, how);
    cell.cache_key = "paper-network";
    cells.push_back(cell);
  }
  return cells;
}

}}  // namespace norma
