// Heat maps.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <limits>
#include <sstream>
#include <string>

#include "apps/report/figure.h"
#include "apps/report/gnuplot.h"
#include "data/formats/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_heat_map_test {

using Folder = TemporaryFolder;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("a heat map prints its values and marks what diverged") {
  const Folder folder;
  std::ostringstream messages;
  HeatMap map{.value_label = "test accuracy", .x_names = {"0.1", "1"}, .y_names = {"He", "normal"}};
  map.values = {.98, .5, .1, nan};
  map.percent_value = true;
  const std::string path = draw(map, folder.path, "map", messages);
  CHECK(contains(read_file(folder.path / "map.csv"), "1,1,NaN,\"×\",\"1\",\"normal\""));
  if (have_gnuplot()) {
    const std::string svg = read_file(path);
    for (const char* word : {"98.0%", "50.0%", "×", "He", "test accuracy"})
      CHECK(contains(svg, ">" + std::string(word)));
    CHECK(contains(svg, "<title>He, 0.1: 98.0%</title>"));
    map.levels = {.3};
    map.log_value = true;
    CHECK(draw(map, folder.path, "map", messages) == path);
    map.values = {nan, nan, nan, nan};
    CHECK(draw(map, folder.path, "map", messages) == path);
  }
  CHECK(messages.str() == "");
  map.values.pop_back();
  CHECK_THROWS_AS(draw(map, folder.path, "map", messages), Error);
}

TEST_CASE("of many columns some have their names, if these are numbers") {
  if (!have_gnuplot()) return;
  const Folder folder;
  std::ostringstream messages;
  HeatMap map{.y_names = {"a"}};
  for (const char* name : {"0.001", "0.0016", "0.0025", "0.004", "0.0063"}) {
    for (const char* decade : {"", "0", "00"}) map.x_names.push_back(name + std::string(decade));
  }
  map.values.assign(15, 1);
  std::string svg = read_file(draw(map, folder.path, "map", messages));
  CHECK(contains(svg, "width=\"358\""));
  CHECK((contains(svg, ">0.001<") && !contains(svg, ">0.0010<")));
  for (std::string& name : map.x_names) name = "He " + name;
  svg = read_file(draw(map, folder.path, "map", messages));
  CHECK(!contains(svg, "width=\"358\""));  // it scrolls in its box
  CHECK(contains(svg, ">He 0.0010<"));
}

TEST_CASE("the cells of a square map are square") {
  const Folder folder;
  std::ostringstream messages;
  HeatMap map{.x_names = {"1", "2", "3", "4"}, .y_names = {"1", "2"}, .square = true};
  map.values.assign(8, 1);
  const std::string path = draw(map, folder.path, "map", messages);
  if (path.empty()) return;
  const std::string svg = read_file(path), cell = svg.substr(svg.find("<rect class=\"s0\""));
  const auto of = [&](const std::string& name) {
    return std::stod(cell.substr(cell.find(name + "=\"") + name.size() + 2));
  };
  CHECK(of("width") == doctest::Approx(of("height")).epsilon(0.02));
}

}  // namespace report_heat_map_test
}}  // namespace norma
