// The threads that a run asks for, and those that it gets.
#pragma once

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// As many of n threads as the system gives; if those are fewer, a line on stderr says so, once per process.
int available_threads(Index n);

}}  // namespace norma
