// What a claim shows, in its part of the page.
#include <algorithm>

#include "apps/claims/engine/report.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {

void add_exhibits(Page& page, const std::string& claim, const std::vector<Exhibit>& exhibits,
                  const std::filesystem::path& folder) {
  std::vector<PageFigure> row;
  auto end_row = [&] {
    if (!row.empty()) page.figures(row);
    row.clear();
  };
  for (const Exhibit& exhibit : exhibits) {
    if (const Table* table = std::get_if<Table>(&exhibit.what)) {
      end_row();
      page.table(*table, exhibit.caption);
      continue;
    }
    if (exhibit.new_row) end_row();
    const std::string files = "figures/" + claim + "-" + exhibit.name;
    const Figure* figure = std::get_if<Figure>(&exhibit.what);
    // Few seeds are shown one by one.
    const bool runs =
        figure && std::ranges::any_of(figure->series, [](const Series& s) { return !s.runs.empty(); });
    const std::string caption =
        runs ? replaced(exhibit.caption, "mean and 95% interval", "mean and single runs") : exhibit.caption;
    row.push_back(
        {figure ? drawn(*figure, folder, files) : drawn(std::get<HeatMap>(exhibit.what), folder, files),
         caption});
  }
  end_row();
}

}}  // namespace norma
