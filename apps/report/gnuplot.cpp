#include "apps/report/gnuplot.h"

#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <sstream>

#include "apps/report/svg.h"
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

std::string gnuplot_start(double height, const std::string& title, const std::string& x_label,
                          const std::string& y_label) {
  std::string out =
      "set terminal svg size 640," + gnuplot_number(std::round(height)) +
      " dynamic enhanced font 'sans-serif,14' linewidth 1\nset encoding utf8\nset minussign\nset format '%h'\n"
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
