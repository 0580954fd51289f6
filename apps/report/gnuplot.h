// Runs gnuplot: from a script and its data to NAME.csv, NAME.gp and NAME.svg.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include "apps/report/axis.h"

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

/// The gnuplot to run: what $NORMA_GNUPLOT names (empty: none), else `gnuplot`; looked for on the PATH
/// unless it has a '/'. "" if there is none that can be run.
std::string find_gnuplot();

/// Whether there is one. Looked up at each call.
bool have_gnuplot();

/// `text` as a gnuplot string in single quotes, in which nothing
/// is special: ' becomes ’ and control characters blanks.
std::string gnuplot_quote(std::string_view text);
/// The shortest digits that read back as `value`; NaN for what is not finite.
std::string gnuplot_number(double value);
/// `text` as a quoted CSV field; gnuplot knows no doubled quotes, so '"' becomes an apostrophe.
std::string csv_text(std::string_view text);

/// The ticks of `axis` as the list of a `set xtics`.
std::string tick_list(const Axis& axis);

/// Places on a figure in pixels, at its natural size, right of and below its top left corner, in gnuplot's
/// words: "screen 0.1,screen 0.95".
struct Canvas {
  double width, height;
  std::string across(double x) const;
  std::string down(double y) const;
  std::string at(double x, double y) const { return across(x) + "," + down(y); }
  /// The terminal, the encoding and how to read `data`.
  std::string set_up() const;
  /// Where the plot is: the distances from the four edges.
  std::string margins(double left, double right, double top, double bottom) const;
  /// Label number `i`, or nothing for no text.
  std::string text(int i, const std::string& text, double x, double y, const std::string& options) const;
};

}}  // namespace norma
