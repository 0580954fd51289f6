// What is looked at before a picture is decoded: checksums, segments, sizes.
#include "data/image_checks.h"

#include <doctest/doctest.h>

#include "data/read_image.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/rgb_file.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_image_checks_test {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

Bytes pixels(const std::string& file) { return decode_image(file, "x").pixels; }

TEST_CASE("what stands between a JPEG's segments, and behind its end, is passed over") {
  const std::string jpeg = rgb_file(true, 20, 17);
  const Bytes wanted = pixels(jpeg);
  std::vector<std::size_t> starts = {2};  // of segments, up to the scan's
  while (jpeg[starts.back() + 1] != '\xda') {
    auto byte = [&](std::size_t at) { return std::size_t{static_cast<std::uint8_t>(jpeg[at])}; };
    starts.push_back(starts.back() + 2 + (byte(starts.back() + 2) << 8) + byte(starts.back() + 3));
  }
  CHECK(starts.size() >= 5);
  starts.push_back(jpeg.size() - 2);  // the end of the image
  for (const std::string& filling : {"\0\0"s, "\xff"s, "\xff\xff\xff"s, "\xff\0"s, "\x12"s, "\xff\x01"s,
                                     "\xff\xd3"s, std::string(100, '\0')}) {
    std::string everywhere = jpeg;
    for (auto start = starts.rbegin(); start != starts.rend(); ++start) {
      const bool in_scan = start == starts.rbegin();  // where 0xff and a restart mean something
      if (in_scan && filling[0] == '\xff' && filling != "\xff" && filling != "\xff\xff\xff") continue;
      CHECK(pixels(std::string(jpeg).insert(*start, filling)) == wanted);
      everywhere.insert(*start, filling);
    }
    CHECK(pixels(everywhere) == wanted);
    CHECK(pixels(jpeg + filling) == wanted);
  }
}

std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.png"); });
}

TEST_CASE("any wrong bit in a PNG is seen by its checksums, or leaves the picture as it is") {
  Image small = flat_image(5, 4, 200);
  small.pixels[7] = 3;
  const std::string whole = grey_png(small);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string file = whole;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
    CHECK(refusal(file) != "no error");
  }
}

TEST_CASE("sizes are judged before memory is asked for") {
  CHECK(says(refusal(Png{0, 3, 8, 0, ""}.file()), {"x.png"}));
  CHECK(says(refusal(Png{100'000, 100'000, 8, 0, ""}.file()),
             {"x.png: a picture of 100000×100000", "64 million"}));
  CHECK(refusal(Png{0xffff'ffff, 0xffff'ffff, 8, 0, ""}.file()) != "no error");
  // A pixel whose data inflate to 400 MB
  CHECK(says(refusal(Png{1, 1, 8, 0, std::string(400'000'000, '\0')}.file()), {"x.png: damaged PNG"}));
}

}  // namespace data_image_checks_test
}}  // namespace norma
