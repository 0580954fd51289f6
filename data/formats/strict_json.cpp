#include "data/formats/strict_json.h"

#include <limits>

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// The bytes of the character that `text` begins with; 0 if that is not UTF-8.
std::size_t utf8_length(std::string_view text) {
  const unsigned lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80       ? 1
                             : lead >> 5 == 6  ? 2
                             : lead >> 4 == 14 ? 3
                             : lead >> 3 == 30 ? 4
                                               : 0;
  if (length == 0 || length > text.size()) return 0;
  unsigned c = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    const unsigned next = static_cast<unsigned char>(text[k]);
    if (next >> 6 != 2) return 0;
    c = c << 6 | (next & 0x3f);
  }
  constexpr unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return c < smallest[length] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff ? 0 : length;
}

/// Appends a code point in UTF-8.
void append_utf8(std::string& out, unsigned c) {
  auto byte = [&](unsigned b) { out += static_cast<char>(b); };
  auto rest = [&](int shift) { byte(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6), rest(0);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12), rest(6), rest(0);
  } else {
    byte(0xf0 | c >> 18), rest(12), rest(6), rest(0);
  }
}

}  // namespace

void JsonReader::fail_here(const std::string& wanted) const {
  std::string found = "the end";
  if (at_ < text_.size()) {
    unsigned char c = static_cast<unsigned char>(text_[at_]);
    found = c > ' ' && c < 0x7f ? std::string("'") + text_[at_] + "'" : "byte " + std::to_string(c);
  }
  fail(where_, ": byte ", at_, ": ", wanted, " expected, found ", found);
}

void JsonReader::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
    ++at_;
}

bool JsonReader::accept(char c) {
  skip_space();
  bool there = at_ < text_.size() && text_[at_] == c;
  at_ += there;
  return there;
}

void JsonReader::expect(char c) {
  if (!accept(c)) fail_here(std::string("'") + c + "'");
}

void JsonReader::expect_end() {
  skip_space();
  if (at_ != text_.size()) fail_here("the end");
}

Index JsonReader::number() {
  skip_space();
  std::size_t start = at_;
  Index value = 0;
  for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    int digit = text_[at_] - '0';
    if (value > (std::numeric_limits<Index>::max() - digit) / 10) fail_here("a number below 2^63");
    value = 10 * value + digit;
  }
  if (at_ == start) fail_here("a whole number");
  if (at_ - start > 1 && text_[start] == '0') fail_here("a number without leading zeros");
  return value;
}

std::string JsonReader::string() {
  expect('"');
  std::size_t start = at_;
  std::string value;
  for (;;) {
    if (at_ == text_.size()) fail_here("'\"'");
    unsigned char c = static_cast<unsigned char>(text_[at_]);
    if (c < 0x20) fail_here("a character of a string");
    ++at_;
    if (c == '"') break;
    if (c == '\\')
      escape(value);
    else
      value += static_cast<char>(c);
  }
  check(is_utf8(value), where_, ": byte ", start, ": the string is not valid UTF-8");
  return value;
}

/// What follows a backslash.
void JsonReader::escape(std::string& into) {
  constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  if (at_ < text_.size() && text_[at_] == 'u') {
    ++at_;
    unsigned c = hex4();
    if (c >= 0xd800 && c < 0xdc00) {  // the first half of a pair
      if (text_.substr(at_, 2) != "\\u") fail_here("the second half of a surrogate pair");
      at_ += 2;
      unsigned low = hex4();
      if (low < 0xdc00 || low > 0xdfff) fail_here("the second half of a surrogate pair before this");
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    return append_utf8(into, c);  // a lone second half is found by is_utf8
  }
  std::size_t k = at_ < text_.size() ? names.find(text_[at_]) : names.npos;
  if (k == names.npos) fail_here("an escape");
  into += meanings[k];
  ++at_;
}

unsigned JsonReader::hex4() {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    char c = at_ < text_.size() ? text_[at_] : ' ';
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) fail_here("a hexadecimal digit");
    value = 16 * value + static_cast<unsigned>(digit);
  }
  return value;
}

std::string json_string(std::string_view text) {
  check(is_utf8(text), "json: a text of ", text.size(), " bytes is not UTF-8");
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr const char* hex = "0123456789abcdef";
      out += std::string("\\u00") + hex[c >> 4] + hex[c & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string escaped_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t length = utf8_length(name);
    const auto c = static_cast<unsigned char>(name[0]);
    if (length == 0 || c < 0x20 || c == 0x7f || name.starts_with("\\x")) {
      constexpr const char* hex = "0123456789ABCDEF";
      out += std::string("\\x") + hex[c >> 4] + hex[c & 15];
      name.remove_prefix(1);
    } else {
      out += name.substr(0, length);
      name.remove_prefix(length);
    }
  }
  return out;
}

}}  // namespace norma
