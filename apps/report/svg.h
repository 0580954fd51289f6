// From what gnuplot drew to an SVG that fits into any page, light or dark.
#pragma once

#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// Rewrites an SVG of gnuplot's: black becomes the text's colour, a style follows prefers-color-scheme, every
/// id begins with "figure-NAME", and it has a title and a description instead of gnuplot's own. Empty groups
/// and unused symbols go. `title` and `description` are plain text. @throws Error if `svg` is not complete
std::string clean_svg(const std::string& svg, const std::string& name, const std::string& title,
                      const std::string& description);

}}  // namespace norma
