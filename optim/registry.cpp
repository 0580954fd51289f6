#include "optim/registry.h"

namespace norma { inline namespace NORMA_BUILD {

const std::vector<OptimizerRow>& optimizers() {
  using Settings = OptimizerSettings;
  using Parameters = std::vector<Parameter>;
  using Made = std::unique_ptr<Optimizer>;
  static const std::vector<OptimizerRow> table = {
      {"sgd",
       "SGD",
       {"momentum", "dampening", "nesterov"},
       "",
       [](const Settings& s, Parameters parameters) -> Made {
         return std::make_unique<Sgd>(
             std::move(parameters),
             SgdOptions{s.lr, s.momentum, s.dampening, s.nesterov, s.weight_decay, s.decay_all});
       }},
      {"adam",
       "Adam",
       {},
       "divides by each gradient's size: the run keeps no moments",
       [](const Settings& s, Parameters parameters) -> Made {
         return std::make_unique<Adam>(
             std::move(parameters),
             AdamOptions{.lr = s.lr, .weight_decay = s.weight_decay, .decay_all = s.decay_all});
       }},
  };
  return table;
}

}}  // namespace norma
