#include "apps/report/figure.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "apps/report/axis.h"
#include "apps/report/gnuplot.h"
#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Okabe and Ito's eight colours, which people with any kind of colour blindness can tell apart; in an order
// that begins with those that stand out on white. Black becomes the colour of the text.
constexpr const char* palette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#000000", "#f0e442"};

int colour_of(const Figure& figure, std::size_t i) {
  const int colour = figure.series[i].colour;
  return colour >= 0 ? colour : static_cast<int>(i);
}

// --- ranges --------------------------------------------------------------------------------------------

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool empty() const { return !(low <= high); }
  void add(double v, bool log) {
    if (!std::isfinite(v) || (log && v <= 0)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
};

Range x_range(const Figure& figure) {
  Range range;
  bool points = false;
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (std::isfinite(s.y[i])) range.add(s.x[i], figure.log_x);
    }
    points = points || s.draw == Series::Draw::points;
  }
  if (points && range.low < range.high) {  // room for half a point at both ends
    const double margin = 0.03 * (range.high - range.low), factor = std::pow(range.high / range.low, 0.03);
    range.low = figure.log_x ? range.low / factor : range.low - margin;
    range.high = figure.log_x ? range.high * factor : range.high + margin;
  }
  return range;
}

// All values, and their bands as far as these do not squash the values: two seeds can have an interval ten
// times as wide as all curves together. A fraction's axis stays within 0 … 1 if its values do.
Range y_range(const Figure& figure) {
  Range values, bands;
  for (const Series& s : figure.series) {
    for (double v : s.y) values.add(v, figure.log_y);
    for (double v : s.low) bands.add(v, figure.log_y);
    for (double v : s.high) bands.add(v, figure.log_y);
    if (s.draw == Series::Draw::steps) values.add(0, figure.log_y);
  }
  if (values.empty() || bands.empty()) return values;
  Range range = values;
  if (figure.log_y) {
    const double margin = std::max(std::sqrt(values.high / values.low), 1.5);
    range.low = std::clamp(bands.low, values.low / margin, values.low);
    range.high = std::clamp(bands.high, values.high, values.high * margin);
  } else {
    const double margin = std::max((values.high - values.low) / 2, 1e-6 * std::abs(values.high));
    range.low = std::clamp(bands.low, values.low - margin, values.low);
    range.high = std::clamp(bands.high, values.high, values.high + margin);
  }
  if (figure.percent_y && values.high <= 1) range.high = std::min(range.high, 1.0);
  if (figure.percent_y && values.low >= 0) range.low = std::max(range.low, figure.log_y ? range.low : 0.0);
  return range;
}

Axis fit_axis(const Range& range, double wanted_low, double wanted_high, bool log, bool percent, Fit fit) {
  const bool given_low = std::isfinite(wanted_low), given_high = std::isfinite(wanted_high);
  if (given_low && given_high) fit = Fit::exact;
  Axis axis =
      make_axis(given_low ? wanted_low : range.low, given_high ? wanted_high : range.high, log, percent, fit);
  if (given_low != given_high && fit == Fit::nice)  // the given end stays where it was put
    axis = make_axis(given_low ? wanted_low : axis.low, given_high ? wanted_high : axis.high, log, percent,
                     Fit::exact);
  return axis;
}

// --- the script ----------------------------------------------------------------------------------------

// Lengths in the units of the SVG (pixels at its natural size); text is 14 high and about 7.4 a letter.
constexpr double width = 640, plot_height = 300, line_height = 21, letter = 7.4;

std::string axis_script(char which, const Axis& axis) {
  const std::string x(1, which);
  std::string out;
  if (axis.log) out += "set logscale " + x + "\n";
  const double low = axis.log ? axis.low * (1 - 1e-9) : axis.low;  // else gnuplot loses a tick at the end
  out += "set " + x + "range [" + gnuplot_number(low) + ":" + gnuplot_number(axis.high) + "]\n";
  out += "set " + x + "tics nomirror out scale 0.5,0.25 textcolor rgb '#000000' " +
         (which == 'x' ? "offset 0,0.4 " : "") + tick_list(axis) + "\n";
  return out;
}

bool is_dashed(const Figure& figure, std::size_t i) {
  return figure.series[i].dashed || colour_of(figure, i) >= 8;
}

std::string line_style(const Figure& figure, std::size_t i) {
  return std::string(is_dashed(figure, i) ? "dt (6,4) " : "") + "lc rgb '" +
         palette[colour_of(figure, i) % 8] + "'";
}

// Of one colour and width gnuplot 5.4 draws an arrow in the dashes of the one before.
const char *const arrow = " nohead lw 2 ", *const dashed_arrow = " nohead lw 2.01 ";

// A legend in columns above the plot, where it can hide nothing. gnuplot's own guesses the widths of its
// columns and then often uses only one.
struct Legend {
  int entries = 0, rows = 0;
  std::vector<double> column_at = {};  // how far right of the first column

  Legend(const Figure& figure, double room) {
    std::vector<double> widths;  // of sample, words and gap
    for (const Series& s : figure.series) {
      if (!s.label.empty()) widths.push_back(32 + display_width(s.label) * letter + 22);
    }
    entries = static_cast<int>(widths.size());
    double needed = 0;
    while (rows < entries && (rows == 0 || needed > room + 22)) {  // as few rows as fit
      ++rows;
      needed = 0;
      column_at.clear();
      for (int first = 0; first < entries; first += rows) {
        column_at.push_back(needed);
        const auto begin = widths.begin() + first;
        needed += *std::max_element(begin, begin + std::min(rows, entries - first));
      }
    }
  }

  std::string script(const Figure& figure, const Canvas& canvas, double left, double top) const {
    std::string out;
    int k = 0;
    for (std::size_t i = 0; i < figure.series.size(); ++i) {
      const Series& s = figure.series[i];
      if (s.label.empty()) continue;
      const double x = left + column_at[static_cast<std::size_t>(k / rows)],
                   y = top + line_height * (k % rows);
      out += canvas.text(10 + k, s.label, x + 32, y, "left");
      if (s.draw == Series::Draw::points)
        out += "set label " + std::to_string(1000 + k) + " '' at " + canvas.at(x + 12, y) +
               " point pt 7 ps 0.6 " + line_style(figure, i) + "\n";
      else
        out += "set arrow " + std::to_string(10 + k) + " from " + canvas.at(x, y) + " to " +
               canvas.at(x + 24, y) + (is_dashed(figure, i) ? dashed_arrow : arrow) + line_style(figure, i) +
               "\n";
      ++k;
    }
    return out;
  }
};

std::string csv(const Figure& figure) {
  std::string out = "series,x,y,low,high\n";
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      out += csv_text(s.label) + "," + gnuplot_number(s.x[i]) + "," + gnuplot_number(s.y[i]) + ",";
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

std::string plot_script(const Figure& figure) {
  std::vector<std::string> bands, lines;
  std::size_t row = 0;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    if (s.x.empty()) continue;
    const std::string from = rows(row, row + s.x.size() - 1);
    const std::string line = line_style(figure, i) + " notitle";
    const std::string between = "2:(inside($4)):(inside($5)) with filledcurves fs transparent solid ";
    if (s.draw == Series::Draw::steps) {
      bands.push_back(from + "2:3 with fillsteps fs transparent solid 0.25 noborder " + line);
      lines.push_back(from + "2:3 with steps lw 1.5 " + line);
    } else if (s.draw == Series::Draw::points) {
      if (!s.low.empty())
        bands.push_back(from + "2:(inside($4)):(0):(inside($5)-inside($4)) with vectors nohead lw 1.5 " +
                        line);
      lines.push_back(from + "2:3 with points pt 7 ps 0.6 " + line);
    } else {
      if (!s.low.empty()) bands.push_back(from + between + "0.16 noborder " + line);
      lines.push_back(from + "2:3 with lines lw 2 " + line);
      const auto there = [&](std::size_t k) { return k < s.y.size() && std::isfinite(s.y[k]); };
      for (std::size_t k = 0; k < s.y.size(); ++k) {  // a line of one point would not be seen
        if (there(k) && !there(k - 1) && !there(k + 1))
          lines.push_back(rows(row + k, row + k) + "2:3 with points pt 7 ps 0.5 " + line);
      }
    }
    row += s.x.size();
  }
  bands.insert(bands.end(), lines.begin(), lines.end());
  if (bands.empty()) bands.push_back("NaN notitle");
  std::string out = "plot " + bands[0];
  for (std::size_t i = 1; i < bands.size(); ++i) out += ", \\\n     " + bands[i];
  return out + "\n";
}

std::string script(const Figure& figure) {
  const Axis x = fit_axis(x_range(figure), figure.x_min, figure.x_max, figure.log_x, false, Fit::exact);
  const Axis y =
      fit_axis(y_range(figure), figure.y_min, figure.y_max, figure.log_y, figure.percent_y, Fit::nice);

  int widest = 0;  // of the words at the y axis
  for (const Tick& tick : y.ticks) widest = std::max(widest, display_width(tick.label));
  const double left = 20 + widest * letter + (figure.y_label.empty() ? 0 : 26), right = 32;
  const double bottom = 32 + (figure.x_label.empty() ? 0 : 22);
  const Legend legend(figure, width - left - right);
  const double title_height = figure.title.empty() ? 0 : 30;
  const double top = 16 + title_height + legend.rows * line_height;
  const double height = top + plot_height + bottom;

  const Canvas canvas{width, height};
  std::string out = canvas.set_up();
  out +=
      "set border 3 lc rgb '#8c959f'\nset grid lt 1 lw 1 dt solid lc rgb '#b08c959f'\n"
      "set style fill noborder\n";
  out += canvas.margins(left, right, top, bottom);
  out += canvas.text(1, figure.title, left, 20, "left font 'sans-serif:Bold,15'");
  out += canvas.text(2, figure.x_label, (left + width - right) / 2, height - 14, "center");
  out += canvas.text(3, figure.y_label, 13, top + plot_height / 2, "center rotate by 90");
  out += "unset key\n" + legend.script(figure, canvas, left, 18 + title_height);
  out += axis_script('x', x) + axis_script('y', y);
  // A band may leave the plot, and on a log axis have no lower end.
  out += "inside(v) = v < " + gnuplot_number(y.low) + " ? " + gnuplot_number(y.low) + " : v > " +
         gnuplot_number(y.high) + " ? " + gnuplot_number(y.high) + " : v\n";
  return out + plot_script(figure);
}

// --- words ---------------------------------------------------------------------------------------------

std::string describe(const Figure& figure) {
  if (!figure.description.empty()) return figure.description;
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

std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name) {
  return draw(figure, folder, name, std::cerr);
}

std::string draw(const HeatMap& map, const std::filesystem::path& folder, const std::string& name) {
  return draw(map, folder, name, std::cerr);
}

}}  // namespace norma
