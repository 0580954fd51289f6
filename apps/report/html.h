// One self-contained HTML page: no script, no network, light or dark as the reader prefers, phone or desk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/report/figure.h"
#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {

/// A figure's SVG, as text ("": there is none), and where its files lie, seen from the page:
/// "figures/init-grid", to which ".svg" and ".csv" are added ("": nowhere).
struct Picture {
  std::string svg, files = {};
};
/// Draws it for a page in the folder `page`; `files` as in Picture.
Picture drawn(const Figure& figure, const std::filesystem::path& page, const std::string& files);
Picture drawn(const HeatMap& map, const std::filesystem::path& page, const std::string& files);

struct PageFigure {
  Picture picture;
  std::string caption = {};
  Picture other = {};  ///< the same on the other axis of steps, from which the reader chooses
};

/// What readers may choose, with neither script nor network: which series they see, and of figures that are
/// there on both axes of steps, which. The choice is the figures' legend as well.
struct Switches {
  std::string id = {};  ///< unique in the page
  std::vector<Series> series = {};
  bool log_first = true;  ///< whether PageFigure::picture is the logarithmic one, and `other` the linear
};

/// A file within a page: "data:image/png;base64,…".
std::string data_uri(const std::string& type, const std::string& bytes);

/// Builds a page from the top down. All text is escaped; in
/// text(), lead(), list() and captions `backticks` make code and **stars** make bold.
class Page {
 public:
  explicit Page(std::string title);

  Page& lead(const std::string& text);  ///< a paragraph in larger type: what was found, first
  /// A heading. @param id what a link leads to @param badge a stamp beside it (Table::badge), "" for none
  Page& section(const std::string& heading, const std::string& id = {}, const std::string& badge = {});
  Page& text(const std::string& text);  ///< one paragraph; an empty line starts another
  Page& list(const std::vector<std::string>& items);
  Page& table(const Table& table, const std::string& caption = {});  ///< scrolls in its own box
  Page& code(const std::string& text);                               ///< a command or a file, as it is
  /// What was found, large, and then what it says: number("26×", "fewer steps to 90% with BN, 22 to 31").
  Page& number(const std::string& value, const std::string& words);
  Page& figure(const Picture& picture, const std::string& caption = {});
  /// At their own size side by side where there is room, one below the other on a phone.
  Page& figures(const std::vector<PageFigure>& figures, const Switches& switches = {});
  Page& details(const std::string& summary, const Table& table);  ///< a table that is folded away at first
  Page& details(const std::string& summary, const std::vector<std::string>& items);  ///< the same with a list

  Page& reload(int seconds);               ///< browsers load it again after as long
  Page& head(const std::string& html);     ///< into <head>, as it is
  Page& above(const std::string& html);    ///< before the heading, as it is
  Page& css(const std::string& rules);     ///< rules besides the page's own
  Page& element(const std::string& html);  ///< as it is: whoever made it has escaped it

  /// The whole file, from <!doctype html>.
  std::string str() const;

 private:
  std::string title_, head_, above_, body_, style_;
};

}}  // namespace norma
