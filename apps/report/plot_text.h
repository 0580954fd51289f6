// Curves in characters, for a terminal.
#pragma once

#include <string>
#include <vector>

namespace norma { inline namespace NORMA_BUILD {

/// "▁▂▄▆█": at most `width` characters, each the mean of its share of the values, from the least to the
/// greatest mean; "·" if none of its values is finite. "" of no values.
std::string sparkline(const std::vector<double>& values, int width);

/// A curve in braille, 2 × 4 dots to a character, in a frame of `width` × `height` characters with the ends
/// of both axes as `x_words` and `y_words` write them. Points that are not finite are left out; without any,
/// one line says so.
std::string plot_text(const std::vector<double>& x, const std::vector<double>& y, int width, int height,
                      std::string (*x_words)(double), std::string (*y_words)(double));

}}  // namespace norma
