// The heat map of figure.h: cells coloured by value, with the value printed on them.
#include <algorithm>
#include <cmath>

#include "apps/report/figure.h"
#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Cividis (Nuñez, Anderton and Renslow 2018): even steps of lightness that people with and without colour
// blindness see alike, dark blue to yellow.
constexpr const char* cividis =
    "set palette defined (0 '#00224e', 1 '#123570', 2 '#3b496c', 3 '#575d6d', 4 '#707173', 5 '#8a8678', "
    "6 '#a59c74', 7 '#c3b369', 8 '#e1cc55', 9 '#fee838')\n";

int widest(const std::vector<std::string>& names) {
  int result = 0;
  for (const std::string& name : names) result = std::max(result, display_width(name));
  return result;
}

std::string printed(const HeatMap& map, double value) {
  if (!std::isfinite(value)) return "×";
  return map.percent_value ? percent(value, 1) : number(value);
}

Extent scale(const HeatMap& map) {
  Extent range;
  for (double v : map.values) range.add(v, map.log_value);
  if (std::isfinite(map.value_min)) range.low = map.value_min;
  if (std::isfinite(map.value_max)) range.high = map.value_max;
  return widened(range, map.log_value, 0);
}

// Of many numbers only some are named.
std::size_t step_of(const std::vector<std::string>& names) {
  const bool numbers = std::ranges::all_of(
      names, [](const std::string& n) { return n.find_first_not_of("0123456789.e-") == n.npos; });
  const std::size_t letters = static_cast<std::size_t>(widest(names)) * names.size();
  return numbers && letters > 56 ? letters / 25 + 1 : 1;
}

std::string ticks(const std::vector<std::string>& names, std::size_t step = 1) {
  std::string out;  // gnuplot looks for a number's format in them
  for (std::size_t i = 0; i < names.size(); i += step) {
    if (names[i].empty()) continue;
    out += (out.empty() ? "" : ", ") + gnuplot_quote(replaced(names[i], "%", "%%")) + " " + std::to_string(i);
  }
  return "(" + out + ")\n";
}

std::string contours(const HeatMap& map) {
  std::string levels;
  for (double level : map.levels) levels += (levels.empty() ? "" : ",") + gnuplot_number(level);
  return "set contour\nunset surface\nset cntrparam levels discrete " + levels +
         "\nset table $contour\nsplot data skip 1 using 1:2:3\nunset table\n"
         "part(i) = real(word(strcol(1), i))  # the table has blanks between its numbers, not commas\n";
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
             gnuplot_cell(printed(map, v)) + "," + gnuplot_cell(map.x_names[j]) + "," +
             gnuplot_cell(map.y_names[i]) + "\n";
    }
  }
  return out;
}

std::string script(const HeatMap& map) {
  const auto columns = double(map.x_names.size()), rows = double(map.y_names.size());
  const auto named = columns - double(std::ranges::count(map.x_names, ""));
  const bool wide = columns > 8 || widest(map.y_names) > 14;
  const std::size_t step = step_of(map.x_names);
  const bool turned = step == 1 && widest(map.x_names) * named > (wide ? 56 : 24);
  const bool any = std::ranges::any_of(map.values, [](double v) { return std::isfinite(v); });
  const Extent colours = scale(map);
  const std::string unit = map.percent_value ? "100*" : "";

  const double height =
      std::clamp(44 * rows, 90.0, 400.0) + (turned ? 100 : 70) + (map.title.empty() ? 0 : 20);
  const double width = wide ? 640 : figure_width;
  std::string out = gnuplot_start(width, height, map.title, map.x_label, map.y_label);
  out += "unset border\nunset key\n" + std::string(cividis);
  out += "set xrange [-0.5:" + gnuplot_number(columns - 0.5) + "]\nset yrange [" +
         gnuplot_number(rows - 0.5) + ":-0.5]\n";
  out += "set xtics scale 0 noenhanced " + std::string(turned ? "offset 0,-0.2 rotate by 35 right " : "") +
         ticks(map.x_names, step) + "set ytics scale 0 noenhanced " + ticks(map.y_names) +
         "set cbtics scale 0\nset colorbox noborder\nset cblabel " + gnuplot_quote(map.value_label) +
         " noenhanced\n";
  if (map.percent_value) out += "set format cb '%g%%'\n";
  if (map.log_value) out += gnuplot_log_axis("cb", colours);
  const double factor = map.percent_value ? 100 : 1;
  out += "set cbrange [" + gnuplot_number(factor * colours.low) + ":" +
         gnuplot_number(factor * colours.high) + "]\n";
  out +=
      "set object rectangle from graph 0,0 to graph 1,1 behind fc rgb '#8c959f' fs solid 0.2 "
      "noborder\n";  // no value
  if (any && !map.levels.empty()) out += contours(map);

  const double middle =
      map.log_value ? std::sqrt(colours.low * colours.high) : (colours.low + colours.high) / 2;
  // A map without a value is no map to gnuplot.
  std::vector<std::string> layers;
  if (any) layers.push_back("data skip 1 using 1:2:(" + unit + "$3) with image pixels");
  int longest = 0;
  for (double v : map.values) longest = std::max(longest, display_width(printed(map, v)));
  if (any && map.print_values && longest * columns <= (wide ? 56 : 24) && rows <= 20)
    layers.push_back("data skip 1 using (strcol(4) eq '×' ? 1/0 : $1):2:4:($3 > " + gnuplot_number(middle) +
                     " ? 0x111111 : 0xffffff) with labels noenhanced font 'sans-serif,13' tc rgb variable");
  layers.push_back(
      "data skip 1 using (strcol(4) eq '×' ? $1 : 1/0):2:4 with labels noenhanced tc rgb 'black'");
  if (any && !map.levels.empty())
    layers.push_back("$contour using (part(1)):(part(2)) with lines lw 1.5 lc rgb '#fefefe'");
  for (std::size_t i = 0; i < layers.size(); ++i) out += (i ? ", \\\n     " : "plot ") + layers[i];
  return out + "\n";
}

std::string describe(const HeatMap& map) {
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
