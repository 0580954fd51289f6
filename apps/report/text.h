// Text as a terminal, a file or a page can show it, whatever is in it.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// Columns that UTF-8 text takes on a terminal (combining marks 0, East Asian wide 2, all else 1).
int display_width(std::string_view text);

/// The text with control characters (newlines, escape sequences) as blanks and broken UTF-8 as U+FFFD.
std::string one_line(std::string_view text);

/// The text with its words wrapped to lines of at most `width` columns; before each but the first stands
/// `hang`, which does not count.
std::string wrapped(std::string_view text, int width = 79, std::string_view hang = "");

/// All parts, as << writes them, one after the other.
template <class... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

/// `text` with `to` wherever `from` stands.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

/// Text for HTML and XML, in elements and in quoted attributes: & < > " ' escaped, control characters
/// and broken UTF-8 replaced by U+FFFD.
std::string escape_html(std::string_view text);

}}  // namespace norma
