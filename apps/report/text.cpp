#include "apps/report/text.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool is_no_character(char32_t c) { return c >= 0xFFFD && c <= 0xFFFF; }  // none that XML allows

constexpr std::pair<char32_t, const char*> entities[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

int width_of(char32_t c) {
  const auto within = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (within(0x300, 0x36F) || within(0x1AB0, 0x1AFF) || within(0x200B, 0x200F) || within(0x20D0, 0x20FF) ||
      within(0xFE00, 0xFE0F) || c == 0xFEFF)
    return 0;
  return within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) ||
                 within(0xF900, 0xFAFF) || within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) ||
                 within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1F64F) || within(0x1F900, 0x1F9FF) ||
                 within(0x20000, 0x3FFFD)
             ? 2
             : 1;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += width_of(take_character(text).code);
  return width;
}

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [c, bytes] = take_character(text);
    if (is_control(c))
      out += ' ';
    else if (is_no_character(c))
      out += "\uFFFD";
    else
      out += bytes;
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [c, bytes] = take_character(text);
    const auto entity = std::ranges::find(entities, c, &std::pair<char32_t, const char*>::first);
    if (entity != std::end(entities))
      out += entity->second;
    else if (is_no_character(c) || (is_control(c) && c != '\n' && c != '\t'))
      out += "\uFFFD";
    else
      out += bytes;
  }
  return out;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at; (at = text.find(from)) != text.npos; text.remove_prefix(at + from.size()))
    (out += text.substr(0, at)) += to;
  return out += text;
}

std::string wrapped(std::string_view text, int width, std::string_view hang) {
  std::string lines, word;
  int column = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != ' ') {
      word += text[at];
      continue;
    }
    const int wide = display_width(word);
    if (column > 0) {
      const bool fits = column + 1 + wide <= width;
      lines += fits ? ' ' : '\n';
      if (!fits) lines += hang;
      column = fits ? column + 1 : 0;
    }
    lines += word;
    column += wide;
    word.clear();
  }
  return lines;
}

}}  // namespace norma
