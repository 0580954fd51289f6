// The state of a model, by name: what is saved to a file and loaded from one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// One entry: a tensor of reals, or an integer counter (BatchNorm's num_batches_tracked). Both are handles:
/// writing through them changes the model.
struct StateEntry {
  std::string name;                       // "0.weight"
  Tensor tensor;                          // undefined if there is a counter
  std::shared_ptr<std::int64_t> counter;  // null if there is a tensor
};

/// In PyTorch's order: for each module its parameters, its buffers, then its children.
using StateDict = std::vector<StateEntry>;

/// One trainable tensor, as an optimizer sees it.
struct Parameter {
  std::string name;
  Tensor tensor;
  bool decay = true;  // whether weight decay applies: to weights, not to biases, γ and β
};

/// The same values in memory of their own.
StateDict clone(const StateDict& state);

/// Error, "WHAT diverged: NAME holds nan", unless the whole state is finite.
void check_finite(const std::string& what, const StateDict& state);

}}  // namespace norma
