// The process and the terminal that a command runs in.
#pragma once

#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Error (std::runtime_error: exit code 1) if a limit on memory leaves no room for the work space that OpenBLAS wants for
/// each of `threads` threads: it would ask for it for ever.
void check_memory(int threads);

/// Calls `stop` at Ctrl-C, when the process is asked to end, and when its terminal goes away (but not under nohup).
void on_stop(void (*stop)(int));

/// Whether stderr is a terminal on which a line may be written over: not where TERM is dumb, or not set.
bool interactive();

/// A line on stderr that the next one is written over. It takes a carriage return and blanks, no escape sequence, and is
/// of use only where interactive().
class StatusLine {
 public:
  void show(const std::string& line, bool last = false);  // last: it stays
  void clear();

 private:
  int width_ = 0;
};

/// Whether standard output is a terminal that wants colours: not where NO_COLOR is set to anything (no-color.org), or
/// TERM is dumb, or not set.
bool wants_colour();

}}  // namespace norma
