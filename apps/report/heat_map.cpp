// The heat map of figure.h: cells coloured by value, with the value printed on them.
#include <algorithm>
#include <cmath>

#include "apps/report/axis.h"
#include "apps/report/figure.h"
#include "apps/report/gnuplot.h"
#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Cividis (Nuñez, Anderton and Renslow 2018): even steps of lightness that people with and without colour
// blindness see alike, dark blue to yellow.
constexpr const char* cividis =
    "set palette defined (0 '#00224e', 1 '#123570', 2 '#3b496c', 3 '#575d6d', 4 '#707173', 5 '#8a8678', "
    "6 '#a59c74', 7 '#c3b369', 8 '#e1cc55', 9 '#fee838')\n";

// Pixels at the natural size, as in figure.cpp.
constexpr double width = 640, letter = 7.4, printed_letter = 7.2;

int widest(const std::vector<std::string>& names) {
  int result = 0;
  for (const std::string& name : names) result = std::max(result, display_width(name));
  return result;
}

// How many columns lie between two that have names.
double nearest_names(const std::vector<std::string>& names) {
  std::size_t nearest = names.size(), last = names.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    if (last < names.size()) nearest = std::min(nearest, i - last);
    last = i;
  }
  return static_cast<double>(nearest);
}

std::string printed(const HeatMap& map, double value) {
  if (!std::isfinite(value)) return "×";
  return map.percent_value ? percent(value, 1) : number(value);
}

// Where the cells are and how large.
struct Layout {
  double left, right = 118, top, bottom, cell_width, cell_height, height;
  bool turned;   // the names of the columns
  bool numbers;  // printed in the cells
  bool gaps;     // between the cells

  explicit Layout(const HeatMap& map) {
    const auto columns = static_cast<double>(map.x_names.size()),
               rows = static_cast<double>(map.y_names.size());
    left = 20 + widest(map.y_names) * letter + (map.y_label.empty() ? 0 : 26);
    cell_width = std::clamp((width - left - right) / columns, 1.0, 120.0);
    cell_height = std::clamp(400 / rows, 1.0, std::max(44.0, 130 / rows));
    right = std::max(right, width - left - cell_width * columns);  // few columns: not as wide as the page
    const double names = widest(map.x_names) * letter;
    turned = names + 8 > cell_width * nearest_names(map.x_names);
    top = map.title.empty() ? 16 : 42;
    bottom = (turned ? 18 + names * 0.6 : 30) + (map.x_label.empty() ? 4 : 24);
    height = std::round(top + cell_height * rows + bottom);
    int longest = 0;
    for (double v : map.values) longest = std::max(longest, display_width(printed(map, v)));
    gaps = cell_width > 24 && cell_height > 16;
    numbers = map.print_values && longest * printed_letter + 6 <= cell_width && cell_height >= 18;
  }
};

Axis scale(const HeatMap& map) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (double v : map.values) {
    if (!std::isfinite(v) || (map.log_value && v <= 0)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (std::isfinite(map.value_min)) low = map.value_min;
  if (std::isfinite(map.value_max)) high = map.value_max;
  return make_axis(low, high, map.log_value, map.percent_value, Fit::exact);
}

// Rows are blocks, as contours need; gnuplot reads the numbers only.
std::string csv(const HeatMap& map) {
  std::string out = "column,row,value,printed,x,y\n";
  const std::size_t columns = map.x_names.size();
  for (std::size_t i = 0; i < map.y_names.size(); ++i) {
    if (i > 0) out += "\n";
    for (std::size_t j = 0; j < columns; ++j) {
      const double v = map.values[i * columns + j];
      out += std::to_string(j) + "," + std::to_string(i) + "," + gnuplot_number(v) + "," +
             csv_text(printed(map, v)) + "," + csv_text(map.x_names[j]) + "," + csv_text(map.y_names[i]) +
             "\n";
    }
  }
  return out;
}

std::string names(char which, const std::vector<std::string>& names, const std::string& options) {
  Axis axis;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) axis.ticks.push_back({static_cast<double>(i), names[i]});
  }
  return std::string("set ") + which + "tics scale 0 nomirror textcolor rgb '#000000' " + options +
         tick_list(axis) + "\n";
}

double widest_label(const Axis& axis) {
  int result = 0;
  for (const Tick& tick : axis.ticks) result = std::max(result, display_width(tick.label));
  return result * letter;
}

std::string script(const HeatMap& map) {
  const Layout at(map);
  const Canvas canvas{width, at.height};
  const Axis colours = scale(map);
  const double columns = static_cast<double>(map.x_names.size()),
               rows = static_cast<double>(map.y_names.size());
  const double plot_right = width - at.right, plot_bottom = at.height - at.bottom;

  std::string out = canvas.set_up() + canvas.margins(at.left, at.right, at.top, at.bottom);
  out += "unset border\nunset key\n" + std::string(cividis);
  out += canvas.text(1, map.title, at.left, 20, "left font 'sans-serif:Bold,15'");
  out += canvas.text(2, map.x_label, (at.left + plot_right) / 2, at.height - 14, "center");
  out += canvas.text(3, map.y_label, 13, (at.top + plot_bottom) / 2, "center rotate by 90");
  out += "set xrange [-0.5:" + gnuplot_number(columns - 0.5) + "]\nset yrange [" +
         gnuplot_number(rows - 0.5) + ":-0.5]\n";
  out += names('x', map.x_names, at.turned ? "offset 0,0.2 rotate by 35 right " : "offset 0,0.4 ");
  out += names('y', map.y_names, "");

  if (colours.log) out += "set logscale cb\n";
  out += "set cbrange [" + gnuplot_number(colours.low) + ":" + gnuplot_number(colours.high) + "]\n";
  out += "set cbtics scale 0 offset -0.6,0 textcolor rgb '#000000' " + tick_list(colours) + "\n";
  const double box_height = std::min(plot_bottom - at.top, 260.0);
  out += "set colorbox user origin " + canvas.at(plot_right + 22, at.top + box_height) + " size " +
         canvas.across(12) + ",screen " + gnuplot_number(std::round(box_height / at.height * 1e5) / 1e5) +
         " noborder\n";
  out += canvas.text(4, map.value_label, std::min(plot_right + 64 + widest_label(colours), width - 10),
                     at.top + box_height / 2, "center rotate by 90");

  // A cell, drawn only where there is a value; the number on it, dark on the bright half of the colours.
  const double low = colours.low, high = colours.high,
               middle = colours.log ? std::sqrt(low * high) : (low + high) / 2;
  const auto half = [&](double size) { return gnuplot_number(at.gaps ? 0.5 - 1 / size : 0.5 + 0.2 / size); };
  const std::string half_x = half(at.cell_width), half_y = half(at.cell_height);
  const std::string box = "($1-" + half_x + "):($1+" + half_x + "):($2-" + half_y + "):($2+" + half_y + ")";
  const bool contours =
      !map.levels.empty() && std::ranges::any_of(map.values, [](double v) { return std::isfinite(v); });
  if (contours) {
    out += "set contour\nunset surface\nset cntrparam levels discrete ";
    for (std::size_t i = 0; i < map.levels.size(); ++i) out += (i ? "," : "") + gnuplot_number(map.levels[i]);
    out += "\nset table $contour\nsplot data skip 1 using 1:2:3\nunset table\n";
    out += "part(i) = real(word(strcol(1), i))  # the table has blanks between its numbers, not commas\n";
  }
  out += "there(printed) = printed ne '×'\n";
  out += "plot data skip 1 using (there(strcol(4)) ? $1 : 1/0):2:" + box +
         ":3 with boxxyerror fs solid noborder lc palette, \\\n";
  out += "     data skip 1 using (there(strcol(4)) ? 1/0 : $1):2:" + box +
         " with boxxyerror fs solid 0.2 noborder lc rgb '#8c959f'";
  if (at.numbers) {
    out += ", \\\n     data skip 1 using (there(strcol(4)) ? $1 : 1/0):2:4:($3 > " + gnuplot_number(middle) +
           " ? 0x111111 : 0xffffff) with labels font 'sans-serif,13' tc rgb variable";
  }
  out += ", \\\n     data skip 1 using (there(strcol(4)) ? 1/0 : $1):2:4 with labels tc rgb '#000000'";
  if (contours) out += ", \\\n     $contour using (part(1)):(part(2)) with lines lw 1.5 lc rgb '#fefefe'";
  return out + "\n";
}

std::string describe(const HeatMap& map) {
  if (!map.description.empty()) return map.description;
  std::string out =
      map.value_label + " for each " + map.y_label + " (rows) and " + map.x_label + " (columns).";
  const std::size_t columns = map.x_names.size();
  if (map.values.size() > 100) return out;
  for (std::size_t i = 0; i < map.y_names.size(); ++i) {
    out += " " + map.y_names[i] + ": ";
    for (std::size_t j = 0; j < columns; ++j)
      out += (j ? ", " : "") + printed(map, map.values[i * columns + j]);
    out += ".";
  }
  return out;
}

}  // namespace

std::string draw(const HeatMap& map, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages) {
  check(!map.values.empty() && map.values.size() == map.x_names.size() * map.y_names.size(),
        "heat map: ", map.values.size(), " values for ", map.y_names.size(), " rows and ", map.x_names.size(),
        " columns");
  const std::string title = map.title.empty() ? map.value_label : map.title;
  return publish({csv(map), script(map), title, describe(map)}, folder, name, messages);
}

}}  // namespace norma
