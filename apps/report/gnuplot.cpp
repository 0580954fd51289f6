#include "apps/report/gnuplot.h"

#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <sstream>

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

// gnuplot's black is the colour of the text; in the dark three colours are lightened until they stand out
// (contrast above 4.5 on #0d1117). The colours are written as gnuplot writes them.
constexpr std::string_view style = R"css(#figure{color:#1f2328}
#figure text,#figure tspan{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
#figure [color="black"]{color:inherit}
#figure [fill="black"],#figure [fill="rgb(0,0,0)"]{fill:currentColor}
@media (prefers-color-scheme:dark){#figure{color:#d1d7e0}#figure .paper{fill:#0d1117}}
)css";
constexpr const char* recoloured[][2] = {{"rgb(  0,   0,   0)", "currentColor"},
                                         {"rgb(  0, 114, 178)", "#3fa7e6"},
                                         {"rgb(213,  94,   0)", "#f07c2e"},
                                         {"rgb(  0, 158, 115)", "#1fbd90"}};

// `text` without what stands from `open` to `close`, as often as it does.
std::string without(std::string text, std::string_view open, std::string_view close) {
  for (std::size_t at = 0; (at = text.find(open, at)) != text.npos;) {
    const std::size_t end = text.find(close, at);
    if (end == text.npos) break;
    text.erase(at, end + close.size() - at);
  }
  return text;
}

// gnuplot's scripts for hypertext, which no page runs, become the titles that browsers show by themselves.
std::string with_titles(const std::string& svg) {
  const std::string open = " onmousemove=\"gnuplot_svg.showHypertext(evt,'", close = "')\"",
                    title = "<title> </title>";
  std::string out;
  std::size_t from = 0;
  for (std::size_t at; (at = svg.find(open, from)) != svg.npos;) {
    const std::size_t words = at + open.size(), end = svg.find(close, words), old = svg.find(title, end);
    if (end == svg.npos || old == svg.npos) break;
    out += svg.substr(from, at - from) + "><title>" + svg.substr(words, end - words) + "</title>";
    from = old + title.size();
  }
  return out + svg.substr(from);
}

std::string style_of(const std::string& id) {
  std::string css(style);
  for (const auto& [light, dark] : recoloured) {
    css += "@media (prefers-color-scheme:dark){";
    for (const std::string property : {"stroke", "fill", "color"})
      css += "#figure [" + property + "=\"" + light + "\"]{" + property + ":" + dark + "}";
    css += "}\n";
  }
  return replaced(css, "#figure", "#" + id);
}

// What gnuplot drew as an SVG that fits into any page: black becomes the text's colour, a style follows
// prefers-color-scheme, every id begins with "figure-NAME", and it has a title and a description instead of
// gnuplot's own. Empty groups and unused symbols go. Error if `svg` is not complete.
std::string clean_svg(const std::string& svg, const std::string& name, const std::string& title,
                      const std::string& description) {
  const std::string id = "figure-" + replaced(name, ".", "-");  // a CSS name as it stands
  const std::size_t head = svg.find("viewBox=\"0 0 "), start = svg.find("</desc>"), end = svg.rfind("</svg>");
  int width = 0, height = 0;
  check(head != svg.npos && start != svg.npos && end != svg.npos && head < start && start < end &&
            std::sscanf(svg.c_str() + head, "viewBox=\"0 0 %d %d\"", &width, &height) == 2,
        "figure ", name, ": gnuplot's SVG is not complete");

  std::string body = without(svg.substr(start + 7, end - start - 7), "\t<filter", "</filter>\n");
  body = without(body, "<title>gnuplot_plot_", "</title>");  // of what has no name in the legend
  body = with_titles(body);
  body = without(body, "<rect x=\"0\" y=\"0\"", "/>\n");  // gnuplot's paper, which is ours below
  if (body.find("xlink:href='#gp", body.find("</defs>")) == body.npos)
    body = without(body, "<defs>", "</defs>\n");
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
         "-title\">" + escape_html(title) + "</title>\n<desc id=\"" + id + "-desc\">" +
         escape_html(description) + "</desc>\n<style>" + style_of(id) +
         "</style>\n<rect class=\"paper\" width=\"" + w + "\" height=\"" + h + "\" fill=\"#fff\"/>" + body +
         "</svg>\n";
}

}  // namespace

bool have_gnuplot() {
  return program() != "''" && std::system(("command -v " + program() + " >/dev/null 2>&1").c_str()) == 0;
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
      const std::string picture =
          clean_svg(read_file(folder / part), name, drawing.title, drawing.description);
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

void Extent::add(double v, bool log) {
  if (!takes(v, log)) return;
  low = std::min(low, v);
  high = std::max(high, v);
}

Extent widened(Extent range, bool log, double part) {
  if (range.empty()) return {log ? 0.1 : 0, 1};
  if (log) {
    const double factor = range.low < range.high ? std::pow(range.high / range.low, part) : 2;
    return {range.low / factor, range.high * factor};
  }
  const double size = range.high - range.low, least = std::max(std::abs(range.high), 1e-30);
  const double margin = size > 1e-9 * least ? part * size : least / 2;
  return {range.low - margin, range.high + margin};
}

std::string gnuplot_start(double width, double height, const std::string& title, const std::string& x_label,
                          const std::string& y_label) {
  std::string out =
      "set terminal svg size " + gnuplot_number(width) + "," + gnuplot_number(std::round(height)) +
      " dynamic enhanced font 'sans-serif,13' linewidth 1\nset encoding utf8\nset minussign\nset format "
      "'%h'\n"
      "set datafile separator comma\nset tics nomirror out scale 0.5,0.25 textcolor rgb 'black'\n"
      "set xtics offset 0,0.4\n";
  if (!title.empty()) out += "set title " + gnuplot_quote(title) + " noenhanced\n";
  if (!x_label.empty()) out += "set xlabel " + gnuplot_quote(x_label) + " noenhanced offset 0,0.6\n";
  if (!y_label.empty()) out += "set ylabel " + gnuplot_quote(y_label) + " noenhanced\n";
  return out;
}

std::string gnuplot_log_axis(const std::string& axis, const Extent& range) {
  const double low = std::log10(range.low), high = std::log10(range.high), decades = high - low;
  std::string out = "set logscale " + axis + "\n";
  if (decades > 2.5) return out;
  const char* between = decades > 0.8   ? "2 5"
                        : decades > 0.3 ? "1.5 2 3 4 5 7"
                                        : "1.2 1.4 1.6 1.8 2 2.5 3 3.5 4 5 6 7 8 9";
  return out + "set for [e=" + gnuplot_number(std::floor(low)) + ":" + gnuplot_number(std::ceil(high)) +
         "] for [m in '" + between + "'] " + axis + "tics add (m*10.0**e)\n";
}

// A doubled quote at the beginning of a string would end it in gnuplot 5.4.
std::string gnuplot_quote(std::string_view text) { return "'" + replaced(one_line(text), "'", "’") + "'"; }

std::string gnuplot_number(double value) { return std::isfinite(value) ? shortest_decimal(value) : "NaN"; }

std::string gnuplot_cell(std::string_view text) { return '"' + replaced(one_line(text), "\"", "'") + '"'; }

}}  // namespace norma
