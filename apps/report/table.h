// Tables for a terminal, for Markdown and for HTML, and the words for numbers that go into them.
// Widths are display columns of UTF-8 text ("±" is one, "表" two); a tab, newline or escape sequence in a
// cell becomes a space, so a name from a file cannot move the cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/report/statistics.h"

namespace norma { inline namespace NORMA_BUILD {

enum class Align { automatic, left, right };

/// Rows of text under a header. A column whose cells are mostly numbers is right-aligned, others left.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  /// Adds a row. Missing cells are empty. @throws Error for more cells than the header has
  Table& row(std::vector<std::string> cells);
  /// Overrides the alignment of one column.
  Table& align(std::size_t column, Align how);
  /// How a column looks in HTML. wrap: as sentences, on several lines; link: each cell leads to the section of that name;
  /// badge: each cell is a word like a stamp, coloured by what it says (reproduced, refuted, inconclusive).
  Table& wrap(std::size_t column) { return style(column, ColumnStyle::wrap); }
  Table& link(std::size_t column) { return style(column, ColumnStyle::link); }
  Table& badge(std::size_t column) { return style(column, ColumnStyle::badge); }

  std::size_t columns() const { return header_.size(); }
  std::size_t rows() const { return rows_.size(); }

  /// Aligned columns two spaces apart with a thin rule under the
  /// header; each line starts with `indent` spaces.
  std::string text(int indent = 0) const;
  /// A GitHub table; '|' and markup in cells are escaped.
  std::string markdown() const;
  /// One <table> element, everything escaped, numbers with class "n".
  std::string html() const;

 private:
  enum class ColumnStyle { plain, wrap, link, badge };
  Table& style(std::size_t column, ColumnStyle how);
  std::vector<Align> alignment() const;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<Align> align_;
  std::vector<ColumnStyle> style_;
};

/// Columns that UTF-8 text takes on a terminal (combining marks 0, East Asian wide 2, all else 1).
int display_width(std::string_view text);

/// The text with control characters (newlines, escape sequences) as blanks and broken UTF-8 as U+FFFD.
std::string one_line(std::string_view text);

/// The text with its words wrapped to lines of at most `width` columns; before each but the first stands `hang`, which
/// does not count.
std::string wrapped(std::string_view text, int width = 79, std::string_view hang = "");

/// Text for HTML and XML, in elements and in quoted attributes: & < > " ' escaped, control characters
/// and broken UTF-8 replaced by U+FFFD.
std::string escape_html(std::string_view text);

// Words for numbers. NaN is "–" in all of them, an infinity "∞".

/// 0.97123 → "97.12%". "0.00%" is none and "100.00%" all: what only rounds to them is "< 0.01%", "> 99.99%".
std::string percent(double fraction, int decimals = 2);
/// "97.12 ± 0.08%", unknown "97.12 ± ?%"; a mean between 0.01% and 99.99% unless it is none or all.
std::string percent(const Interval& fraction, int decimals = 2);
std::string points(const Interval& difference, int decimals = 2);  ///< "+1.20 ± 0.31 points" (of percent)
std::string count(double whole);                   ///< 50000 → "50,000" (rounded to a whole)
std::string seconds(double s);                     ///< "350 ms", "4.2 s", "1 min 23 s", "2 h 05 min"
std::string number(double value, int digits = 3);  ///< 3 significant: "0.0912", "3.2e-05", "12,346"
std::string number(const Interval& value);         ///< "0.0912 ± 0.0031": half to two digits, mean to match
std::string signed_number(double value, int digits = 3);  ///< "+0.0912", "−0.5"

}}  // namespace norma
