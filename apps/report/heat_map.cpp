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

double widest(const std::vector<std::string>& names) {
  return text_width(std::ranges::max(names, {}, text_width));
}

std::string printed(const HeatMap& map, double value) {
  if (!std::isfinite(value)) return "×";
  return map.percent_value ? percent(value, 1) : number(value);
}

Extent scale(const HeatMap& map) {
  Extent range{map.log_value};
  for (double v : map.values) range.add(v);
  if (std::isfinite(map.value_min)) range.low = map.value_min;
  if (std::isfinite(map.value_max)) range.high = map.value_max;
  return widened(range, 0);
}

struct Layout {
  Frame frame;
  double cell;         // its width
  std::size_t stride;  // of the columns that have their names
  double bar;          // where the scale of colours is
};

Layout layout(const HeatMap& map) {
  const auto columns = double(map.x_names.size()), rows = double(map.y_names.size());
  Layout l{{}, 0, 1, 0};
  Frame& f = l.frame;
  f.left = std::max(20.0, widest(map.y_names) + 10);
  l.cell = std::max((336 - f.left) / columns, 5.0);
  const double name = widest(map.x_names) + 6;
  const auto empty = [](const std::string& s) { return s.empty(); };
  if (std::ranges::any_of(map.x_names, [&](auto& s) { return !empty(s) && std::isnan(number_in(s)); }))
    l.cell = std::max(l.cell, name);  // words: each is needed
  if (std::ranges::none_of(map.x_names, empty)) l.stride = static_cast<std::size_t>(std::ceil(name / l.cell));
  f.right = f.left + columns * l.cell;
  f.width = std::round(f.right + 22);
  l.bar = (map.title.empty() ? 0 : text_height + 2) + (map.value_label.empty() ? 4 : text_height + 4);
  f.top = l.bar + 32 + (map.y_label.empty() ? 0 : text_height + 2);
  f.bottom = std::round(f.top + (map.square ? rows * l.cell : std::clamp(28 * rows, 60.0, 400.0)));
  f.height = f.bottom + (map.x_label.empty() ? 24 : 42);
  return l;
}

std::string ticks(const std::vector<std::string>& names, std::size_t stride) {
  std::string out;  // gnuplot looks for a number's format in them
  for (std::size_t i = 0; i < names.size(); i += stride) {
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

std::string script(const HeatMap& map, const Layout& l) {
  const auto columns = double(map.x_names.size()), rows = double(map.y_names.size());
  const bool any = std::ranges::any_of(map.values, [](double v) { return std::isfinite(v); });
  const Extent colours = scale(map);
  const std::string unit = map.percent_value ? "100*" : "";
  const Frame& f = l.frame;

  std::string out = gnuplot_start(f, map.title, map.x_label, map.y_label, f.top - 10) +
                    gnuplot_text(f, f.left, l.bar - 11, map.value_label);
  out += "unset border\nunset key\n" + std::string(cividis);
  out += "set xrange [-0.5:" + gnuplot_number(columns - 0.5) + "]\nset yrange [" +
         gnuplot_number(rows - 0.5) + ":-0.5]\n";
  out += "set xtics scale 0 noenhanced " + ticks(map.x_names, l.stride) + "set ytics scale 0 noenhanced " +
         ticks(map.y_names, 1) +
         "set cbtics scale 0 offset 0,0.4\nset colorbox horizontal noborder user origin screen " +
         gnuplot_number(f.left / f.width) + ", screen " + gnuplot_number(1 - (l.bar + 10) / f.height) +
         " size screen " + gnuplot_number((f.right - f.left) / f.width) + ", screen " +
         gnuplot_number(10 / f.height) + "\n";
  if (map.percent_value) out += "set format cb '%g%%'\n";
  out += gnuplot_axis("cb", colours, (f.right - f.left) / 45, map.percent_value ? 100 : 1);
  out +=
      "set object rectangle from graph 0,0 to graph 1,1 behind fc rgb '#8c959f' fs solid 0.2 "
      "noborder\n";  // no value
  if (any && !map.levels.empty()) out += contours(map);

  const double middle =
      map.log_value ? std::sqrt(colours.low * colours.high) : (colours.low + colours.high) / 2;
  // A map without a value is no map to gnuplot.
  std::vector<std::string> layers;
  if (any) layers.push_back("data skip 1 using 1:2:(" + unit + "$3) with image pixels");
  double longest = 0;
  for (double v : map.values) longest = std::max(longest, text_width(printed(map, v)));
  if (any && map.print_values && longest + 3 < l.cell && rows <= 20)
    layers.push_back("data skip 1 using (strcol(4) eq '×' ? 1/0 : $1):2:4:($3 > " + gnuplot_number(middle) +
                     " ? 0x111111 : 0xffffff) with labels noenhanced tc rgb variable");
  layers.push_back(
      "data skip 1 using (strcol(4) eq '×' ? $1 : 1/0):2:4 with labels noenhanced tc rgb 'black'");
  if (any && !map.levels.empty())
    layers.push_back("$contour using (part(1)):(part(2)) with lines lw 1.5 lc rgb '#fefefe'");
  for (std::size_t i = 0; i < layers.size(); ++i) out += (i ? ", \\\n     " : "plot ") + layers[i];
  return out + "\n";
}

std::vector<Spot> spots(const HeatMap& map, const Layout& l) {
  std::vector<Spot> all;
  const double high = (l.frame.bottom - l.frame.top) / double(map.y_names.size());
  for (std::size_t i = 0; i < map.values.size() && map.values.size() <= 400; ++i) {
    const std::size_t row = i / map.x_names.size(), column = i % map.x_names.size();
    all.push_back({l.frame.left + double(column) * l.cell, l.frame.top + double(row) * high, l.cell, high,
                   map.y_names[row] + ", " + map.x_names[column] + ": " + printed(map, map.values[i])});
  }
  return all;
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
  const Layout l = layout(map);
  return publish({csv(map), script(map, l), title, describe(map), {}, spots(map, l)}, folder, name, messages);
}

}}  // namespace norma
