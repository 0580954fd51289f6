#include "apps/claims/engine/depths.h"

#include <cmath>

#include "apps/run/plan.h"
#include "apps/run/sharpness.h"

namespace norma { inline namespace NORMA_BUILD {

std::vector<Cell> depth_cells(const Plan& plan, const std::vector<Index>& depths) {
  return grid(
      [&](Index depth, const std::string& norm) {
        RunConfig c = plain_mlp("relu", depth).config;
        c.norm = norm;
        c.steps = plan.of(1'500, 20);
        Cell cell = largest_rate_cell(depth_arm(norm, depth), c);
        cell.settings += " sharpness of 500";
        cell.seconds *= 0.3 + 0.1 * static_cast<double>(depth);
        cell.cache_key = "largest-rate";
        const Index images = plan.of(500, 50);
        cell.work = [c, images, search = cell.work](const ClaimData& data, std::uint64_t seed) {
          Outcome out = search(data, seed);
          RunConfig config = c;
          config.seed = seed;
          const RunPlan start = resolve(config, data.full);
          Sequential model = build_model(start, data.full.train);
          Batch batch;
          fill(data.full.train, 0, std::min(images, data.full.train.size()), start.loader.format, batch);
          const Sharpness found = sharpness(model, batch);
          out["sharpness"] = {found.settled ? found.largest : NAN};
          return out;
        };
        return cell;
      },
      depths, std::vector<std::string>{"none", "batch"});
}

}}  // namespace norma
