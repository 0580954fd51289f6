// Pictures at another size.
#include "data/resize_image.h"

#include <doctest/doctest.h>

#include "tests/support/errors.h"
#include "tests/support/pictures.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_resize_image_test {

using Bytes = std::vector<std::uint8_t>;

TEST_CASE(
    "resize: a new pixel is the triangle's mean of what it covers, and lies between pixels if it grows") {
  const Image row{.height = 1, .width = 8, .pixels = {0, 40, 80, 120, 160, 200, 240, 240}};
  // Half the width: weights 1/8, 3/8, 3/8, 1/8 around each new centre; past the end the last pixel counts on.
  // PyTorch: 28.6, 100, 180, 234.3.
  CHECK(resized(row, 1, 4).pixels == Bytes{25, 100, 180, 235});
  // Twice the width: a quarter of the way from one centre to the next.
  const Image two{.height = 1, .width = 2, .pixels = {100, 200}};
  CHECK(resized(two, 1, 4).pixels == Bytes{100, 125, 175, 200});
  const Image column{.height = 2, .width = 1, .pixels = {100, 200}};
  CHECK(resized(column, 4, 1).pixels == Bytes{100, 125, 175, 200});
}

TEST_CASE("resize: a flat picture stays flat, one of the size its bytes, channels stay apart") {
  for (const auto& [height, width] : {std::pair<Index, Index>(1, 1), {7, 3}, {40, 90}}) {
    const Image flat = resized(flat_image(13, 31, 77), height, width);
    CHECK((flat.height == height && flat.width == width));
    CHECK(flat.pixels == Bytes(static_cast<std::size_t>(height * width), 77));
  }
  Image image{.height = 2,
              .width = 2,
              .pixels = {9, 9, 9, 9, 20, 20, 20, 20, 0, 255, 1, 254},
              .channels = 3,
              .coloured = true};
  CHECK(resized(image, 2, 2).pixels == image.pixels);
  const Image small = resized(image, 1, 1);
  CHECK((small.channels == 3 && small.coloured));
  CHECK((small.at(0, 0, 0) == 9 && small.at(0, 0, 1) == 20 && std::abs(small.at(0, 0, 2) - 127) <= 1));
}

TEST_CASE("resize: sides out of range are refused") {
  for (const auto& [height, width] : {std::pair<Index, Index>(0, 3), {3, 0}, {4097, 1}, {1, 4097}, {-1, 2}})
    CHECK(says(error_of([h = height, w = width] { resized(flat_image(2, 2, 1), h, w); }),
               {"resize: expected sides of 1 to 4096, got ", std::to_string(width)}));
}

}  // namespace data_resize_image_test
}}  // namespace norma
