// The JSON of a safetensors header, read strictly: strings, whole numbers, and brackets that the caller asks
// for one by one. Nothing is nested deeper than the caller's own code, so no input can exhaust the stack.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// Walks through a JSON text. Every function skips white space first, and throws Error with `where` and the
/// position if something else is there than was asked for.
class JsonReader {
 public:
  /// `text` must outlive the reader.
  JsonReader(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

  /// Takes the character c if it is next.
  bool accept(char c);

  /// Takes the character c, which must be next.
  void expect(char c);

  /// A string, its escapes resolved; valid UTF-8.
  std::string string();

  /// A number in 0 … 2⁶³ − 1, digits only.
  Index number();

  /// Nothing but white space is left.
  void expect_end();

 private:
  void skip_space();
  [[noreturn]] void fail_here(const std::string& wanted) const;
  unsigned hex4();
  void escape(std::string& into);

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
};

/// `text` as a JSON string, with its quotes; Error unless it is UTF-8.
std::string json_string(std::string_view text);

/// Whether `text` is valid UTF-8 (no overlong forms, no surrogates, nothing past U+10FFFF).
bool is_utf8(std::string_view text);

/// A name from a file system, which may be any bytes, as UTF-8: what is not, and control characters, as \xE9; so is a
/// backslash before an x, so that two names never become one.
std::string escaped_name(std::string_view name);

}}  // namespace norma
