#include "apps/report/figure.h"

#include <algorithm>
#include <cmath>

#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Okabe and Ito's eight colours, which people with any kind of colour blindness can tell apart; in an order
// that begins with those that stand out on white. Black becomes the colour of the text.
constexpr const char* palette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#000000", "#f0e442"};

// For an order, and to be told apart on white and on black: yellow to violet by lightness.
constexpr int ordered = 100;
constexpr const char* ordered_palette[] = {"#e3a72f", "#e0823d", "#d4605a", "#b8507e",
                                           "#91539f", "#6c5fbf", "#5b77d6"};

int colour_of(const Figure& figure, std::size_t i) {
  const int colour = figure.series[i].colour;
  return colour >= 0 ? colour : static_cast<int>(i);
}

Extent x_range(const Figure& figure) {
  Extent range;
  bool points = false;
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i)
      if (Extent::takes(s.y[i], figure.log_y)) range.add(s.x[i], figure.log_x);
    points = points || s.draw == Series::Draw::points;
  }
  return widened(range, figure.log_x, points ? 0.03 : 0);  // room for half a point
}

// How far bands may reach without squashing the values: two seeds can have an interval ten times as wide as
// all curves together. A fraction's stay within 0 … 1 if its values do.
Extent band_range(const Figure& figure, const Extent& values) {
  Extent range = widened(values, figure.log_y, 0.5);
  if (figure.percent_y && values.high <= 1) range.high = std::min(range.high, 1.0);
  if (figure.percent_y && values.low >= 0) range.low = std::max(range.low, figure.log_y ? range.low : 0.0);
  return range;
}

// The range of an axis, its scale and, where gnuplot has too few, its ticks. `range` is what it is to hold; a
// finite `low` or `high` was asked for.
std::string axis(const std::string& name, Extent range, double low, double high, bool log, bool to_ticks) {
  const bool given_low = std::isfinite(low), given_high = std::isfinite(high);
  if (given_low) range.low = low;
  if (given_high) range.high = high;
  const bool apart = log ? range.high > 1.25 * range.low : range.high > range.low;
  const bool round = to_ticks && !log && apart;  // gnuplot widens it to the next ticks
  std::string out = "set " + name + "range [" + (round && !given_low ? "*" : gnuplot_number(range.low)) +
                    ":" + (round && !given_high ? "*" : gnuplot_number(range.high)) + "]\n";
  if (log && apart) out += gnuplot_log_axis(name, range);
  return out;
}

bool is_dashed(const Figure& figure, std::size_t i) {
  const int colour = colour_of(figure, i);
  return figure.series[i].dashed || (colour >= 8 && colour < ordered);
}

std::string line_style(const Figure& figure, std::size_t i) {
  const int colour = colour_of(figure, i);
  return std::string(is_dashed(figure, i) ? "dt (6,4) " : "") + "lc rgb '" +
         (colour >= ordered ? ordered_palette[(colour - ordered) % 7] : palette[colour % 8]) + "'";
}

std::string csv(const Figure& figure) {
  std::string out = "series,x,y,low,high\n";
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      out += gnuplot_cell(s.label) + "," + gnuplot_number(s.x[i]) + "," + gnuplot_number(s.y[i]) + ",";
      if (!s.low.empty()) out += gnuplot_number(s.low[i]) + "," + gnuplot_number(s.high[i]);
      out += s.low.empty() ? ",\n" : "\n";
    }
  }
  return out;
}

// Some rows of the data, counted from 0 after the header.
std::string rows(std::size_t first, std::size_t last) {
  return "data skip 1 every ::" + std::to_string(first) + "::" + std::to_string(last) + " using ";
}

// What a pointer that rests on a point is told; of a long series some forty points.
std::string hover(const Figure& figure, const Series& s, std::size_t row) {
  const std::size_t every = s.x.size() / 40 + 1;
  return "data skip 1 every " + std::to_string(every) + "::" + std::to_string(row) +
         "::" + std::to_string(row + s.x.size() - 1) + " using 2:(scaled($3)):(sprintf('" +
         (s.label.empty() ? "" : "%s: ") + "%.4g" + (figure.percent_y ? "%%" : "") + " at %.6g', " +
         (s.label.empty() ? "" : "strcol(1), ") +
         "scaled($3), $2)) with labels hypertext point pt 7 ps 1.2 lc rgb '#ff000000' notitle";
}

std::string plot_script(const Figure& figure) {
  std::vector<std::string> bands, lines, hovers;
  std::size_t row = 0;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    if (s.x.empty()) continue;
    const std::string from = rows(row, row + s.x.size() - 1);
    const std::string style = line_style(figure, i), line = style + " notitle";
    const std::string named = style + (s.label.empty() ? " notitle" : " title " + gnuplot_quote(s.label));
    const std::string between = "2:(inside($4)):(inside($5)) with filledcurves fs transparent solid ";
    if (s.draw == Series::Draw::steps) {
      bands.push_back(from + "2:(scaled($3)) with fillsteps fs transparent solid 0.25 noborder " + line);
      lines.push_back(from + "2:(scaled($3)) with steps lw 1.5 " + named);
    } else if (s.draw == Series::Draw::points) {
      if (!s.low.empty())
        bands.push_back(from + "2:(inside($4)):(0):(inside($5)-inside($4)) with vectors nohead lw 1.5 " +
                        line);
      lines.push_back(from + "2:(scaled($3)) with points pt 7 ps 0.6 " + named);
    } else {
      if (!s.low.empty()) bands.push_back(from + between + "0.16 noborder " + line);
      lines.push_back(from + "2:(scaled($3)) with lines lw 2 " + named);
      const auto there = [&](std::size_t k) { return k < s.y.size() && std::isfinite(s.y[k]); };
      for (std::size_t k = 0; k < s.y.size(); ++k) {  // a line of one point would not be seen
        if (there(k) && !there(k - 1) && !there(k + 1))
          lines.push_back(rows(row + k, row + k) + "2:(scaled($3)) with points pt 7 ps 0.5 " + line);
      }
    }
    hovers.push_back(hover(figure, s, row));
    row += s.x.size();
  }
  bands.insert(bands.end(), lines.begin(), lines.end());
  bands.insert(bands.end(), hovers.begin(), hovers.end());
  if (bands.empty()) bands.push_back("NaN notitle");
  std::string out = "plot " + bands[0];
  for (std::size_t i = 1; i < bands.size(); ++i) out += ", \\\n     " + bands[i];
  return out + "\n";
}

std::string script(const Figure& figure) {
  int longest = 0, entries = 0;
  for (const Series& s : figure.series) {
    longest = std::max(longest, display_width(s.label));
    entries += !s.label.empty();
  }
  const int columns = std::max(1, 270 / (15 * longest / 2 + 45)),
            legend_rows = (entries + columns - 1) / columns;
  std::string out = gnuplot_start(
      figure_width,
      (figure.equal_axes ? figure_width : 250) + 18 * legend_rows + (figure.title.empty() ? 0 : 18),
      figure.title, figure.x_label, figure.y_label);
  if (figure.equal_axes) out += "set size ratio -1\n";
  out +=
      "set border 3 lc rgb '#8c959f'\nset grid lt 1 lw 1 dt solid lc rgb '#b08c959f'\nset style fill "
      "noborder\nset key above left Left reverse horizontal noenhanced samplen 2 maxcols " +
      std::to_string(columns) + " width -" + std::to_string(longest / 7) +
      "\n";  // its letters are narrower than gnuplot believes

  const double unit = figure.percent_y ? 100 : 1;
  if (figure.percent_y) out += "set format y '%g%%'\n";
  Extent values;
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.y.size(); ++i)
      if (Extent::takes(s.x[i], figure.log_x)) values.add(s.y[i], figure.log_y);
    if (s.draw == Series::Draw::steps && !values.empty()) values.add(0, figure.log_y);
  }
  const Extent limits = band_range(figure, values);
  Extent y = values;
  for (const Series& s : figure.series) {
    for (double v : s.low) y.add(std::clamp(v, limits.low, limits.high), figure.log_y);
    for (double v : s.high) y.add(std::clamp(v, limits.low, limits.high), figure.log_y);
  }
  y = widened(y, figure.log_y, figure.log_y ? 0.03 : 0);
  out += axis("x", x_range(figure), figure.x_min, figure.x_max, figure.log_x, false);
  out += axis("y", {unit * y.low, unit * y.high}, unit * figure.y_min, unit * figure.y_max, figure.log_y,
              !values.empty());
  const std::string low = gnuplot_number(limits.low), high = gnuplot_number(limits.high);
  out += "scaled(v) = " + gnuplot_number(unit) + "*v\ninside(v) = scaled(v < " + low + " ? " + low +
         " : v > " + high + " ? " + high + " : v)\n";
  return out + plot_script(figure);
}

std::string describe(const Figure& figure) {
  std::string out = figure.y_label + " against " + figure.x_label + ".";
  for (const Series& s : figure.series) {
    if (s.label.empty()) continue;
    for (std::size_t i = s.y.size(); i-- > 0;) {
      if (!std::isfinite(s.y[i])) continue;
      out += " " + s.label + ": " + (figure.percent_y ? percent(s.y[i]) : number(s.y[i])) + " at " +
             number(s.x[i]) + (i + 1 < s.y.size() ? ", then no numbers." : ".");
      break;
    }
  }
  return out;
}

void check_lengths(const Figure& figure) {
  for (const Series& s : figure.series) {
    check(s.x.size() == s.y.size(), "figure: series '", s.label, "' has ", s.x.size(), " x and ", s.y.size(),
          " y");
    check((s.low.empty() && s.high.empty()) || (s.low.size() == s.y.size() && s.high.size() == s.y.size()),
          "figure: series '", s.label, "' has ", s.y.size(), " y and a band of ", s.low.size(), " and ",
          s.high.size());
  }
}

}  // namespace

void share_y(Figure& a, Figure& b) {
  Extent y;
  for (const Figure* f : {&a, &b}) {
    for (const Series& s : f->series) {
      for (double v : s.y) y.add(v, f->log_y);
    }
  }
  const Extent range = widened(y, a.log_y, 0.05);
  a.y_min = b.y_min = range.low;
  a.y_max = b.y_max = range.high;
}

int ordered_colour(std::size_t i, std::size_t n) {
  return ordered + static_cast<int>(n < 2 ? 0 : i * 6 / (n - 1));
}

int arm_colour(const std::string& norm) {
  const char* order[] = {"none", "batch", "layer", "group", "batch-renorm", "instance", "weight"};
  for (int i = 0; i < 7; ++i) {
    const bool whole = i <= 1;  // "batch" is not "batch-renorm"
    if (whole ? norm == order[i] : norm.starts_with(order[i])) return i;
  }
  return 7;
}

std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages) {
  check_lengths(figure);
  const std::string title = figure.title.empty() ? figure.y_label : figure.title;
  return publish({csv(figure), script(figure), title, describe(figure)}, folder, name, messages);
}

}}  // namespace norma
