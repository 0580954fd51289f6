#include "apps/commands/terminal.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "apps/run/processes.h"

namespace norma { inline namespace NORMA_BUILD {

void check_memory(int threads) {
  constexpr double megabyte = 1e6, first = 145,
                   each_more = 215;  // a buffer of 128 MiB; with it a stack and a heap
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const double wanted = pages * double(sysconf(_SC_PAGESIZE)) / megabyte + first + each_more * (threads - 1);
  if (double(limit.rlim_cur) / megabyte >= wanted) return;
  throw std::runtime_error("not enough memory: expected at least " + count(std::ceil(wanted)) + " MB for " +
                           std::to_string(threads) + (threads == 1 ? " thread" : " threads") +
                           ", got a limit (ulimit -v) of " +
                           count(std::floor(double(limit.rlim_cur) / megabyte)) + " MB");
}

namespace {

std::string words_of_stop;

void say_and_exit(int) {
  say_words();
  _exit(128 + SIGINT);
}

std::string_view variable(const char* name) { return std::getenv(name) ? std::getenv(name) : ""; }

bool is_terminal(int file) { return isatty(file) && !variable("TERM").empty() && variable("TERM") != "dumb"; }

}  // namespace

void on_stop(void (*stop)(int), const std::string& words) {
  if (Processes::all().rank() == 0) words_of_stop = "\nnorma: " + words + "\n";
  for (int signal : {SIGINT, SIGTERM}) std::signal(signal, stop);
  if (std::signal(SIGHUP, stop) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

void say_words() {
  [[maybe_unused]] auto n = write(STDERR_FILENO, words_of_stop.data(), words_of_stop.size());
}

void on_stop_say(const std::string& words) { on_stop(say_and_exit, words); }

void fail_runs(std::size_t failed, const std::string& first, const std::string& again) {
  throw std::runtime_error(std::to_string(failed) + (failed == 1 ? " run" : " runs") + " failed: " + first +
                           "; " + again);
}

bool interactive() { return is_terminal(STDERR_FILENO); }

bool wants_colour() { return is_terminal(STDOUT_FILENO) && variable("NO_COLOR").empty(); }

int terminal_width() {
  winsize size{};
  for (const int file : {STDOUT_FILENO, STDERR_FILENO})
    if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

void StatusLine::show(const std::string& line, bool last) {
  if (!interactive()) return;
  const int width = display_width(line);
  std::cerr << '\r' << line << std::string(static_cast<std::size_t>(std::max(0, width_ - width)), ' ')
            << (last ? "\n" : "") << std::flush;
  width_ = last ? 0 : width;
}

void StatusLine::clear() {
  if (!interactive()) return;
  show("");
  std::cerr << '\r' << std::flush;
}

void GridLine::operator()(const GridProgress& p) {
  if (p.begins) {
    start_ = shown_ = Clock::now();
    if (p.kept > 0)
      std::cerr << count(double(p.kept)) << " of " << count(double(p.all)) << " runs are there from before\n";
    return;
  }
  const bool last = p.done == p.all;
  if (!last && seconds_since(shown_) < (interactive() ? 0.1 : 10)) return;
  shown_ = Clock::now();
  const double elapsed = seconds_since(start_);
  std::string line = count(double(p.done)) + " of " + count(double(p.all)) + " runs   " +
                     (unit_.empty() ? percent(p.share, 0) : count(p.work / elapsed) + " " + unit_ + "/s");
  if (!last && p.share > 0) line += "   ETA " + seconds(elapsed / p.share - elapsed);
  if (!p.topic.empty()) line += "   " + p.topic;
  if (interactive())
    line_.show(line, last);
  else
    std::cerr << line << std::endl;
}

}}  // namespace norma
