// The share of a machine's processors that a control group (a container, a batch job) pays for.
#pragma once

#include <filesystem>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// The CPU quota of this process in processors, such as 1.5: the smallest of its own control group's and of
/// those above it, of either version; infinite without one. `root` stands for "/" in tests.
double cpu_quota(const std::filesystem::path& root = "/");

}}  // namespace norma
