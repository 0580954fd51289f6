// metrics.jsonl, to a table and to TensorBoard's events.
#include "apps/run/metrics.h"

#include <algorithm>

#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

bool take(std::string_view bytes) {
  return taken([&] {
    const std::vector<MetricsLine> lines = parse_metrics(std::string(bytes), "it");
    const std::string csv = metrics_csv(lines);
    must(std::count(csv.begin(), csv.end(), '\n') > static_cast<std::ptrdiff_t>(lines.size()),
         "one row per line");
    encode_events(metrics_scalars(lines));
  });
}

std::vector<std::string> seeds() {
  return {R"({"step":3,"batch_loss":2.5})"
          "\n"
          R"({"step":6,"epoch":1.0,"lr":0.1,"train_loss":null,"test_loss":1e-3,"test_accuracy":0.5})"
          "\n",
          R"({"a \"b\",\n":-0.0,"step":9223372036854775807})"};
}

}  // namespace

const FuzzTarget fuzz_metrics{"metrics", take, seeds};

}}  // namespace norma
