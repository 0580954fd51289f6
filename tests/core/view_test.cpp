// Views: which index is kept.
#include "core/view.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_view_test {

using namespace reference;

TEST_CASE("channel_view: an index of channels, the rest before and behind it") {
  CHECK(error_of([] { channel_view(Tensor(Shape{3})); }) ==
        "channel_view: expected x of shape (N, C) or (N, C, …), got (3,)");
  const View v = channel_view(Tensor(Shape{2, 3, 4, 5}));
  CHECK((v.outer == 2 && v.kept == 3 && v.inner == 20));
}

TEST_CASE("check_view: a view holds as many elements as x, and no size is negative") {
  const Tensor x(Shape{2, 3, 4});
  CHECK(error_of([&] { check_view("here", x, {2, 3, 4}); }) == "no error");
  CHECK(error_of([&] { check_view("here", x, {1, 24, 1}); }) == "no error");
  CHECK(error_of([&] {
          check_view("here", x, {2, 3, 5});
        }) == "here: view (2, 3, 5) does not fit x (2, 3, 4)");
  CHECK(error_of([&] {
          check_view("here", x, {-2, -3, 4});
        }) == "here: view (-2, -3, 4) does not fit x (2, 3, 4)");
}

}  // namespace core_view_test
}}  // namespace norma
