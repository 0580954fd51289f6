// A data set and its first samples.
#include "data/dataset.h"

#include <doctest/doctest.h>

#include "tests/support/errors.h"
#include "tests/support/numbered.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_dataset_test {

TEST_CASE("the first samples of a data set") {
  Dataset d = numbered(10), part = d.first(4);
  CHECK(part.size() == 4);
  CHECK(part.pixels.size() == 24);
  CHECK(part.pixels[23] == 3);
  CHECK(part.classes == 3);
  CHECK(says(error_of([&] { d.first(11); }), {"numbers", "1 to 10", "got 11"}));
  CHECK(says(error_of([&] { d.first(0); }), {"got 0"}));
}

TEST_CASE("a class is called by its name, or its number if there is none") {
  Dataset d = numbered(3);
  CHECK(d.class_name(2) == "2");
  d.class_names = {"cat", "dog", "owl"};
  CHECK(d.class_name(2) == "owl");
  CHECK(d.without_samples().class_name(0) == "cat");
  CHECK(d.without_samples().size() == 0);
}

TEST_CASE("the checksum tells pixels and labels apart, and goes on from another") {
  const Dataset d = numbered(4);
  Dataset other = d;
  CHECK(checksum(other) == checksum(d));
  other.labels[3] = 1;
  CHECK(checksum(other) != checksum(d));
  other = d;
  other.pixels[0] = 1;
  CHECK(checksum(other) != checksum(d));
  CHECK(checksum(d, checksum(d)) != checksum(d));
}

}  // namespace data_dataset_test
}}  // namespace norma
