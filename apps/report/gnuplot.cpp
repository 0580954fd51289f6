#include "apps/report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string_view>

#include "apps/report/svg.h"
#include "apps/report/table.h"
#include "data/formats/files.h"

extern char** environ;

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;

std::string find_gnuplot() {
  const char* named = std::getenv("NORMA_GNUPLOT");
  const std::string program = named ? named : "gnuplot";
  const auto runs = [](const std::string& path) {
    std::error_code error;
    return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
  };
  if (program.empty()) return "";
  if (program.find('/') != std::string::npos) return runs(program) ? fs::absolute(program).string() : "";
  const char* path = std::getenv("PATH");
  std::string_view folders = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    const std::string candidate = std::string(folders.substr(0, end)) + "/" + program;
    if (end > 0 && runs(candidate)) return fs::absolute(candidate).string();
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return "";
}

namespace {

// Runs `gnuplot script` in `folder`, without a shell and without the user's ~/.gnuplot; what it says goes
// into the file `log` there. Returns "" or, in one line, what went wrong.
std::string run_gnuplot(const fs::path& folder, const std::string& script, const std::string& log) {
  const std::string program = find_gnuplot();
  if (program.empty()) return "gnuplot was not found";

  const fs::path log_path = folder / log;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions,
                                       folder.c_str());  // after the log, whose path may be relative
  std::string words[] = {"gnuplot", "-d", script};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) return program + " cannot be run: " + std::strerror(failed);

  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return std::string("waiting for gnuplot: ") + std::strerror(errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";

  std::string said = WIFEXITED(status) ? "status " + std::to_string(WEXITSTATUS(status))
                                       : "signal " + std::to_string(WTERMSIG(status));
  std::ifstream in(log_path);
  for (std::string line; std::getline(in, line);) {  // gnuplot's last line says what was wrong
    if (line.find_first_not_of(" \t^") != std::string::npos) said = line;
  }
  return said.substr(said.find_first_not_of(" \t"));
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A new folder beside the files to come, gone with all it holds at the end.
struct Workshop {
  fs::path path;
  explicit Workshop(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    std::string pattern = (folder / ".drawing-XXXXXX").string();
    check(mkdtemp(pattern.data()), "figure: the folder ", folder.string(),
          " cannot be written: ", std::strerror(errno));
    path = pattern;
  }
  ~Workshop() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
};

void check_name(const std::string& name) {
  bool good = !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-';
  for (char c : name) {
    good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    std::string_view("-_.").find(c) != std::string_view::npos);
  }
  check(good, "figure: the name '", escape_html(name), "' is not letters, digits, '-', '_' and '.'");
}

}  // namespace

std::string gnuplot_quote(std::string_view text) {
  std::string out = "'";
  for (char c : one_line(text)) {
    if (c == '\'')
      out += "’";  // a doubled quote at the beginning of a string would end it in gnuplot 5.4
    else
      out += c;
  }
  return out + "'";
}

std::string gnuplot_number(double value) {
  if (!std::isfinite(value)) return "NaN";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string csv_text(std::string_view text) {
  std::string out = "\"";
  for (char c : one_line(text)) out += c == '"' ? '\'' : c;
  return out + "\"";
}

std::string tick_list(const Axis& axis) {
  std::string out;
  for (const Tick& tick : axis.ticks) {
    std::string label = tick.label;  // in which gnuplot looks for a number's format
    for (std::size_t at = 0; (at = label.find('%', at)) != std::string::npos; at += 2) label.insert(at, "%");
    out += out.empty() ? "" : ", ";
    out += gnuplot_quote(label) + " " + gnuplot_number(tick.at) + (tick.label.empty() ? " 1" : "");
  }
  return "(" + out + ")";
}

namespace {
std::string screen(double part) { return "screen " + gnuplot_number(std::round(part * 1e5) / 1e5); }
}  // namespace

std::string Canvas::across(double x) const { return screen(x / width); }
std::string Canvas::down(double y) const { return screen(1 - y / height); }

std::string Canvas::set_up() const {
  return "set terminal svg size " + gnuplot_number(width) + "," + gnuplot_number(height) +
         " dynamic noenhanced font 'sans-serif,14' linewidth 1\nset encoding utf8\nset datafile separator "
         "comma\n";
}

std::string Canvas::margins(double left, double right, double top, double bottom) const {
  return "set lmargin at " + across(left) + "\nset rmargin at " + across(width - right) +
         "\nset tmargin at " + down(top) + "\nset bmargin at " + down(height - bottom) + "\n";
}

std::string Canvas::text(int i, const std::string& text, double x, double y,
                         const std::string& options) const {
  if (text.empty()) return "";
  return "set label " + std::to_string(i) + " " + gnuplot_quote(text) + " at " + at(x, y) + " " + options +
         "\n";
}

bool have_gnuplot() { return !find_gnuplot().empty(); }

std::string publish(const Drawing& drawing, const fs::path& folder, const std::string& name,
                    std::ostream& messages) {
  check_name(name);
  const Workshop workshop(folder);
  const std::string csv = name + ".csv", script = name + ".gp", svg = name + ".svg";
  write_file(workshop.path / csv, drawing.csv);
  write_file(workshop.path / script, "# Draws " + svg + " from " + csv + ":  gnuplot " + script + "\n" +
                                         "set output " + gnuplot_quote(svg) +
                                         "\ndata = " + gnuplot_quote(csv) + "\n" + drawing.script);
  bool drawn = false;
  if (have_gnuplot()) {
    std::string problem = run_gnuplot(workshop.path, script, "said");
    try {
      if (problem.empty())
        write_file(workshop.path / svg,
                   clean_svg(read(workshop.path / svg), name, drawing.title, drawing.description));
      drawn = problem.empty();
    } catch (const Error& error) {
      problem = error.what();
    }
    if (!drawn) messages << "figure " << name << " is not drawn; gnuplot: " << one_line(problem) << '\n';
  }

  std::error_code error;
  fs::remove(folder / svg, error);
  const auto move = [&](const std::string& file) {
    fs::rename(workshop.path / file, folder / file, error);
    check(!error, "figure: ", (folder / file).string(), " cannot be written: ", error.message());
  };
  move(csv);
  move(script);
  if (!drawn) return "";
  move(svg);
  return (folder / svg).string();
}

}}  // namespace norma
