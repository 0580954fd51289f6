// The process and the terminal that a command runs in.
#pragma once

#include <string>

#include "apps/grid/grid.h"
#include "apps/run/clock.h"

namespace norma { inline namespace NORMA_BUILD {

/// Error (std::runtime_error: exit code 1) if a limit on memory leaves no room for the work space that
/// OpenBLAS needs for each of `threads` threads: it would ask for it forever.
void check_memory(int threads);

/// Ends a command of whose grid some runs failed: throws std::runtime_error, exit code 1, with the first
/// reason and what `again` says of trying again.
[[noreturn]] void fail_runs(std::size_t failed, const std::string& first, const std::string& again);

/// Calls `stop` at Ctrl-C, when the process is asked to end, and when its terminal goes away (but not under
/// nohup). `stop` may call say_words(), which writes `words` in a line on stderr.
void on_stop(void (*stop)(int), const std::string& words);
void say_words();

/// At such a signal the process says `words` and ends at once: for commands that lose nothing by it.
void on_stop_say(const std::string& words);

/// Whether stderr is a terminal on which a line may be overwritten: not if TERM is dumb, or not set.
bool interactive();

/// Columns of the terminal that standard output, or else stderr, is; 80 if neither is one.
int terminal_width();

/// A line on stderr that the next one overwrites. It takes a carriage return and blanks, no escape sequence,
/// and is shown only if interactive().
class StatusLine {
 public:
  void show(const std::string& line, bool last = false);  // last: it stays
  void clear();

 private:
  int width_ = 0;
};

/// The progress of a grid: a line that is overwritten, elsewhere a plain line every ten seconds; first, how
/// much is there from before. With a unit of work, "steps", the line has its rate in place of the share that
/// is done.
class GridLine {
 public:
  explicit GridLine(std::string unit = {}) : unit_(std::move(unit)) {}
  void operator()(const GridProgress& progress);

 private:
  std::string unit_;
  StatusLine line_;
  Clock::time_point start_, shown_;
};

/// Whether standard output is a terminal that shows colours: not if NO_COLOR is set to anything
/// (no-color.org), or TERM is dumb, or not set.
bool wants_colour();

}}  // namespace norma
