// Colours in pictures from files: kept, dropped, or found to be none.
#include <doctest/doctest.h>

#include "data/exif.h"
#include "data/read_image.h"
#include "data/write_png.h"
#include "tests/support/pictures.h"
#include "tests/support/rgb_file.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_colour_test {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;
const std::string s0(1, '\0');  // a row's filter: none

Image rgb(const std::string& file) { return decode_image(file, "x", Colour::rgb); }
Image automatic(const std::string& file) { return decode_image(file, "x", Colour::automatic); }

TEST_CASE("colour: red, green and blue of every format, plane by plane") {
  const std::string palette = chunk("PLTE", std::string("\x0a\x14\x1e\xff\x80\0", 6));
  const struct {
    const char* what;
    std::string file;
    Bytes pixels;
  } cases[] = {
      {"PNG of 8 bits", Png{2, 1, 8, 2, s0 + "\x01\x02\x03\xfd\xfe\xff"}.file(), {1, 253, 2, 254, 3, 255}},
      {"PNG of 16 bits",
       Png{1, 1, 16, 2, s0 + "\x12\xff\x00\x80\xfe\xff"s}.file(),
       {0x13, 0, 254}},  // rounded: 18.93, 0.498, 254.0
      {"PNG with alpha",
       Png{2, 1, 8, 6, s0 + "\x0a\x14\x1e\xff\x0a\x14\x1e"s + "\0"s}.file(),
       {10, 255, 20, 255, 30, 255}},  // white behind
      {"PNG half transparent",
       Png{1, 1, 8, 6, s0 + "\x0a\x14\x1e\x80"s}.file(),
       {132, 137, 142}},  // (128 · 10 + 127 · 255)/255
      {"PNG with a palette", Png{2, 1, 8, 3, s0 + "\x01"s + s0, palette}.file(), {255, 10, 128, 20, 0, 30}},
      {"PNG with a palette of 1 bit and alpha",
       Png{2, 1, 1, 3, s0 + "\x80", palette + chunk("tRNS", s0)}.file(),
       {255, 255, 128, 255, 0, 255}},
      {"PPM", "P6 2 1 255\n\x01\x02\x03\xfd\xfe\xff"s, {1, 253, 2, 254, 3, 255}},
      {"plain PPM", "P3 1 1 15\n0 3 15"s, {0, 51, 255}},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    const Image image = rgb(c.file);
    CHECK(image.channels == 3);
    CHECK(image.coloured);
    CHECK(image.pixels == c.pixels);
    CHECK(automatic(c.file).pixels == c.pixels);
    const Image grey = decode_image(c.file, "x");
    CHECK((grey.channels == 1 && grey.coloured && grey.pixels.size() * 3 == c.pixels.size()));
  }
}

TEST_CASE("colour: JPEG and BMP as another program writes them") {
  for (bool jpeg : {true, false}) {
    const Image image = rgb(rgb_file(jpeg, 40, 25));
    REQUIRE((image.channels == 3 && image.height == 25 && image.width == 40));
    double worst = 0;
    for (int r = 0; r < 25; ++r)
      for (int c = 0; c < 40; ++c)
        for (int k = 0; k < 3; ++k)
          worst =
              std::max(worst, std::abs(image.at(r, c, k) - (128 + 100 * std::sin(0.3 * c + 0.2 * r + k))));
    CHECK(worst < (jpeg ? 40 : 1.01));
  }
  const std::string palette = "\x03\x02\x01\0\xff\x80\x40\0"s;  // blue, green, red, nothing
  const std::string bmp = "BM" + little_endian(14 + 40 + 8 + 4, 4) + std::string(4, '\0') +
                          little_endian(14 + 40 + 8, 4) + little_endian(40, 4) + little_endian(2, 4) +
                          little_endian(1, 4) + little_endian(1, 2) + little_endian(1, 2) +
                          std::string(16, '\0') + little_endian(2, 4) + std::string(4, '\0') + palette +
                          "\x40\0\0\0"s;
  CHECK(rgb(bmp).pixels == Bytes{1, 0x40, 2, 0x80, 3, 0xff});
}

TEST_CASE("colour: automatic keeps one channel if no pixel has a colour that shows") {
  for (const std::string& file :
       {Png{2, 1, 8, 2, s0 + "\x50\x50\x50\x07\x07\x07"}.file(), Png{2, 1, 8, 0, s0 + "\x50\x07"}.file(),
        Png{2, 1, 8, 6, s0 + "\x50\x50\x50\xff"s + "\1\2\3\0"s}.file(), "P5 2 1 255\n\x50\x07"s}) {
    const Image image = automatic(file);
    CHECK((image.channels == 1 && !image.coloured));
    CHECK(image.pixels == decode_image(file, "x").pixels);
    const Image three = rgb(file);
    REQUIRE(three.channels == 3);
    for (Index c = 0; c < 3; ++c)
      for (Index i = 0; i < 2; ++i) CHECK(three.at(0, i, c) == image.at(0, i));
  }
}

TEST_CASE("colour: a picture is turned upright in every channel") {
  const Image stored = rgb("P6 2 1 255\n\x01\x02\x03\xfd\xfe\xff"s);
  const Image turned = upright(stored, 6);
  CHECK((turned.height == 2 && turned.width == 1 && turned.channels == 3 && turned.coloured));
  CHECK(turned.pixels == Bytes{1, 253, 2, 254, 3, 255});
  CHECK(upright(stored, 2).pixels == Bytes{253, 1, 254, 2, 255, 3});
}

TEST_CASE("colour: a PNG that is written reads back the same") {
  Rng rng(3);
  for (Index channels : {1, 3}) {
    Image image{.height = 7, .width = 5, .pixels = Bytes(35 * channels), .channels = channels};
    for (std::uint8_t& p : image.pixels) p = static_cast<std::uint8_t>(rng.below(256));
    const Image back = automatic(encode_png(image));
    CHECK((back.height == 7 && back.width == 5 && back.channels == channels));
    CHECK(back.pixels == image.pixels);
  }
}

}  // namespace data_colour_test
}}  // namespace norma
