// All that changes while a model is trained, as one state by name: what a checkpoint keeps of it.
#pragma once

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

class Optimizer;
class SpectralPenalty;

/// All that changes while a model is trained, as handles: Checkpoint::state. `penalty` may be null, and
/// `best` empty.
StateDict training_state(Sequential& model, const Optimizer& optimizer, const SpectralPenalty* penalty,
                         const StateDict& best = {});
/// Sets all of it, and returns `best`. Error if something is missing, extra, or of another shape.
StateDict restore(const StateDict& state, Sequential& model, Optimizer& optimizer,
                  const SpectralPenalty* penalty);

}}  // namespace norma
