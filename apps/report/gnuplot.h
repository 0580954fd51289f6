// Runs gnuplot: from a script and its data to NAME.csv, NAME.gp and NAME.svg.
#pragma once

#include <cmath>
#include <filesystem>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// A place of a picture that tells its value to who points at it: pixels.
struct Spot {
  double x, y, width, height;
  std::string words;
  std::size_t series = 0;
};

/// A figure in gnuplot's words.
struct Drawing {
  std::string csv;                       ///< the data file, which the script knows as `data`
  std::string script;                    ///< all but the names of its files
  std::string title, description;        ///< plain text, for a screen reader
  std::vector<std::size_t> series = {};  ///< of each element of the plot, which gets the class "s0", "s1", …
  std::vector<Spot> spots = {};
};

/// Writes the files of draw() and returns what draw() returns.
std::string publish(const Drawing& drawing, const std::filesystem::path& folder, const std::string& name,
                    std::ostream& messages);

/// Whether there is a gnuplot to run: what $NORMA_GNUPLOT names (empty: none), else `gnuplot`. Looked up at
/// each call.
bool have_gnuplot();

/// What a command says before the path of its page: "Figures and all numbers: ", or why there are none.
std::string figures_words();

/// What an axis is to show: the least and the greatest of some numbers, as far as it can show them.
struct Extent {
  bool log = false;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool empty() const { return !(low <= high); }
  bool takes(double v) const { return std::abs(v) < 1e30 && (!log || v >= 1e-30); }
  void add(double v);
  double at(double v) const;  ///< how far along the axis, 0 … 1
};

/// With as much room at both ends as `part` of the range; a range that can be drawn if it is none.
Extent widened(Extent range, double part);

/// A step of 1, 2 or 5 times a power of ten, the smallest of which `size` holds at most `most`.
double round_step(double size, double most);

/// A picture, and the edges of the plot in it: pixels from the left and the top.
struct Frame {
  double width, height, left, right, top, bottom;
  double x(double fraction) const { return left + fraction * (right - left); }
  double y(double fraction) const { return bottom + fraction * (top - bottom); }
};

/// The room that a text takes, about: fonts differ.
double text_width(std::string_view text);
inline constexpr double text_height = 17;

/// The beginning of every script: the frame, the texts (the y axis's stands above it, at `y_label_at`), and
/// how to read `data`.
std::string gnuplot_start(const Frame& frame, const std::string& title, const std::string& x_label,
                          const std::string& y_label, double y_label_at);
/// The range of the axis "x", "y" or "cb" and at most so many ticks, all values times `unit`.
std::string gnuplot_axis(const std::string& name, const Extent& range, double most_ticks, double unit = 1);
/// "set label" for a text that begins there (or has its "center" there), in pixels.
std::string gnuplot_text(const Frame& frame, double x, double y, const std::string& text,
                         const char* side = "left");
/// `text` as a gnuplot string in single quotes, in which nothing is special: ' becomes ’ and control
/// characters blanks.
std::string gnuplot_quote(std::string_view text);
/// The shortest digits that read back as `value`; NaN for what is not finite.
std::string gnuplot_number(double value);
/// `text` as a field of `data`; gnuplot knows no doubled quotes, so '"' becomes an apostrophe.
std::string gnuplot_cell(std::string_view text);

}}  // namespace norma
