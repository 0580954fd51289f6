// The state of a model by name: what is saved to a file, loaded from one, and compared between two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// One entry: a tensor of reals, or an integer counter (BatchNorm's num_batches_tracked). Both are handles:
/// writing through them changes the model they came from.
struct StateEntry {
  std::string name;                       // "0.weight"
  Tensor tensor;                          // undefined where counter is set
  std::shared_ptr<std::int64_t> counter;  // a scalar, shape ()
};

/// In PyTorch's order: for each module its parameters, its buffers, then its children.
using StateDict = std::vector<StateEntry>;

/// One trainable tensor, as an optimizer sees it.
struct Parameter {
  std::string name;
  Tensor tensor;
  bool decay = true;  // whether weight decay is meant for it: weights yes; biases, gamma and beta no
};

/// Error, "WHAT diverged: NAME holds nan", unless all of a state is finite.
void check_finite(const std::string& what, const StateDict& state);

}}  // namespace norma
