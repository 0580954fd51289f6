// What a grader of the exercises says, for their tests. They include Norma as a program that uses it does.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <sstream>
#include <string>

/// Runs a grader; returns what it finds wrong, "" if all is right. Its exit code must fit, and what is wrong
/// be one line, the last.
inline std::string wrong_in(const std::function<int(std::ostream&)>& grader) {
  std::ostringstream out;
  const int code = grader(out);
  const std::string text = out.str(), mark = "  ✗ ";
  const auto at = text.find(mark);
  INFO(text);
  CHECK(text.starts_with("Exercise "));
  CHECK(code == (at == text.npos ? 0 : 1));
  CHECK((text.find("\nAll right. ") == text.npos) == (code != 0));
  if (at == text.npos) return "";
  CHECK(text.find('\n', at) + 1 == text.size());
  return text.substr(at + mark.size(), text.size() - at - mark.size() - 1);
}

/// Whether a message begins so; shows it if not.
inline bool begins(const std::string& message, const std::string& start) {
  const bool ok = message.starts_with(start);
  if (!ok) MESSAGE("it says: ", message);
  return ok;
}
