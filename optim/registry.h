// The optimizers by name: one row each, which is all that the command line, config.json and the reports know
// of them.
#pragma once

#include <memory>

#include "optim/optimizer.h"

namespace norma { inline namespace NORMA_BUILD {

/// What a run says about its optimizer. All of them take the rate and the decay.
struct OptimizerSettings {
  double lr = 0.1;
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  bool decay_all = false;
};

/// An optimizer that a user can name.
struct OptimizerRow {
  const char* name;                  // "sgd": what --optimizer takes
  const char* printed;               // "SGD": what reports call it
  std::vector<const char*> options;  // those of the command line that not all optimizers take
  // How its step differs from η times the gradient, as inspect ends the sentence "not Adam's own, which …";
  // "" if it does not.
  const char* scaling;
  std::unique_ptr<Optimizer> (*make)(const OptimizerSettings&, std::vector<Parameter>);
};

/// In the order of the help; the first is the default.
const std::vector<OptimizerRow>& optimizers();

}}  // namespace norma
