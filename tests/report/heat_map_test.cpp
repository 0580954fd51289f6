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

}  // namespace report_heat_map_test
}}  // namespace norma
