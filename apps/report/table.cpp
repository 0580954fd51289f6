#include "apps/report/table.h"

#include <algorithm>

#include "apps/report/text.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::string pad(const std::string& cell, int width, bool right) {
  const std::string space(std::max(0, width - display_width(cell)), ' ');
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
  const std::string margin(std::max(0, indent), ' ');
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

}}  // namespace norma
