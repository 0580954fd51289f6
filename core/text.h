// Text in UTF-8, and numbers as text: what every folder needs to print a name or read one.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// One character of a text.
struct Character {
  char32_t code;           ///< U+FFFD if the bytes are not UTF-8
  std::string_view bytes;  ///< a single one if they are not UTF-8
  bool is_valid() const { return code != 0xFFFD || bytes.size() == 3; }
};

/// Takes the first character off `text`, which is not empty. Overlong forms, surrogates and codes past
/// U+10FFFF are not UTF-8.
Character take_character(std::string_view& text);

/// Whether `text` is UTF-8 throughout.
bool is_utf8(std::string_view text);

/// A name from a file system, which may be any bytes, as UTF-8. Other bytes and control characters become
/// \xE9, and so does a backslash before an x, so that two names never become one.
std::string escaped_name(std::string_view name);

/// The shortest digits that read back as `value`: "0.1", "1e+05".
std::string shortest_decimal(double value);

}}  // namespace norma
