// The text of `norma --help` and `norma COMMAND --help`: the usage first, then a line or more for everything
// that can be given, within 80 columns.
#pragma once

#include "apps/commands/command.h"

namespace norma { inline namespace NORMA_BUILD {

std::string help_of(const std::vector<Command>& commands);
/// `all`: with the options of a run that few need.
std::string help_of(const Command& command, bool all);

}}  // namespace norma
