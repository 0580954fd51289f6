// The colours of figures, and what arms are called in them.
#pragma once

#include <cstddef>
#include <iterator>
#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct PaletteColour {
  const char *light, *dark, *text;  ///< on white, on black, and of a label on white
};

/// Eight for kinds: Okabe and Ito's, which people with any kind of colour blindness can tell apart, in an
/// order that begins with those that stand out on white. Then eight for numbers, from plasma: the larger, the
/// further from the paper.
inline constexpr PaletteColour figure_palette[] = {
    {"#0072b2", "#3fa7e6", "#0072b2"},      {"#d55e00", "#f07c2e", "#c25400"},
    {"#009e73", "#1fbd90", "#00805d"},      {"#cc79a7", "#cc79a7", "#ad4f83"},
    {"#e69f00", "#e69f00", "#946600"},      {"#56b4e9", "#56b4e9", "#2078ab"},
    {"#000000", "currentColor", "#000000"}, {"#f0e442", "#f0e442", "#7a7200"},
    {"#f2844b", "#b347a8", "#c2561d"},      {"#e16462", "#cc4f8a", "#c94341"},
    {"#cc4778", "#dd5e72", "#cc4778"},      {"#b12a90", "#ed7953", "#b12a90"},
    {"#8f0da4", "#f6953f", "#8f0da4"},      {"#6a00a8", "#fdb32f", "#6a00a8"},
    {"#41049d", "#f9d225", "#41049d"},      {"#0d0887", "#f0f921", "#0d0887"}};

/// The colour of the i-th series of a figure; −1: its own.
inline const PaletteColour& palette_colour(int colour, std::size_t i) {
  return figure_palette[colour >= 0 ? static_cast<std::size_t>(colour) % std::size(figure_palette) : i % 8];
}

/// The number that a name is ("0.1", "×5"); NaN if it is none.
double number_in(const std::string& name);

/// The colour of the i-th of n arms that differ by a number, in its order.
int ordered_colour(std::size_t i, std::size_t n);

/// The colour of an arm by its normalizer, the same in all figures: "none", "batch", "layer", "group:4", …
/// Those without their own colour share one.
int arm_colour(const std::string& norm);

/// What readers call it among others: "no norm", "batch norm", "group norm 4".
std::string arm_words(const std::string& norm);

/// "without BN" for "none", else "with BN".
inline std::string with_or_without(const std::string& norm) {
  return norm == "none" ? "without BN" : "with BN";
}

}}  // namespace norma
