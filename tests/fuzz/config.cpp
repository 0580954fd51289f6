// config.json, to the network and the resolved options that it asks for.
#include "apps/run/options.h"
#include "apps/run/trainer.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

DataPair data() {
  const Dataset set{.name = "tiny",
                    .source = "here",
                    .sample = {1, 4, 4},
                    .classes = 2,
                    .pixels = std::vector<std::uint8_t>(100 * 16, 7),
                    .labels = std::vector<std::uint8_t>(100, 1)};
  return {set, set};
}

bool take(std::string_view bytes) {
  static const DataPair pair = data();
  return taken([&] {
    RunConfig config, again;
    read_json(config, std::string(bytes), "it");
    const std::string written = to_json(config);
    read_json(again, written, "it");
    must(to_json(again) == written, "what is read and written reads the same");
    taken([&] { resolve(config, pair); });
    taken([&] {
      reset_unused(config);
      validate(config);
      plan_of(config, pair.train);
      without_batch_norm(config);
    });
  });
}

std::vector<std::string> seeds() {
  RunConfig bn, conv;
  bn.norm = "batch";
  bn.hidden = {8, 4};
  bn.schedule = "step";
  bn.batch_size = 10;
  conv.layers = "conv 4 3, norm, residual(conv 4 3, bn | conv 4 1), flatten, linear 2";
  conv.norm = "group:2";
  conv.optimizer = "adam";
  return {
      to_json({}),
      to_json(bn),
      to_json(conv),
      "{}",
      R"({"data": "pictures", "colour": "rgb", "resize": "32x24", "split": 0.2, "split_seed": 3, "standardize": true})",
      R"({"lr": 1e-3, "norm-eps": 2E-5, "seed": 18446744073709551615})",
      R"({"hidden": [], "binarize": true, "model": "resnet", "norm": "batch-renorm", "renorm_warmup": 5})"};
}

}  // namespace

const FuzzTarget fuzz_config{"config", take, seeds};

}}  // namespace norma
