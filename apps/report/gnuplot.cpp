#include "apps/report/gnuplot.h"

#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <sstream>

#include "apps/report/palette.h"
#include "apps/report/text.h"
#include "core/text.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;

namespace {

std::string shell_quote(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

std::string program() {
  const char* named = std::getenv("NORMA_GNUPLOT");
  const std::string name = named ? named : "gnuplot";
  return shell_quote(name.find('/') != name.npos ? fs::absolute(name).string() : name);
}

// `gnuplot script` in `folder`, without the user's ~/.gnuplot; the picture goes into the file `output` there.
// Returns "" or, in one line, what went wrong.
std::string run_gnuplot(const fs::path& folder, const std::string& script, const std::string& output) {
  const std::string command = "cd " + shell_quote(fs::absolute(folder).string()) + " && exec " + program() +
                              " -d -e " + shell_quote("file = '" + output + "'") + " " + script +
                              " 2>&1 </dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return "it cannot be run";
  std::string said;
  for (int c; (c = fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  if (pclose(pipe) == 0) return "";
  std::string problem = "it stopped without a word";
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {  // gnuplot's last line says what was wrong
    if (line.find_first_not_of(" \t^") != line.npos) problem = line.substr(line.find_first_not_of(" \t"));
  }
  return problem;
}

void check_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
                    name.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == name.npos;
  check(good, "figure: the name '", escape_html(name), "' is not letters, digits, '-', '_' and '.'");
}

// --- from gnuplot's SVG to ours --------------------------------------------------------------------------

// gnuplot's black is the colour of the text; in the dark the palette's colours are those of figure_palette
// for the dark. Titles have their own size, which is then made bold.
constexpr std::string_view style = R"css(#figure{color:#1f2328}
#figure text,#figure tspan{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
#figure [font-size="13.01"]{font-weight:600}
#figure [color="black"]{color:inherit}
#figure [fill="black"],#figure [fill="#000000"]{fill:currentColor}
@media (prefers-color-scheme:dark){#figure{color:#d1d7e0}#figure .paper{fill:#0d1117}
)css";

// `text` without what stands from `open` to `close`, as often as it does.
std::string without(std::string text, std::string_view open, std::string_view close) {
  for (std::size_t at = 0; (at = text.find(open, at)) != text.npos;) {
    const std::size_t end = text.find(close, at);
    if (end == text.npos) break;
    text.erase(at, end + close.size() - at);
  }
  return text;
}

// gnuplot's "rgb(  0, 114, 178)" as "#0072b2".
std::string with_hex_colours(std::string body) {
  unsigned r, g, b;
  for (std::size_t at = 0; (at = body.find("rgb(", at)) != body.npos; ++at) {
    if (std::sscanf(body.c_str() + at, "rgb(%u,%u,%u)", &r, &g, &b) != 3) continue;
    char hex[16];
    std::snprintf(hex, sizeof hex, "#%02x%02x%02x", r & 255, g & 255, b & 255);
    body.replace(at, body.find(')', at) + 1 - at, hex);
  }
  return body;
}

// The rules for what `body` holds.
std::string style_of(const std::string& body, const std::string& id) {
  std::string css(style);
  for (const auto& [light, dark, text] : figure_palette) {
    for (const std::string& colour : std::set<std::string>{light, text}) {
      if (body.find(colour) == body.npos) continue;
      for (const std::string property : {"stroke", "fill", "color"})
        css += "#figure [" + property + "=\"" + colour + "\"]{" + property + ":" + dark + "}\n";
    }
  }
  return replaced(css + "}", "#figure", "#" + id);
}

// Above all that is drawn, and not to be seen.
std::string hover(const std::vector<Spot>& spots) {
  std::string out = "<g fill=\"none\" pointer-events=\"all\">\n";
  for (const Spot& s : spots)
    out += text_of("<rect class=\"s", s.series, "\" x=\"", std::round(s.x), "\" y=\"", std::round(s.y),
                   "\" width=\"", s.width, "\" height=\"", s.height, "\"><title>", escape_html(s.words),
                   "</title></rect>\n");
  return out + "</g>\n";
}

// What gnuplot drew as an SVG that fits into any page: black becomes the text's colour, a style follows
// prefers-color-scheme, every id begins with "figure-NAME", and it has a title and a description instead of
// gnuplot's own. Empty groups and unused symbols go. Error if `svg` is not complete.
std::string clean_svg(const std::string& svg, const std::string& name, const Drawing& drawing) {
  const std::string id = "figure-" + replaced(name, ".", "-");  // a CSS name as it stands
  const std::size_t head = svg.find("viewBox=\"0 0 "), start = svg.find("</desc>"), end = svg.rfind("</svg>");
  int width = 0, height = 0;
  check(head != svg.npos && start != svg.npos && end != svg.npos && head < start && start < end &&
            std::sscanf(svg.c_str() + head, "viewBox=\"0 0 %d %d\"", &width, &height) == 2,
        "figure ", name, ": gnuplot's SVG is not complete");

  std::string body =
      without(with_hex_colours(svg.substr(start + 7, end - start - 7)), "\t<filter", "</filter>\n");
  body = without(body, "<title>gnuplot_plot_", "</title>");  // of what has no name in the legend
  body = without(body, "<rect x=\"0\" y=\"0\"", "/>\n");     // gnuplot's paper, which is ours below
  if (body.find("xlink:href='#gp", body.find("</defs>")) == body.npos)
    body = without(body, "<defs>", "</defs>\n");
  for (std::size_t i = drawing.series.size(); i-- > 0;)
    body = replaced(body, "id=\"gnuplot_plot_" + std::to_string(i + 1) + "\" ",
                    "class=\"s" + std::to_string(drawing.series[i]) + "\"");
  body = replaced(body, "id=\"gnuplot_", "id=\"" + id + "-");
  body = replaced(body, "id='gp", "id='" + id + "-");
  body = replaced(body, "xlink:href='#gp", "xlink:href='#" + id + "-");
  const std::string empty_group =
      "<g fill=\"none\" color=\"black\" stroke=\"currentColor\" stroke-width=\"1.00\" "
      "stroke-linecap=\"butt\" "
      "stroke-linejoin=\"miter\">\n</g>\n";
  body = replaced(body, empty_group, "");

  const std::string w = std::to_string(width), h = std::to_string(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" id=\"" + id +
         "\" class=\"norma-figure\" viewBox=\"0 0 " + w + " " + h + "\" width=\"" + w + "\" height=\"" + h +
         "\" role=\"img\" aria-labelledby=\"" + id + "-title " + id + "-desc\">\n<title id=\"" + id +
         "-title\">" + escape_html(drawing.title) + "</title>\n<desc id=\"" + id + "-desc\">" +
         escape_html(drawing.description) + "</desc>\n<style>" + style_of(body, id) +
         "</style>\n<rect class=\"paper\" width=\"" + w + "\" height=\"" + h + "\" fill=\"#fff\"/>" + body +
         hover(drawing.spots) + "</svg>\n";
}

}  // namespace

bool have_gnuplot() {
  return program() != "''" && std::system(("command -v " + program() + " >/dev/null 2>&1").c_str()) == 0;
}

std::string figures_words() {
  if (have_gnuplot()) return "Figures and all numbers: ";
  const char* named = std::getenv("NORMA_GNUPLOT");
  return "No figures: " +
         (named ? "$NORMA_GNUPLOT is '" + one_line(named) + "', not a program"
                : std::string("gnuplot is missing (Debian: apt-get install gnuplot-nox)")) +
         ". All numbers: ";
}

std::string publish(const Drawing& drawing, const fs::path& folder, const std::string& name,
                    std::ostream& messages) {
  check_name(name);
  const std::string csv = name + ".csv", script = name + ".gp", svg = name + ".svg",
                    part = "." + svg + ".part";
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  fs::remove(folder / svg, ignored);
  write_file(folder / csv, drawing.csv);
  write_file(folder / script, "# Draws " + svg + " from " + csv + ":  gnuplot " + script +
                                  "\nif (!exists('file')) file = " + gnuplot_quote(svg) +
                                  "\nset output file\ndata = " + gnuplot_quote(csv) + "\n" + drawing.script);
  if (!have_gnuplot()) return "";
  std::string problem = run_gnuplot(folder, script, part);
  try {
    if (problem.empty()) {
      const std::string picture = clean_svg(read_file(folder / part), name, drawing);
      write_file(folder / svg, picture);
    }
  } catch (const Error& error) {
    problem = error.what();
  }
  fs::remove(folder / part, ignored);
  if (problem.empty()) return (folder / svg).string();
  fs::remove(folder / svg, ignored);
  messages << "figure " << name << " is not drawn; gnuplot: " << one_line(problem) << '\n';
  return "";
}

void Extent::add(double v) {
  if (!takes(v)) return;
  low = std::min(low, v);
  high = std::max(high, v);
}

double Extent::at(double v) const {
  return log ? std::log(v / low) / std::log(high / low) : (v - low) / (high - low);
}

Extent widened(Extent range, double part) {
  const bool log = range.log;
  if (range.empty()) return {log, log ? 0.1 : 0, 1};
  if (log) {
    const double factor = range.low < range.high ? std::pow(range.high / range.low, part) : 2;
    return {log, range.low / factor, range.high * factor};
  }
  const double size = range.high - range.low, least = std::max(std::abs(range.high), 1e-30);
  const double margin = size > 1e-9 * least ? part * size : least / 2;
  return {log, range.low - margin, range.high + margin};
}

double round_step(double size, double most) {
  const double ten = std::pow(10, std::floor(std::log10(size / most)));
  for (const double m : {1, 2, 5}) {
    if (size <= m * ten * most) return m * ten;
  }
  return 10 * ten;
}

double text_width(std::string_view text) { return 7.2 * display_width(text); }

std::string gnuplot_text(const Frame& frame, double x, double y, const std::string& text, const char* side) {
  if (text.empty()) return "";
  return "set label " + gnuplot_quote(text) + " at screen " + gnuplot_number(x / frame.width) + ", screen " +
         gnuplot_number(1 - y / frame.height) + " " + side + " noenhanced\n";
}

std::string gnuplot_start(const Frame& frame, const std::string& title, const std::string& x_label,
                          const std::string& y_label, double y_label_at) {
  std::string out = "set terminal svg size " + gnuplot_number(frame.width) + "," +
                    gnuplot_number(frame.height) +
                    " dynamic enhanced font 'sans-serif,13' linewidth 1\nset encoding utf8\nset minussign\n"
                    "set format '%h'\nset datafile separator comma\n"
                    "set tics nomirror out scale 0.5,0.25 textcolor rgb 'black'\nset xtics offset 0,0.4\n";
  // gnuplot 5.4's "set margins" leaves out the ticks of x.
  out += text_of("set lmargin at screen ", frame.left / frame.width, "\nset rmargin at screen ",
                 frame.right / frame.width, "\nset bmargin at screen ", 1 - frame.bottom / frame.height,
                 "\nset tmargin at screen ", 1 - frame.top / frame.height, "\n");
  const double half = text_width(x_label) / 2;  // as near to the middle of the axis as there is room
  const double middle = std::max(std::min(frame.x(0.5), frame.width - 4 - half), 4 + half);
  return out + gnuplot_text(frame, 4, 12, title, "left font ',13.01'") +
         gnuplot_text(frame, 4, y_label_at, y_label) +
         gnuplot_text(frame, middle, frame.bottom + 33, x_label, "center");
}

std::string gnuplot_axis(const std::string& name, const Extent& range, double most_ticks, double unit) {
  std::string out = "set " + name + "range [" + gnuplot_number(unit * range.low) + ":" +
                    gnuplot_number(unit * range.high) + "]\n";
  if (!range.log)
    return out + "set " + name + "tics " +
           gnuplot_number(unit * round_step(range.high - range.low, most_ticks)) + "\n";
  const double low = std::log10(unit * range.low), high = std::log10(unit * range.high);
  out += "set logscale " + name + "\n";
  for (const std::string between : {"1.2 1.4 1.6 1.8 2 2.5 3 3.5 4 5 6 7 8 9", "1.5 2 3 4 5 7", "2 5", "3"}) {
    if ((high - low) * double(2 + std::ranges::count(between, ' ')) > most_ticks) continue;
    return out + "set for [e=" + gnuplot_number(std::floor(low)) + ":" + gnuplot_number(std::ceil(high)) +
           "] for [m in '" + between + "'] " + name + "tics add (m*10.0**e)\n";
  }
  return out;
}

// A doubled quote at the beginning of a string would end it in gnuplot 5.4.
std::string gnuplot_quote(std::string_view text) { return "'" + replaced(one_line(text), "'", "’") + "'"; }

std::string gnuplot_number(double value) { return std::isfinite(value) ? shortest_decimal(value) : "NaN"; }

std::string gnuplot_cell(std::string_view text) { return '"' + replaced(one_line(text), "\"", "'") + '"'; }

}}  // namespace norma
