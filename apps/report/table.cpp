#include "apps/report/table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace norma { inline namespace NORMA_BUILD {
namespace {

// --- UTF-8 ---------------------------------------------------------------------------------------------

// Takes the first character off `text`. Broken UTF-8 gives U+FFFD, one byte at a time.
char32_t take(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  char32_t c = length == 1 ? first : first & (0x7FU >> length);
  bool good = length > 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    c = c << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};  // shorter forms are errors
  good = good && c >= least[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
  text.remove_prefix(good ? length : 1);
  return good ? c : 0xFFFD;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool is_no_character(char32_t c) { return c >= 0xFFFD && c <= 0xFFFF; }  // none that XML allows

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

// --- alignment -----------------------------------------------------------------------------------------

std::string pad(const std::string& cell, int width, bool right) {
  const std::string space(static_cast<std::size_t>(std::max(0, width - display_width(cell))), ' ');
  return right ? space + cell : cell + space;
}

// "3.2", "+1 ± 2", "−0.5", "< 0.01", "∞": begins as a number does.
bool looks_like_number(std::string_view cell) {
  for (std::string_view sign : {"+", "-", "−", "±", "<", ">", "≤", "≥", "≈", "~", " ", "$"})
    while (cell.starts_with(sign)) cell.remove_prefix(sign.size());
  return cell.starts_with("∞") || (!cell.empty() && cell[0] >= '0' && cell[0] <= '9');
}

bool is_missing(const std::string& cell) { return cell.empty() || cell == "–" || cell == "-"; }

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += width_of(take(text));
  return width;
}

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take(text);
    if (is_control(c))
      out += ' ';
    else if (is_no_character(c))
      out += "\uFFFD";
    else
      out += before.substr(0, before.size() - text.size());
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take(text);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (is_no_character(c) || (is_control(c) && c != '\n' && c != '\t'))
          out += "\uFFFD";
        else
          out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

// --- the table -----------------------------------------------------------------------------------------

Table::Table(std::vector<std::string> header)
    : header_(std::move(header)),
      align_(header_.size(), Align::automatic),
      style_(header_.size(), ColumnStyle::plain) {
  for (std::string& cell : header_) cell = one_line(cell);
}

Table& Table::row(std::vector<std::string> cells) {
  check(cells.size() <= columns(), "table: a row of ", cells.size(), " cells under ", columns(), " columns");
  cells.resize(columns());
  for (std::string& cell : cells) cell = one_line(cell);
  rows_.push_back(std::move(cells));
  return *this;
}

Table& Table::align(std::size_t column, Align how) {
  check(column < columns(), "table: no column ", column, " of ", columns());
  align_[column] = how;
  return *this;
}

Table& Table::style(std::size_t column, ColumnStyle how) {
  check(column < columns(), "table: no column ", column, " of ", columns());
  style_[column] = how;
  return *this;
}

std::vector<Align> Table::alignment() const {
  std::vector<Align> result = align_;
  for (std::size_t j = 0; j < columns(); ++j) {
    if (result[j] != Align::automatic) continue;
    int numbers = 0, words = 0;
    for (const auto& cells : rows_) {
      if (!is_missing(cells[j])) ++(looks_like_number(cells[j]) ? numbers : words);
    }
    result[j] = numbers > words || (numbers > 0 && numbers == words) ? Align::right : Align::left;
  }
  return result;
}

std::string Table::text(int indent) const {
  const std::vector<Align> how = alignment();
  std::vector<int> width(columns());
  for (std::size_t j = 0; j < columns(); ++j) {
    width[j] = display_width(header_[j]);
    for (const auto& cells : rows_) width[j] = std::max(width[j], display_width(cells[j]));
  }
  const std::string margin(static_cast<std::size_t>(std::max(0, indent)), ' ');
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = margin;
    for (std::size_t j = 0; j < cells.size(); ++j)
      text += (j == 0 ? "" : "  ") + pad(cells[j], width[j], how[j] == Align::right);
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(header_);
  std::vector<std::string> rule(columns());
  for (std::size_t j = 0; j < columns(); ++j)
    for (int i = 0; i < width[j]; ++i) rule[j] += "─";
  line(rule);
  for (const auto& cells : rows_) line(cells);
  return out;
}

std::string Table::markdown() const {
  const std::vector<Align> how = alignment();
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) {
      text += ' ';
      for (char c : cell) {
        if (c == '<')
          text += "&lt;";  // no markup, not even a comment
        else if (c == '&')
          text += "&amp;";
        else {
          if (std::string_view("|\\`*_[]~$").find(c) != std::string_view::npos) text += '\\';
          text += c;
        }
      }
      text += " |";
    }
    return text + '\n';
  };
  std::string out = line(header_) + "|";
  for (Align a : how) out += a == Align::right ? "---:|" : "---|";
  out += '\n';
  for (const auto& cells : rows_) out += line(cells);
  return out;
}

std::string Table::html() const {
  const std::vector<Align> how = alignment();
  const auto line = [&](const std::vector<std::string>& cells, const char* tag, const char* scope) {
    std::string text = "<tr>";
    for (std::size_t j = 0; j < cells.size(); ++j) {
      const std::string kind = how[j] == Align::right ? "n" : style_[j] == ColumnStyle::wrap ? "wrap" : "";
      const std::string cell = escape_html(cells[j]);
      text += std::string("<") + tag + scope + (kind.empty() ? ">" : " class=\"" + kind + "\">");
      if (tag[1] == 'd' && style_[j] == ColumnStyle::link && !cell.empty())
        text += "<a href=\"#" + cell + "\">" + cell + "</a>";
      else if (tag[1] == 'd' && style_[j] == ColumnStyle::badge && !cell.empty())
        text += "<span class=\"badge " + cell + "\">" + cell + "</span>";
      else
        text += cell;
      text += std::string("</") + tag + ">";
    }
    return text + "</tr>\n";
  };
  std::string out = "<table>\n<thead>" + line(header_, "th", " scope=\"col\"") + "</thead>\n<tbody>\n";
  for (const auto& cells : rows_) out += line(cells, "td", "");
  return out + "</tbody>\n</table>\n";
}

// --- numbers -------------------------------------------------------------------------------------------

namespace {

const std::string missing = "–";

// Not a number and infinities in words; "" for a finite value.
std::string odd(double value) {
  if (std::isnan(value)) return missing;
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  return "";
}

std::string fixed(double value, int decimals) {
  char text[400];  // the largest double has 309 digits
  std::snprintf(text, sizeof text, "%.*f", std::clamp(decimals, 0, 60), value);
  if (std::string_view(text).find_first_not_of("-0.") == std::string_view::npos)
    return text + (text[0] == '-');
  return text;
}

std::string with_minus(std::string text) {
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

// The power of ten of the first digit, after rounding to `digits` digits.
int exponent_of(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", std::max(0, digits - 1), value);
  int exponent = 0;
  std::sscanf(std::string_view(text).substr(std::string_view(text).find('e') + 1).data(), "%d", &exponent);
  return exponent;
}

// The fraction; if it would be printed as 0% or 100% and is neither, the nearest that is printed as another.
double some_but_not_all(double fraction, int decimals) {
  const double least = std::pow(10.0, -2 - decimals);
  if (fraction > 0 && fraction < least && fixed(100 * fraction, decimals) == fixed(0, decimals)) return least;
  if (fraction < 1 && fraction > 1 - least && fixed(100 * fraction, decimals) == fixed(100, decimals))
    return 1 - least;
  return fraction;
}

}  // namespace

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

std::string percent(double fraction, int decimals) {
  if (auto text = odd(fraction); !text.empty()) return text;
  const double inside = some_but_not_all(fraction, decimals);
  return (inside > fraction   ? "< "
          : inside < fraction ? "> "
                              : "") +
         with_minus(fixed(100 * inside, decimals)) + "%";
}

std::string percent(const Interval& fraction, int decimals) {
  if (!std::isfinite(fraction.mean)) return odd(fraction.mean);
  const double mean = some_but_not_all(fraction.mean, decimals);
  return with_minus(fixed(100 * mean, decimals)) + " ± " +
         (fraction.known() ? fixed(100 * fraction.half, decimals) : "?") + "%";
}

std::string points(const Interval& difference, int decimals) {
  if (!std::isfinite(difference.mean)) return odd(difference.mean);
  const std::string mean = fixed(100 * difference.mean, decimals);
  return (mean.starts_with('-') ? "" : "+") + with_minus(mean) + " ± " +
         (difference.known() ? fixed(100 * difference.half, decimals) : "?") + " points";
}

std::string count(double whole) {
  if (auto text = odd(whole); !text.empty()) return text;
  std::string digits = fixed(std::round(whole), 0);
  const std::size_t start = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > start + 3; i -= 3) digits.insert(i - 3, ",");
  return with_minus(digits);
}

std::string seconds(double s) {
  if (auto text = odd(s); !text.empty()) return text;
  if (s < 0) return "−" + seconds(-s);
  if (s < 0.0000995) return number(1e6 * s, 2) + " µs";
  if (s < 0.00995) return number(1e3 * s, 2) + " ms";
  if (s < 0.9995) return fixed(1e3 * s, 0) + " ms";
  if (s < 59.95) return fixed(s, 1) + " s";
  const auto whole = static_cast<long long>(std::llround(s));
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld h %02lld min", (whole + 30) / 3600, (whole + 30) / 60 % 60);
  return text;
}

std::string number(double value, int digits) {
  if (auto text = odd(value); !text.empty()) return text;
  if (value == 0) return "0";
  const int exponent = exponent_of(value, digits);
  if (exponent >= 3 && exponent < 9) return count(value);
  if (exponent >= 9 || exponent < -4) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", std::max(1, digits), value);
    return with_minus(text);
  }
  std::string text = fixed(value, std::max(0, digits - 1 - exponent));
  if (text.find('.') != std::string::npos) {  // 0.500 → 0.5
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return with_minus(text);
}

std::string number(const Interval& value) {
  if (!std::isfinite(value.mean)) return odd(value.mean);
  if (!value.known()) return number(value.mean) + " ± ?";
  if (value.half == 0) return number(value.mean) + " ± 0";
  const int decimals = 1 - exponent_of(value.half, 2);
  if (decimals > 6 || value.half >= 1e9) return number(value.mean) + " ± " + number(value.half, 2);
  if (decimals <= 0) return count(value.mean) + " ± " + count(value.half);
  return with_minus(fixed(value.mean, decimals)) + " ± " + fixed(value.half, decimals);
}

std::string signed_number(double value, int digits) { return (value > 0 ? "+" : "") + number(value, digits); }

}}  // namespace norma
