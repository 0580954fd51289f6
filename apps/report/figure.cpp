#include "apps/report/figure.h"

#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const PaletteColour& colour_of(const Figure& figure, std::size_t i) {
  return palette_colour(figure.series[i].colour, i);
}

std::string value_words(const Figure& figure, double v) { return figure.percent_y ? percent(v) : number(v); }

struct Axes {
  Extent x, y;
};

// Ends that were asked for stay. Bands may not squash the values: two seeds can have an interval ten times as
// wide as all curves together; a fraction's stay within 0 … 1 if its values do.
Axes axes(const Figure& figure) {
  Extent x{figure.log_x}, y{figure.log_y}, band = y;
  double room = figure.equal_axes ? 0.03 : 0;  // for half a point
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!x.takes(s.x[i]) || !y.takes(s.y[i])) continue;
      x.add(s.x[i]);
      y.add(s.y[i]);
    }
    if (s.draw == Series::Draw::steps && !y.empty()) y.add(0);
    if (s.draw == Series::Draw::points) room = 0.03;
    for (double v : s.low) band.add(v);
    for (double v : s.high) band.add(v);
    for (const auto& run : s.runs)
      for (double v : run) band.add(v);
  }
  const bool round = !y.empty() && !y.log && !figure.equal_axes;  // on to the next ticks
  if (!y.empty() && !band.empty()) {
    Extent most = widened(y, 0.5);
    if (figure.percent_y && y.high <= 1) most.high = std::min(most.high, 1.0);
    if (figure.percent_y && y.low >= 0 && !y.log) most.low = std::max(most.low, 0.0);
    y.add(std::max(band.low, most.low));
    y.add(std::min(band.high, most.high));
  }
  x = widened(x, room);
  y = widened(y, round ? 0 : 0.03);
  const double step = round ? round_step(y.high - y.low, 5) : 0;
  if (round) y = {false, step * std::floor(y.low / step + 1e-9), step * std::ceil(y.high / step - 1e-9)};
  auto take = [](Extent& e, double low, double high) {
    if (std::isfinite(low)) e.low = low;
    if (std::isfinite(high)) e.high = high;
    if (e.low >= e.high || (e.log && e.low <= 0)) e = widened({e.log}, 0);
  };
  take(x, figure.x_min, figure.x_max);
  take(y, figure.y_min, figure.y_max);
  return {x, y};
}

// Labels stand at the ends of lines if they are few and short, else in a legend above.
struct Layout {
  Frame frame;
  Axes axes;
  bool at_ends;
  double y_label_at;
};

Layout layout(const Figure& figure) {
  double longest = 0, entries = 0;
  bool lines = !figure.equal_axes;
  for (const Series& s : figure.series) {
    longest = std::max(longest, text_width(s.label));
    entries += !s.label.empty();
    lines = lines && s.draw == Series::Draw::line;
  }
  Layout l{{}, axes(figure), lines && entries > 0 && entries <= 6 && longest < 115, 12};
  Frame& f = l.frame;
  const bool small = figure.width < 250;
  f.width = figure.width;
  f.left = small ? 48 : 66;
  f.right = f.width - (l.at_ends ? longest + 10 : small ? 8 : 22);
  if (!figure.title.empty()) l.y_label_at += text_height + 2;
  f.top = l.y_label_at + (figure.y_label.empty() ? -4 : text_height - 2) +
          (l.at_ends ? 0 : text_height * entries);
  double height = figure.plot_height;
  if (figure.equal_axes) {
    auto& [x, y] = l.axes;
    const double wide = f.right - f.left, x_size = x.high - x.low, y_size = y.high - y.low;
    height = std::clamp(wide * y_size / x_size, 70.0, 360.0);
    const double pixel = std::max(x_size / wide, y_size / height);
    x = widened(x, (pixel * wide / x_size - 1) / 2);
    y = widened(y, (pixel * height / y_size - 1) / 2);
  }
  f.bottom = std::round(f.top + height);
  f.height = f.bottom + (figure.x_label.empty() ? 24 : 42);
  return l;
}

std::string csv(const Figure& figure) {
  std::size_t runs = 0;
  for (const Series& s : figure.series) runs = std::max(runs, s.runs.size());
  std::string out = "series,x,y,low,high";
  for (std::size_t r = 1; r <= runs; ++r) out += ",run " + std::to_string(r);
  out += "\n";
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      out += gnuplot_cell(s.label) + "," + gnuplot_number(s.x[i]) + "," + gnuplot_number(s.y[i]);
      out += s.low.empty() ? ",," : "," + gnuplot_number(s.low[i]) + "," + gnuplot_number(s.high[i]);
      for (std::size_t r = 0; r < runs; ++r)
        out += "," + (r < s.runs.size() ? gnuplot_number(s.runs[r][i]) : "");
      out += "\n";
    }
  }
  return out;
}

// Some rows of the data, counted from 0 after the header.
std::string rows(std::size_t first, std::size_t last) {
  return "data skip 1 every ::" + std::to_string(first) + "::" + std::to_string(last) + " using ";
}

using Elements = std::vector<std::pair<std::string, std::size_t>>;  // of the plot, each with its series

// At the end of each line, but clear of the others: pixels from below.
Elements end_labels(const Figure& figure, const Layout& l) {
  std::vector<std::pair<double, std::size_t>> places;
  const double height = l.frame.bottom - l.frame.top, apart = text_height - 2;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    const auto end = std::find_if(s.y.rbegin(), s.y.rend(), [&](double v) { return l.axes.y.takes(v); });
    if (!s.label.empty() && end != s.y.rend())
      places.emplace_back(height * std::clamp(l.axes.y.at(*end), 0.0, 1.0), i);
  }
  std::ranges::stable_sort(places);
  for (std::size_t k = 1; k < places.size(); ++k)
    places[k].first = std::max(places[k].first, places[k - 1].first + apart);
  Elements labels;
  double most = height;
  for (std::size_t k = places.size(); k-- > 0; most -= apart) {
    most = std::clamp(places[k].first, 0.0, most);
    const std::size_t i = places[k].second;
    labels.emplace_back(rows(0, 0) + "(" + gnuplot_number(l.axes.x.high) + "):(" +
                            gnuplot_number(most / height) + "):(" + gnuplot_quote(figure.series[i].label) +
                            ") axes x1y2 with labels left offset 0.6,0 noenhanced tc rgb '" +
                            colour_of(figure, i).text + "' notitle",
                        i);
  }
  return labels;
}

// Bands and single runs lie below all lines.
Elements elements(const Figure& figure, const Layout& l) {
  Elements below, lines;
  std::size_t row = 0;
  const auto bands = std::ranges::count_if(figure.series, [](const Series& s) { return !s.low.empty(); });
  for (std::size_t i = 0; i < figure.series.size(); row += figure.series[i++].x.size()) {
    const Series& s = figure.series[i];
    if (s.x.empty()) continue;
    const std::string from = rows(row, row + s.x.size() - 1), y = "2:(scaled($3)) with ";
    const std::string style =
        std::string(s.dashed ? "dt (6,4) " : "") + "lc rgb '" + colour_of(figure, i).light + "'";
    const std::string line = style + " notitle", named = s.label.empty() || l.at_ends
                                                             ? line
                                                             : style + " title " + gnuplot_quote(s.label);
    if (s.draw == Series::Draw::steps)
      below.emplace_back(from + y + "fillsteps fs transparent solid 0.25 noborder " + line, i);
    if (!s.low.empty())
      below.emplace_back(from + "2:(inside($4)):(inside($5)) with filledcurves fs transparent solid " +
                             (bands > 3 ? "0.09" : "0.16") + " noborder " + line,
                         i);
    for (std::size_t r = 0; r < s.runs.size(); ++r)
      below.emplace_back(from + "2:(scaled($" + std::to_string(6 + r) + ")) with lines lw 0.7 " + line, i);
    const char* kinds[] = {"lines lw 2 ", "points pt 7 ps 0.5 ", "steps lw 1.5 "};
    lines.emplace_back(from + y + kinds[static_cast<int>(s.draw)] + named, i);
    const auto there = [&](std::size_t k) { return k < s.y.size() && std::isfinite(s.y[k]); };
    for (std::size_t k = 0; k < s.y.size() && s.draw == Series::Draw::line; ++k) {
      if (there(k) && !there(k - 1) && !there(k + 1))  // a line of one point would not be seen
        lines.emplace_back(rows(row + k, row + k) + y + kinds[1] + line, i);
    }
  }
  below.insert(below.end(), lines.begin(), lines.end());
  if (below.empty()) below.emplace_back("NaN notitle", 0);
  const Elements labels = l.at_ends ? end_labels(figure, l) : Elements();
  below.insert(below.end(), labels.begin(), labels.end());
  return below;
}

std::string script(const Figure& figure, const Layout& l, const Elements& plotted) {
  const Frame& f = l.frame;
  std::string out = gnuplot_start(f, figure.title, figure.x_label, figure.y_label, l.y_label_at) +
                    "set border 3 lc rgb '#8c959f'\nset grid lt 1 lw 1 dt solid lc rgb '#b08c959f'\n"
                    "set style fill noborder\nset y2range [0:1]\nset key at screen 0, screen " +
                    gnuplot_number(1 - (l.y_label_at + (figure.y_label.empty() ? -12 : 10)) / f.height) +
                    " left top Left reverse vertical maxcols 1 noenhanced samplen 2 spacing 0.85\n";
  const std::string unit = figure.percent_y ? "100" : "1", low = gnuplot_number(l.axes.y.low),
                    high = gnuplot_number(l.axes.y.high);
  if (figure.percent_y) out += "set format y '%g%%'\n";
  out +=
      gnuplot_axis("x", l.axes.x, (f.right - f.left) / 45) +
      gnuplot_axis("y", l.axes.y, std::clamp((f.bottom - f.top) / 25, 2.0, 7.6), figure.percent_y ? 100 : 1);
  out += "scaled(v) = " + unit + "*v\ninside(v) = scaled(v < " + low + " ? " + low + " : v > " + high +
         " ? " + high + " : v)\n";
  for (std::size_t i = 0; i < plotted.size(); ++i) out += (i ? ", \\\n     " : "plot ") + plotted[i].first;
  return out + "\n";
}

// At most sixty of each line.
std::vector<Spot> spots(const Figure& figure, const Layout& l) {
  std::vector<Spot> all;
  const std::string at = figure.x_label == "training steps" ? "step " : "at ";
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    if (s.draw == Series::Draw::steps || (s.label.empty() && figure.series.size() > 1)) continue;
    for (std::size_t k = 0; k < s.x.size(); k += 1 + (s.x.size() - 1) / 60) {
      const double x = l.axes.x.at(s.x[k]), y = l.axes.y.at(s.y[k]);
      const std::string words = at + number(s.x[k]) + ": " + value_words(figure, s.y[k]);
      if (x >= 0 && x <= 1 && y >= 0 && y <= 1)
        all.push_back({l.frame.x(x) - 5, l.frame.y(y) - 5, 10, 10,
                       s.label.empty() ? words : s.label + ", " + words, i});
    }
  }
  return all;
}

std::string describe(const Figure& figure) {
  std::string out = figure.y_label + " against " + figure.x_label + ".";
  for (const Series& s : figure.series) {
    if (s.label.empty()) continue;
    for (std::size_t i = s.y.size(); i-- > 0;) {
      if (!std::isfinite(s.y[i])) continue;
      out += " " + s.label + ": " + value_words(figure, s.y[i]) + " at " + number(s.x[i]) +
             (i + 1 < s.y.size() ? ", then no numbers." : ".");
      break;
    }
  }
  return out;
}

void check_lengths(const Figure& figure) {
  for (const Series& s : figure.series) {
    const auto fits = [&](const std::vector<double>& v) { return v.size() == s.y.size(); };
    check(fits(s.x) && (fits(s.low) || s.low.empty()) && s.low.size() == s.high.size() &&
              std::ranges::all_of(s.runs, fits),
          "figure: series '", s.label, "' has ", s.y.size(), " y, but ", s.x.size(), " x, a band of ",
          s.low.size(), " and ", s.high.size(), ", or a run of another length");
  }
}

}  // namespace

void Series::add(double at, const std::vector<double>& of_runs) {
  std::vector<double> there = of_runs;
  std::erase_if(there, [](double v) { return std::isnan(v); });
  const Interval mean = mean_interval(there);
  x.push_back(at);
  y.push_back(mean.mean);
  if (too_few_for_interval(of_runs.size())) {
    runs.resize(of_runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) runs[r].push_back(of_runs[r]);
  } else if (of_runs.size() > 1) {
    low.push_back(mean.low());
    high.push_back(mean.high());
  }
}

void share_axes(const std::vector<Figure*>& figures) {
  auto [x, y] = axes(*figures.at(0));
  for (const Figure* figure : figures) {
    const Axes own = axes(*figure);
    for (double v : {own.x.low, own.x.high}) x.add(v);
    for (double v : {own.y.low, own.y.high}) y.add(v);
  }
  auto give = [](double& end, double all) { end = std::isfinite(end) ? end : all; };
  for (Figure* figure : figures) {
    give(figure->x_min, x.low);
    give(figure->x_max, x.high);
    give(figure->y_min, y.low);
    give(figure->y_max, y.high);
  }
}

std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages) {
  check_lengths(figure);
  const std::string title = figure.title.empty() ? figure.y_label : figure.title;
  const Layout l = layout(figure);
  const Elements plotted = elements(figure, l);
  Drawing drawing{csv(figure), script(figure, l, plotted), title, describe(figure), {}, spots(figure, l)};
  for (const auto& [words, series] : plotted) drawing.series.push_back(series);
  return publish(drawing, folder, name, messages);
}

std::string svg_of(const Figure& figure, const std::string& name, std::ostream& messages) {
  if (!have_gnuplot()) return "";
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "norma-drawing-XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr, pattern, ": cannot make this folder, to draw in");
  const std::unique_ptr<const std::string, void (*)(const std::string*)> removed(
      &pattern, [](const std::string* folder) {
        std::error_code ignored;
        fs::remove_all(*folder, ignored);
      });
  const std::string svg = draw(figure, pattern, name, messages);
  return svg.empty() ? "" : read_file(svg);
}

}}  // namespace norma
