// Drawn digits.
#include "data/digits.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <set>

#include "data/load.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_digits_test {

TEST_CASE("drawn digits are the same bytes everywhere, and depend on seed and place only") {
  Dataset d = draw_digits(100, 1);
  CHECK(d.sample == Shape{1, 28, 28});
  CHECK(d.source == "drawn, seed 1");
  CHECK(crc32(0, d.pixels.data(), static_cast<unsigned>(d.pixels.size())) == 3596269443u);
  CHECK(crc32(0, d.labels.data(), static_cast<unsigned>(d.labels.size())) == 3838507906u);

  Dataset more = draw_digits(230, 1).first(100);
  CHECK(more.pixels == d.pixels);
  CHECK(more.labels == d.labels);
  CHECK(draw_digits(100, 2).pixels != d.pixels);
  for (auto ten = d.labels.begin(); ten != d.labels.end(); ten += 10)
    CHECK(std::set<int>(ten, ten + 10).size() == 10);
  CHECK(error_of([] { draw_digits(0, 1); }) == "digits: expected at least 1 sample, got 0");

  DataPair pair = load_data("digits", {}, {.train = 30, .test = 20, .seed = 1});
  CHECK(pair.train.size() == 30);
  CHECK(pair.test.size() == 20);
  CHECK(pair.test.pixels != draw_digits(20, 1).pixels);
  CHECK((pair.train.source == "drawn, seed 1" && pair.test.source == "drawn, seed 1"));  // which makes both
}

}  // namespace data_digits_test
}}  // namespace norma
