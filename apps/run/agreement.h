// What processes that were started together tell each other before they work: that all of them can, and want
// the same. One that fails says so in place of what it would have told, so that all end with one message.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// What ended all processes, the same in each: `what()` is for the first to say.
struct CommonFailure : std::runtime_error {
  CommonFailure(const std::string& words, int exit_code) : std::runtime_error(words), code(exit_code) {}
  int code;
};

/// The texts of all processes, in the order of ranks. CommonFailure if one of them failed.
std::vector<std::string> exchange(const std::string& mine);

/// The first process's text. CommonFailure likewise.
std::string told_by_first(const std::string& mine);

/// CommonFailure (code 2) unless the lines of `text` are the same in all processes: it says which line
/// differs first, and how.
void agree(const std::string& text);
void agree(const std::map<std::string, std::string>& values);  // a line "NAME VALUE" for each

/// How processes go on once they agree.
enum class Stage {
  agreeing,  // nobody works yet: a failure is told to all
  apart,     // no more messages, each ends by itself
  together,  // they wait for each other's messages: a failure of one has to end all
};
Stage stage();

/// Waits until all are so far. Before it CommonFailure likewise, after it no more agreements.
void go_on(Stage stage);

/// In place of the next agreement, as this process failed, with the exit code that it would have: what ends
/// all.
CommonFailure fail_together(const std::string& words, int code);

/// The processors that this process may keep busy: of those that it shares with others that mpirun started,
/// its part, but at least one. All processes call it at once, while they agree.
int own_processors();

}}  // namespace norma
