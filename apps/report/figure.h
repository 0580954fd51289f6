// Figures: line plots with bands and heat maps, drawn by gnuplot as SVG.
// A figure NAME leaves NAME.csv (the numbers), NAME.gp (`gnuplot NAME.gp` in its folder draws NAME.svg anew)
// and, where gnuplot is there, NAME.svg: light or dark as its reader prefers, alone or inlined in a page.
// The same figure gives the same bytes. Each file is written whole or not at all.
#pragma once

#include <filesystem>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "apps/report/statistics.h"

namespace norma { inline namespace NORMA_BUILD {

/// One line, or one set of points or bars. Text may hold any characters; it is escaped.
struct Series {
  enum class Draw { line, points, steps };  ///< steps: y holds up to the next x, filled to 0 (a histogram)
  std::string label = {};                   ///< in the legend; "" = no entry
  std::vector<double> x = {}, y = {};       ///< one length; NaN or infinite (a diverged run) leaves a gap
  std::vector<double> low = {}, high = {};  ///< the band around y: as long as y, or empty
  int colour = -1;  ///< position in the palette, or ordered_colour(); −1: the series' own position
  bool dashed = false;
  Draw draw = Draw::line;

  /// A point of the line with its interval, of fewer than four values their range; `band`: whether it is
  /// shown.
  void add(double at, const Interval& value, bool band = true) {
    x.push_back(at);
    y.push_back(value.mean);
    if (!band) return;
    low.push_back(value.shown_low());
    high.push_back(value.shown_high());
  }
};

/// A line plot. Label axes with their units: "training steps",
/// "test error (%)" is percent_y and "test error".
struct Figure {
  static constexpr double automatic = std::numeric_limits<double>::quiet_NaN();
  std::string title = {};  ///< drawn above; "" = none
  std::string x_label = {}, y_label = {};
  bool log_x = false, log_y = false;
  double y_min = automatic, y_max = automatic;
  double x_min = automatic, x_max = automatic;
  bool percent_y = false;   ///< y is a fraction, its axis says 0% … 100%
  bool equal_axes = false;  ///< one unit is as long on x as on y: circles are round
  std::vector<Series> series = {};
};

/// Gives two figures that are to be compared one y range.
void share_y(Figure& a, Figure& b);

/// A grid of coloured cells with their values printed in them.
struct HeatMap {
  static constexpr double automatic = std::numeric_limits<double>::quiet_NaN();
  std::string title = {}, x_label = {}, y_label = {}, value_label = {};
  std::vector<std::string> x_names = {},
                           y_names = {};  ///< columns left to right, rows top to bottom; "": no name
  std::vector<double> values = {};        ///< row-major, rows × columns; NaN = diverged: grey, "×"
  double value_min = automatic, value_max = automatic;  ///< ends of the colour scale
  bool log_value = false;                               ///< colours on a log scale
  bool percent_value = false;                           ///< values are fractions, printed in percent
  bool print_values = true;         ///< false, or cells too small for their numbers: colours only
  std::vector<double> levels = {};  ///< contour lines at these values, between the centres of the cells
};

/// The colour of the i-th of n series that differ by a number, in order from yellow to violet.
int ordered_colour(std::size_t i, std::size_t n);

/// The colour of an arm by its normalizer, the same in all figures: "none", "batch", "layer", "group:4", …
/// Those without a colour of their own share one.
int arm_colour(const std::string& norm);

/// "without BN" for "none", else "with BN".
inline std::string with_or_without(const std::string& norm) {
  return norm == "none" ? "without BN" : "with BN";
}

/// Writes NAME.csv, NAME.gp and, where gnuplot is there, NAME.svg into `folder` (made if missing); an older
/// NAME.svg goes, so that the three always belong together. Returns the path of the SVG, or "" if there is
/// none: without gnuplot silently (ask have_gnuplot()), if gnuplot fails with one line on `messages`. The
/// name (letters, digits, '-', '_', '.') is also the prefix of every id in the SVG, so unique in a page.
/// Error for lengths that do not fit, another name, or a folder that cannot be written.
std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages = std::cerr);
std::string draw(const HeatMap& map, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages = std::cerr);

}}  // namespace norma
