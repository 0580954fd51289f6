#include "core/text.h"

#include <charconv>

namespace norma { inline namespace NORMA_BUILD {

Character take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  char32_t code = length == 1 ? first : first & (0x7FU >> length);
  bool valid = length > 0 && length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};  // shorter forms are errors
  valid = valid && code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  const std::string_view bytes = text.substr(0, valid ? length : 1);
  text.remove_prefix(bytes.size());
  return {valid ? code : 0xFFFD, bytes};
}

bool is_utf8(std::string_view text) {
  while (!text.empty())
    if (!take_character(text).is_valid()) return false;
  return true;
}

std::string escaped_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const bool like_an_escape = name.starts_with("\\x");
    const Character c = take_character(name);
    if (c.is_valid() && c.code >= 0x20 && c.code != 0x7F && !like_an_escape) {
      out += c.bytes;
    } else {
      constexpr const char* hex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c.bytes[0]);
      out += std::string("\\x") + hex[byte >> 4] + hex[byte & 15];
    }
  }
  return out;
}

std::string shortest_decimal(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}}  // namespace norma
