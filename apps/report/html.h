// One self-contained HTML page: no script, no network, light or dark as the reader prefers, phone or desk.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {

/// Builds a page from the top down. All text is escaped; in
/// text(), lead(), list() and captions `backticks` make code and **stars** make bold.
class Page {
 public:
  explicit Page(std::string title);

  Page& number(const std::string& value, const std::string& words);  ///< the result, large, and what it is
  Page& lead(const std::string& text);  ///< a paragraph in larger type: what was found, first
  /// A heading. @param id what a link leads to @param badge a stamp beside it (Table::badge), "" for none
  Page& section(const std::string& heading, const std::string& id = {}, const std::string& badge = {});
  Page& text(const std::string& text);  ///< one paragraph; an empty line starts another
  Page& list(const std::vector<std::string>& items);
  Page& table(const Table& table, const std::string& caption = {});  ///< scrolls in its own box
  Page& code(const std::string& text);                               ///< a command or a file, as it is
  /// Puts an SVG's text (not its path; as draw() wrote it, not
  /// escaped) into the page. "" leaves a note that there is no figure. Figures that follow one another stand
  /// side by side where there is room. `path`: of the SVG and its CSV as the page sees them, without ".svg",
  /// to link to.
  Page& figure(const std::string& svg, const std::string& caption = {}, const std::string& path = {});
  Page& details(const std::string& summary, const Table& table);  ///< a table that is folded away at first
  Page& details(const std::string& summary, const std::vector<std::string>& items);  ///< the same with a list

  Page& css(const std::string& rules);     ///< rules besides the page's own
  Page& element(const std::string& html);  ///< as it is: whoever made it has escaped it

  /// The whole file, from <!doctype html>.
  std::string str() const;

 private:
  std::string title_, body_, style_;
};

}}  // namespace norma
