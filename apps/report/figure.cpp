#include "apps/report/figure.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

int colour_of(const Figure& figure, std::size_t i) {
  const int colour = figure.series[i].colour;
  return colour >= 0 ? colour % static_cast<int>(std::size(figure_palette)) : static_cast<int>(i % 8);
}

// The ranges of both axes.
struct Axes {
  Extent x, y;
};

double given(double asked, double automatic) { return std::isfinite(asked) ? asked : automatic; }

// Where its ends are not given the y axis of a linear figure goes on to the next round numbers. Bands may not
// squash the values: two seeds can have an interval ten times as wide as all curves together. A fraction's stay
// within 0 … 1 if its values do.
Axes axes(const Figure& figure) {
  Axes a{{figure.log_x}, {figure.log_y}};
  Extent band{figure.log_y};
  bool points = false;
  for (const Series& s : figure.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!a.y.takes(s.y[i]) || !a.x.takes(s.x[i])) continue;
      a.x.add(s.x[i]);
      a.y.add(s.y[i]);
    }
    if (s.draw == Series::Draw::steps && !a.y.empty()) a.y.add(0);
    points = points || s.draw == Series::Draw::points;
    for (const auto* values : {&s.low, &s.high})
      for (double v : *values) band.add(v);
    for (const auto& run : s.runs)
      for (double v : run) band.add(v);
  }
  const bool any = !a.y.empty();
  if (any && !band.empty()) {
    Extent room = widened(a.y, 0.5);
    if (figure.percent_y && a.y.high <= 1) room.high = std::min(room.high, 1.0);
    if (figure.percent_y && a.y.low >= 0 && !figure.log_y) room.low = std::max(room.low, 0.0);
    a.y.add(std::max(band.low, room.low));
    a.y.add(std::min(band.high, room.high));
  }
  a.x = widened(a.x, points || figure.equal_axes ? 0.03 : 0);  // room for half a point
  a.y = widened(a.y, figure.log_y || figure.equal_axes ? 0.03 : 0);
  if (any && !figure.log_y && !figure.equal_axes) {
    const double step = round_step(a.y.high - a.y.low, 5);
    a.y.low = step * std::floor(a.y.low / step + 1e-9);
    a.y.high = step * std::ceil(a.y.high / step - 1e-9);
  }
  auto take = [](Extent& e, double low, double high) {
    e.low = given(low, e.low);
    e.high = given(high, e.high);
    if (e.low >= e.high || (e.log && e.low <= 0)) e = widened({e.log}, 0);
  };
  take(a.x, figure.x_min, figure.x_max);
  take(a.y, figure.y_min, figure.y_max);
  return a;
}

// The letters of the y axis's longest number, about.
double tick_letters(const Extent& y, double unit) {
  int most = 1;
  const double step = round_step(y.high - y.low, 5);
  for (double v : {y.low, y.low + step, y.high})
    most = std::max(most, display_width(number(unit * (y.log ? std::pow(10, std::floor(std::log10(v)))
                                                             : step * std::floor(v / step)))));
  return std::min(most, 6) + (unit > 1);
}

// Labels stand at the ends of lines where they are few and short, else in a legend.
struct Layout {
  Frame frame;
  bool at_ends;
  Axes axes;
  double y_label_at;
};

Layout layout(const Figure& figure) {
  double longest = 0;
  int entries = 0;
  bool lines = true;
  for (const Series& s : figure.series) {
    longest = std::max(longest, text_width(s.label));
    entries += !s.label.empty();
    lines = lines && (s.label.empty() || s.draw == Series::Draw::line);
  }
  Layout l{{}, entries > 0 && lines && entries <= 6 && longest < 115 && !figure.equal_axes, axes(figure), 12};
  Frame& f = l.frame;
  f.width = figure.width;
  f.left = std::round(20 + 7.2 * tick_letters(l.axes.y, figure.percent_y ? 100 : 1));
  f.right = f.width - (l.at_ends ? longest + 10 : figure.width < 250 ? 8 : 22);
  f.top = 8;
  if (!figure.title.empty()) l.y_label_at += text_height + 2, f.top += text_height + 2;
  if (!figure.y_label.empty()) f.top += text_height + 2;
  if (!l.at_ends) f.top += text_height * entries;
  double height = figure.plot_height;
  if (figure.equal_axes) {
    const double x = l.axes.x.high - l.axes.x.low, y = l.axes.y.high - l.axes.y.low, wide = f.right - f.left;
    height = std::clamp(wide * y / x, 70.0, 360.0);
    const double longer = std::max(x / wide, y / height);  // a pixel in units
    l.axes.x = widened(l.axes.x, (longer * wide / x - 1) / 2);
    l.axes.y = widened(l.axes.y, (longer * height / y - 1) / 2);
  }
  f.bottom = std::round(f.top + height);
  f.height = f.bottom + (figure.x_label.empty() ? 24 : 42);
  return l;
}

std::string line_style(const Figure& figure, std::size_t i) {
  return std::string(figure.series[i].dashed ? "dt (6,4) " : "") + "lc rgb '" +
         figure_palette[colour_of(figure, i)].light + "'";
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
      for (std::size_t r = 0; r < runs; ++r) out += "," + (r < s.runs.size() ? gnuplot_number(s.runs[r][i]) : "");
      out += "\n";
    }
  }
  return out;
}

// Some rows of the data, counted from 0 after the header.
std::string rows(std::size_t first, std::size_t last) {
  return "data skip 1 every ::" + std::to_string(first) + "::" + std::to_string(last) + " using ";
}

// How high each label stands, in pixels from below: at the end of its line, but clear of the others.
std::vector<std::pair<double, std::size_t>> label_places(const Figure& figure, const Layout& l) {
  const double height = l.frame.bottom - l.frame.top;
  std::vector<std::pair<double, std::size_t>> places;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    const auto end = std::find_if(s.y.rbegin(), s.y.rend(), [&](double v) { return l.axes.y.takes(v); });
    if (!s.label.empty() && end != s.y.rend())
      places.emplace_back(height * std::clamp(l.axes.y.at(*end), 0.0, 1.0), i);
  }
  std::ranges::stable_sort(places);
  for (std::size_t k = 1; k < places.size(); ++k)
    places[k].first = std::max(places[k].first, places[k - 1].first + text_height - 2);
  double most = height;
  for (std::size_t k = places.size(); k-- > 0; most = places[k].first - text_height + 2)
    places[k].first = std::clamp(places[k].first, 0.0, most);
  return places;
}

// The plot command; `drawn`: the series of each of its elements.
std::string plot_script(const Figure& figure, const Layout& l, std::vector<std::size_t>& drawn) {
  std::vector<std::pair<std::string, std::size_t>> bands, lines;
  std::size_t row = 0;
  const auto banded = std::ranges::count_if(figure.series, [](const Series& s) { return !s.low.empty(); });
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    if (s.x.empty()) continue;
    const std::string from = rows(row, row + s.x.size() - 1);
    const std::string style = line_style(figure, i), line = style + " notitle";
    const std::string named =
        style + (s.label.empty() || l.at_ends ? " notitle" : " title " + gnuplot_quote(s.label));
    if (s.draw == Series::Draw::steps) {
      bands.emplace_back(from + "2:(scaled($3)) with fillsteps fs transparent solid 0.25 noborder " + line, i);
      lines.emplace_back(from + "2:(scaled($3)) with steps lw 1.5 " + named, i);
    } else if (s.draw == Series::Draw::points) {
      if (!s.low.empty())
        bands.emplace_back(
            from + "2:(inside($4)):(0):(inside($5)-inside($4)) with vectors nohead lw 1.5 " + line, i);
      lines.emplace_back(from + "2:(scaled($3)) with points pt 7 ps 0.5 " + named, i);
    } else {
      if (!s.low.empty())
        bands.emplace_back(from + "2:(inside($4)):(inside($5)) with filledcurves fs transparent solid " +
                               (banded > 3 ? "0.09" : "0.16") + " noborder " + line,
                           i);
      for (std::size_t r = 0; r < s.runs.size(); ++r)
        bands.emplace_back(from + "2:(scaled($" + std::to_string(6 + r) + ")) with lines lw 0.7 " + line, i);
      lines.emplace_back(from + "2:(scaled($3)) with lines lw 2 " + named, i);
      const auto there = [&](std::size_t k) { return k < s.y.size() && std::isfinite(s.y[k]); };
      for (std::size_t k = 0; k < s.y.size(); ++k) {  // a line of one point would not be seen
        if (there(k) && !there(k - 1) && !there(k + 1))
          lines.emplace_back(rows(row + k, row + k) + "2:(scaled($3)) with points pt 7 ps 0.5 " + line, i);
      }
    }
    row += s.x.size();
  }
  bands.insert(bands.end(), lines.begin(), lines.end());
  std::string out;
  if (l.at_ends) {
    out = "$labels << EOD\n";
    const double height = l.frame.bottom - l.frame.top;
    for (std::size_t k = 0; const auto& [place, i] : label_places(figure, l)) {
      out += gnuplot_number(l.axes.x.high) + "," + gnuplot_number(l.axes.y.value(place / height)) + "," +
             gnuplot_cell(figure.series[i].label) + "\n";
      const std::string at = std::to_string(k++);
      bands.emplace_back("$labels every ::" + at + "::" + at + " using 1:(scaled($2)):3 with labels left offset " +
                             "0.6,0 noenhanced tc rgb '" + figure_palette[colour_of(figure, i)].text +
                             "' notitle",
                         i);
    }
    out += "EOD\n";
  }
  if (bands.empty()) bands.emplace_back("NaN notitle", 0);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    out += (i ? ", \\\n     " : "plot ") + bands[i].first;
    drawn.push_back(bands[i].second);
  }
  return out + "\n";
}

std::string script(const Figure& figure, const Layout& l, std::vector<std::size_t>& drawn) {
  const Frame& f = l.frame;
  std::string out = gnuplot_start(f, figure.title, figure.x_label, figure.y_label, l.y_label_at);
  out +=
      "set border 3 lc rgb '#8c959f'\nset grid lt 1 lw 1 dt solid lc rgb '#b08c959f'\nset style fill "
      "noborder\n";
  out += l.at_ends ? "unset key\n"
                   : "set key at screen 0, screen " +
                         gnuplot_number(1 - (l.y_label_at + (figure.y_label.empty() ? -12 : 10)) / f.height) +
                         " left top Left reverse vertical maxcols 1 noenhanced samplen 2 spacing 0.85\n";
  const double unit = figure.percent_y ? 100 : 1;
  if (figure.percent_y) out += "set format y '%g%%'\n";
  out += gnuplot_axis("x", l.axes.x, (f.right - f.left) / 45);
  out += gnuplot_axis("y", l.axes.y, std::max(2.0, std::min(7.6, (f.bottom - f.top) / 25)), unit);
  const std::string low = gnuplot_number(l.axes.y.low), high = gnuplot_number(l.axes.y.high);
  out += "scaled(v) = " + gnuplot_number(unit) + "*v\ninside(v) = scaled(v < " + low + " ? " + low +
         " : v > " + high + " ? " + high + " : v)\n";
  return out + plot_script(figure, l, drawn);
}

std::string value_words(const Figure& figure, double v) {
  return figure.percent_y ? percent(v) : number(v);
}

// At most sixty places a line that tell their values.
std::string hover(const Figure& figure, const Layout& l) {
  std::string out;
  const std::string at = figure.x_label == "training steps" ? "step " : "at ";
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const Series& s = figure.series[i];
    if (s.draw == Series::Draw::steps || (s.label.empty() && figure.series.size() > 1)) continue;
    out += "<g class=\"s" + std::to_string(i) + "\" fill=\"none\" pointer-events=\"all\">\n";
    for (std::size_t k = 0; k < s.x.size(); k += 1 + (s.x.size() - 1) / 60) {
      const double x = l.axes.x.at(s.x[k]), y = l.axes.y.at(s.y[k]);
      if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) continue;
      out += "<circle cx=\"" + gnuplot_number(std::round(l.frame.x(x))) + "\" cy=\"" +
             gnuplot_number(std::round(l.frame.y(y))) + "\" r=\"6\"><title>" +
             escape_html((s.label.empty() ? "" : s.label + ", ") + at + number(s.x[k]) + ": " +
                         value_words(figure, s.y[k])) +
             "</title></circle>\n";
    }
    out += "</g>\n";
  }
  return out;
}

std::string describe(const Figure& figure) {
  std::string out = figure.y_label + " against " + figure.x_label + ".";
  for (const Series& s : figure.series) {
    if (s.label.empty()) continue;
    for (std::size_t i = s.y.size(); i-- > 0;) {
      if (!std::isfinite(s.y[i])) continue;
      out += " " + s.label + ": " + value_words(figure, s.y[i]) + " at " +
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
    for (const auto& run : s.runs)
      check(run.size() == s.y.size(), "figure: series '", s.label, "' has ", s.y.size(), " y and a run of ",
            run.size());
  }
}

}  // namespace

void Series::add(double at, const std::vector<double>& of_runs) {
  std::vector<double> there = of_runs;
  std::erase_if(there, [](double v) { return std::isnan(v); });
  const Interval mean = mean_interval(there);
  x.push_back(at);
  y.push_back(mean.mean);
  if (of_runs.size() > 3) {
    low.push_back(mean.low());
    high.push_back(mean.high());
  } else if (of_runs.size() > 1) {
    runs.resize(of_runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) runs[r].push_back(of_runs[r]);
  }
}

void share_axes(const std::vector<Figure*>& figures) {
  Axes all = axes(*figures.at(0));
  for (const Figure* figure : figures) {
    const Axes own = axes(*figure);
    for (double v : {own.x.low, own.x.high}) all.x.add(v);
    for (double v : {own.y.low, own.y.high}) all.y.add(v);
  }
  for (Figure* figure : figures) {
    figure->x_min = given(figure->x_min, all.x.low);
    figure->x_max = given(figure->x_max, all.x.high);
    figure->y_min = given(figure->y_min, all.y.low);
    figure->y_max = given(figure->y_max, all.y.high);
  }
}

double number_in(const std::string& name) {
  const std::string digits = replaced(replaced(name, "×", ""), "−", "-");
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  return !digits.empty() && *end == 0 ? value : NAN;
}

int ordered_colour(std::size_t i, std::size_t n) {
  return 8 + (n < 2 ? 7 : static_cast<int>((7 * i + (n - 1) / 2) / (n - 1)));
}

int arm_colour(const std::string& norm) {
  const char* order[] = {"none", "batch", "layer", "group", "batch-renorm", "instance", "weight"};
  for (int i = 0; i < 7; ++i) {
    const bool whole = i <= 1;  // "batch" is not "batch-renorm"
    if (whole ? norm == order[i] : norm.starts_with(order[i])) return i;
  }
  return 7;
}

std::string arm_words(const std::string& norm, bool one_of_many) {
  if (norm == "none") return one_of_many ? "no norm" : "without BN";
  if (norm == "batch") return one_of_many ? "batch norm" : "with BN";
  const std::size_t colon = std::min(norm.find(':'), norm.size());
  return replaced(norm.substr(0, colon), "-", " ") + (norm == "batch-renorm" ? "" : " norm") +
         replaced(norm.substr(colon), ":", " ");
}

std::string draw(const Figure& figure, const std::filesystem::path& folder, const std::string& name,
                 std::ostream& messages) {
  check_lengths(figure);
  const std::string title = figure.title.empty() ? figure.y_label : figure.title;
  const Layout l = layout(figure);
  std::vector<std::size_t> drawn;
  const std::string commands = script(figure, l, drawn);
  return publish({csv(figure), commands, title, describe(figure), drawn, hover(figure, l)}, folder, name, messages);
}

}}  // namespace norma
