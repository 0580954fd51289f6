// Tables for a terminal, for Markdown and for HTML.
// Widths are display columns of UTF-8 text ("±" is one, "表" two); a tab, newline or escape sequence in a
// cell becomes a space, so a name from a file cannot move the cursor.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"

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
  /// How a column looks in HTML. wrap: as sentences, on several lines; link: each cell leads to the section
  /// of that name; badge: each cell is a word like a stamp, coloured by what it says (reproduced, refuted,
  /// inconclusive).
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

}}  // namespace norma
