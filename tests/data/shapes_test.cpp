// Drawn shapes in colour.
#include "data/shapes.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <set>

#include "data/load.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_shapes_test {

TEST_CASE("shapes: the same bytes everywhere, and dependent on seed and place only") {
  const Dataset d = draw_shapes(100, 1);
  CHECK(d.sample == Shape{3, 32, 32});
  CHECK((d.name == "shapes" && d.source == "drawn, seed 1" && d.classes == 10));
  CHECK(crc32(0, d.pixels.data(), static_cast<unsigned>(d.pixels.size())) == 1040437285u);
  CHECK(crc32(0, d.labels.data(), static_cast<unsigned>(d.labels.size())) == 3838507906u);
  const Dataset more = draw_shapes(230, 1).first(100);
  CHECK((more.pixels == d.pixels && more.labels == d.labels));
  CHECK(draw_shapes(100, 2).pixels != d.pixels);
  for (auto ten = d.labels.begin(); ten != d.labels.end(); ten += 10)
    CHECK(std::set<int>(ten, ten + 10).size() == 10);
  CHECK(error_of([] { draw_shapes(0, 1); }) == "shapes: expected at least 1 sample, got 0");
  CHECK(load_data("shapes", {}, {.train = 30, .test = 20, .seed = 1}).test.size() == 20);
}

TEST_CASE("shapes: ten classes of colour, shape and texture, none of which tells more than three of them") {
  const Dataset d = draw_shapes(10, 1);
  const std::vector<std::string>& names = d.class_names;
  REQUIRE(std::set(names.begin(), names.end()).size() == 10);
  std::set<std::string> colours, shapes, pairs;
  for (const std::string& name : names) {
    const bool striped = name.starts_with("striped ");
    const std::string rest = striped ? name.substr(8) : name;
    const std::size_t space = rest.find(' ');
    colours.insert(rest.substr(0, space)), shapes.insert(rest.substr(space + 1)), pairs.insert(rest);
    CHECK(std::count(names.begin(), names.end(), striped ? rest : "striped " + rest) == 1);
  }
  CHECK((colours.size() == 3 && shapes.size() == 3 && pairs.size() == 5));
}

TEST_CASE("shapes: a red shape is the reddest thing, whatever the ground") {
  const Dataset d = draw_shapes(500, 3);
  // The mean over all pictures of a colour, of how much that channel exceeds the other two.
  for (int colour = 0; colour < 3; ++colour) {
    double own = 0, others = 0;
    for (Index i = 0; i < d.size(); ++i) {
      const std::string& name = d.class_names[d.labels[i]];
      const char* word = colour == 0 ? "red" : colour == 1 ? "green" : "blue";
      double excess = 0;
      for (Index p = 0; p < 1024; ++p)
        for (int c = 0; c < 3; ++c)
          excess += (c == colour ? 2.0 : -1.0) * d.pixels[(i * 3 + c) * 1024 + p] / 1024;
      (name.find(word) != std::string::npos ? own : others) += excess;
    }
    CHECK(own > others);
  }
}

}  // namespace data_shapes_test
}}  // namespace norma
