// Shapes: printed, counted, compared, and those that cannot be.
#include "core/shape.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_shape_test {

using namespace reference;

TEST_CASE("printed as in Python, counted, compared") {
  CHECK(printed(Shape()) == "()");
  CHECK(printed(Shape{3}) == "(3,)");
  CHECK(printed(Shape{2, 3}) == "(2, 3)");
  CHECK(Shape().size() == 1);
  CHECK(Shape{2, 3, 4}.size() == 24);
  CHECK(Shape{2, 0, 4}.size() == 0);
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  const Shape s{2, 3, 4};
  CHECK(s[0] == 2);
  CHECK(s[-1] == 4);
  CHECK(s[-3] == 2);
  CHECK(error_of([&] { s[3]; }) == "shape: (2, 3, 4) has no dimension 3");
  CHECK(error_of([&] { s[-4]; }) == "shape: (2, 3, 4) has no dimension -4");
}

TEST_CASE("five dimensions at most, none negative, no more elements than can be counted") {
  CHECK(Shape{1, 2, 3, 4, 5}.rank() == 5);
  CHECK(error_of([] { Shape{1, 2, 3, 4, 5, 6}; }) == "shape: expected at most 5 dimensions, got 6");
  CHECK(error_of([] { Shape{1, 2, 3, 4, 5}.append(6); }) == "shape: more than 5 dimensions");
  CHECK(error_of([] { Shape{2, -1}; }) == "shape: dimension 1 is -1, must not be negative");
  const Index used = pool_stats().bytes_used;
  CHECK_THROWS(Tensor(Shape{Index{1} << 45}));
  CHECK(pool_stats().bytes_used == used);       // what was begun is given back
  CHECK_THROWS(Tensor(Shape{Index{1} << 62}));  // its bytes do not fit 64 bits
  CHECK_THROWS(Tensor(Shape{Index{1} << 32, Index{1} << 32}));
}

}  // namespace core_shape_test
}}  // namespace norma
