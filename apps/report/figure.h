// Figures: line plots with bands and heat maps, drawn by gnuplot as SVG. A figure NAME leaves NAME.csv (the
// numbers), NAME.gp (`gnuplot NAME.gp` in its folder redraws NAME.svg) and, if gnuplot is there, NAME.svg:
// light or dark as its reader prefers, alone or inlined in a page. The same figure gives the same bytes. Each
// file is written whole or not at all.
#pragma once

#include <filesystem>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "apps/report/palette.h"
#include "apps/report/statistics.h"

namespace norma { inline namespace NORMA_BUILD {

/// One line, or one set of points or bars. Text may hold any characters; it is escaped.
struct Series {
  enum class Draw { line, points, steps };     ///< steps: y holds up to the next x, filled to 0 (a histogram)
  std::string label = {};                      ///< at the line's end or in the legend; "" = none
  std::vector<double> x = {}, y = {};          ///< one length; NaN or infinite (a diverged run) leaves a gap
  std::vector<double> low = {}, high = {};     ///< the band around y: as long as y, or empty
  std::vector<std::vector<double>> runs = {};  ///< thin lines of the same colour, each as long as y
  int colour = -1;                             ///< position in figure_palette; −1: the series' own position
  bool dashed = false;
  Draw draw = Draw::line;

  /// A point of the line: the mean of the runs, and as its band their 95% interval; of two or three the runs
  /// themselves. NaN: a run that has no value here.
  void add(double at, const std::vector<double>& of_runs);
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
  bool percent_y = false;                 ///< y is a fraction, its axis says 0% … 100%
  bool equal_axes = false;                ///< a unit of x is as long as one of y, whatever `plot_height` is
  double width = 358, plot_height = 190;  ///< pixels: a phone's width, less its margins
  std::vector<Series> series = {};
};

/// Gives figures that are compared one range of x and one of y: the automatic ends become those of all.
void share_axes(const std::vector<Figure*>& figures);

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
  bool square = false;              ///< cells as high as wide
  std::vector<double> levels = {};  ///< contour lines at these values, between the centres of the cells
};

/// Writes NAME.csv, NAME.gp and, if gnuplot is there, NAME.svg into `folder` (made if missing); an older
/// NAME.svg goes, so that the three always belong together. Returns the path of the SVG, or "" if there is
/// none: without gnuplot silently (ask have_gnuplot()), if gnuplot fails with one line on `messages`. The
/// name (letters, digits, '-', '_', '.') is also the prefix of every id in the SVG, so unique in a page.
/// Error for lengths that do not fit, another name, or a folder that cannot be written.
std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages = std::cerr);
std::string draw(const HeatMap& map, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages = std::cerr);

/// The SVG of a figure that leaves no files; "" if draw() would return that.
std::string svg_of(const Figure& figure, const std::string& name, std::ostream& messages = std::cerr);

}}  // namespace norma
