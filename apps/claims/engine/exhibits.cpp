// What claims show, in their page.
#include <algorithm>

#include "apps/claims/engine/report.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

PageFigure page_figure(const std::string& claim, const Exhibit& exhibit,
                       const std::filesystem::path& folder) {
  const std::string files = "figures/" + claim + "-" + exhibit.name;
  const Figure* figure = std::get_if<Figure>(&exhibit.what);
  if (!figure) return {drawn(std::get<HeatMap>(exhibit.what), folder, files), exhibit.caption};
  // Few seeds are shown one by one.
  const bool runs = std::ranges::any_of(figure->series, [](const Series& s) { return !s.runs.empty(); });
  return {
      drawn(*figure, folder, files),
      runs ? replaced(exhibit.caption, "mean and 95% interval", "mean and single runs") : exhibit.caption};
}

}  // namespace

void add_exhibits(Page& page, const std::string& claim, const std::vector<Exhibit>& exhibits,
                  const std::filesystem::path& folder) {
  std::vector<PageFigure> row;
  auto end_row = [&] {
    if (!row.empty()) page.figures(row);
    row.clear();
  };
  for (const Exhibit& exhibit : exhibits) {
    const Table* table = std::get_if<Table>(&exhibit.what);
    if (table || exhibit.place == Exhibit::Place::below) end_row();
    if (table)
      page.table(*table, exhibit.caption);
    else if (exhibit.place != Exhibit::Place::front)
      row.push_back(page_figure(claim, exhibit, folder));
  }
  end_row();
}

void add_front(Page& page, const std::vector<Claim>& claims, const std::vector<std::vector<Exhibit>>& shown,
               const std::filesystem::path& folder) {
  std::vector<PageFigure> row;
  for (std::size_t c = 0; c < claims.size(); ++c) {
    for (const Exhibit& exhibit : shown[c]) {
      if (exhibit.place != Exhibit::Place::front) continue;
      row.push_back(page_figure(claims[c].name, exhibit, folder));
      row.back().caption = "**" + claims[c].name + "**: " + exhibit.caption;
    }
  }
  if (!row.empty()) page.figures(row);
}

}}  // namespace norma
