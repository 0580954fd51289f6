// Runs gnuplot: from a script and its data to NAME.csv, NAME.gp and NAME.svg.
#pragma once

#include <cmath>
#include <filesystem>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// A figure in gnuplot's words.
struct Drawing {
  std::string csv;                 ///< the data file, which the script knows as `data`
  std::string script;              ///< all but the names of its files
  std::string title, description;  ///< plain text, for a screen reader
};

/// Writes the files of draw() and returns what draw() returns.
std::string publish(const Drawing& drawing, const std::filesystem::path& folder, const std::string& name,
                    std::ostream& messages);

/// Whether there is a gnuplot to run: what $NORMA_GNUPLOT names (empty: none), else `gnuplot`. Looked up at
/// each call.
bool have_gnuplot();

/// Pixels: what a phone has, so that text is as large there as at a desk, where figures stand side by side.
inline constexpr double figure_width = 358;

/// The least and the greatest of some numbers, as far as an axis can show them.
struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool empty() const { return !(low <= high); }
  static bool takes(double v, bool log) { return std::abs(v) < 1e30 && (!log || v >= 1e-30); }
  void add(double v, bool log);
};

/// With as much room at both ends as `part` of the range; a range that can be drawn if it is none.
Extent widened(Extent range, bool log, double part);

/// The beginning of every script: a picture of this size in pixels, its texts, and how to read `data`.
std::string gnuplot_start(double width, double height, const std::string& title, const std::string& x_label,
                          const std::string& y_label);
/// The axis "x", "y" or "cb" made logarithmic; where it holds too few decades to name only these, with ticks
/// between.
std::string gnuplot_log_axis(const std::string& axis, const Extent& range);
/// `text` as a gnuplot string in single quotes, in which nothing is special: ' becomes ’ and control
/// characters blanks.
std::string gnuplot_quote(std::string_view text);
/// The shortest digits that read back as `value`; NaN for what is not finite.
std::string gnuplot_number(double value);
/// `text` as a field of `data`; gnuplot knows no doubled quotes, so '"' becomes an apostrophe.
std::string gnuplot_cell(std::string_view text);

}}  // namespace norma
