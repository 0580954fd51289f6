// What Module::load() does.
#pragma once

#include "core/state.h"

namespace norma { inline namespace NORMA_BUILD {

/// Copies the values of a given state into a model's own, by name. What may differ, and the errors:
/// Module::load().
void copy_state(const StateDict& given, const StateDict& mine);

}}  // namespace norma
