// A lesson on a terminal, or in a pipe.
#pragma once

#include <string>

#include "apps/explain/engine/document.h"

namespace norma {

/// The document as lines of at most `columns` display columns, with escape codes only if `colour` is on.
/// Without them a grid has its letters, and nothing is lost.
std::string terminal_text(const Document& document, bool colour, int columns = 80);

}  // namespace norma
