// Pictures from files: what is read and how it becomes grey, and files that are hostile.
#include "data/read_image.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/rgb_file.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_read_image_test {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

Bytes pixels(const std::string& file) { return decode_image(file, "x").pixels; }

std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.png"); });
}

const std::string s0(1, '\0');  // a row's filter: none

TEST_CASE("every kind of PNG becomes grey bytes") {
  CHECK(pixels(Png{3, 2, 8, 0, s0 + "\x01\x02\x03" + s0 + "\xfd\xfe\xff"}.file()) ==
        Bytes{1, 2, 3, 253, 254, 255});
  CHECK(pixels(Png{4, 1, 1, 0, s0 + "\xa0"}.file()) == Bytes{255, 0, 255, 0});
  CHECK(pixels(Png{2, 1, 2, 0, s0 + "\x60"}.file()) == Bytes{85, 170});
  CHECK(pixels(Png{2, 1, 4, 0, s0 + "\x2f"}.file()) == Bytes{34, 255});
  CHECK(pixels(Png{2, 1, 16, 0, s0 + "\x12\x34\xff\xff"}.file()) == Bytes{0x12, 255});
  CHECK(pixels(Png{3, 1, 16, 0, s0 + "\x12\xff\x00\x80\xfe\xff"s}.file()) ==
        Bytes{0x13, 0, 254});  // rounded: 18.93, 0.498, 254.0
  CHECK(pixels(Png{2, 1, 8, 2, s0 + "\xff" + s0 + s0 + "\x50\x50\x50"}.file()) ==
        Bytes{77, 80});  // 0.30 · 255
  const std::string palette = chunk("PLTE", std::string("\0\0\0\xff\xff\xff\x80\x80\x80", 9));
  CHECK(pixels(Png{3, 1, 8, 3, s0 + "\x01\x02" + s0, palette}.file()) == Bytes{255, 128, 0});
  CHECK(pixels(Png{3, 1, 2, 3, s0 + "\x18", palette}.file()) == Bytes{0, 255, 128});
  CHECK(refusal(Png{3, 1, 8, 3, s0 + "\x01\x03" + s0, palette}.file()) ==
        "x.png: damaged PNG: a pixel has colour 3, but its palette holds 3");
  CHECK(refusal(Png{3, 1, 2, 3, s0 + "\x1c", palette}.file()) ==
        "x.png: damaged PNG: a pixel has colour 3, but its palette holds 3");
  CHECK(says(refusal(Png{3, 1, 8, 3, s0 + "\x01\x02" + s0}.file()), {"a palette of 0 bytes"}));
  CHECK(says(refusal(Png{3, 1, 8, 3, s0 + "\x01\x02" + s0, palette + chunk("tRNS", "abcd")}.file()),
             {"a palette of 9 bytes and 4 alphas"}));
  CHECK(says(refusal(Png{3, 1, 16, 3, std::string(7, '\0'), palette}.file()), {"damaged PNG"}));
  // Transparent: white shows through; halfway: half of it.
  CHECK(pixels(Png{3, 1, 8, 4, s0 + std::string("\x10\xff\x10\0\0\x80", 6)}.file()) == Bytes{16, 255, 127});
  CHECK(pixels(Png{2, 1, 8, 6, s0 + std::string("\x40\x40\x40\xff\0\0\0\0", 8)}.file()) == Bytes{64, 255});
  CHECK(pixels(Png{2, 1, 8, 3, s0 + std::string("\0\x01", 2), palette + chunk("tRNS", s0)}.file()) ==
        Bytes{255, 255});
  // Each filter: none, left, up, their mean, Paeth.
  CHECK(pixels(Png{2, 5, 8, 0, std::string("\0\x0a\x14\1\x0a\x0a\2\0\0\3\0\0\4\0\0", 15)}.file()) ==
        Bytes{10, 20, 10, 20, 10, 20, 5, 12, 5, 12});
}

TEST_CASE("an interlaced PNG is the same picture") {
  Image image = flat_image(9, 11, 0);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 37);
  constexpr Index first_row[] = {0, 0, 4, 0, 2, 0, 1}, row_step[] = {8, 8, 8, 4, 4, 2, 2};
  constexpr Index first_column[] = {0, 4, 0, 2, 0, 1, 0}, column_step[] = {8, 8, 4, 4, 2, 2, 1};
  std::string rows;
  for (int pass = 0; pass < 7; ++pass)
    for (Index r = first_row[pass]; r < image.height; r += row_step[pass]) {
      rows += '\0';
      for (Index c = first_column[pass]; c < image.width; c += column_step[pass])
        rows += static_cast<char>(image.at(r, c));
    }
  const Image read = decode_image(Png{11, 9, 8, 0, rows, "", true}.file(), "x");
  CHECK(read.height == 9);
  CHECK(read.width == 11);
  CHECK(read.pixels == image.pixels);
  CHECK(pixels(grey_png(image)) == image.pixels);
}

/// What an RGB wave is in grey.
double wave(int column, int row) {
  const double weights[] = {0.299, 0.587, 0.114};
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += weights[c] * (128 + 100 * std::sin(0.3 * column + 0.2 * row + c));
  return sum;
}

TEST_CASE("JPEG and BMP, colours as grey") {
  for (bool jpeg : {true, false}) {
    const Image image = decode_image(rgb_file(jpeg, 40, 25), "x");
    REQUIRE(image.height == 25);
    REQUIRE(image.width == 40);
    double worst = 0;
    for (int r = 0; r < 25; ++r)
      for (int c = 0; c < 40; ++c) worst = std::max(worst, std::abs(image.at(r, c) - wave(c, r)));
    CHECK(worst < (jpeg ? 12 : 1.6));
  }
  const std::string progressive =  // 8 × 8: the left half black, the right half white
      "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f14"
      "1d1a1f1e1d"
      "1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc2000b080008000801011100ffc4001400"
      "0100000000"
      "000000000000000000000001ffda00080101000000013fffc4001510010100000000000000000000000000000006ffda000801"
      "0100010502"
      "997fffc400171000030100000000000000000000000000000482c1ffda0008010100063f026a74ffc400141001000000000000"
      "0000000000"
      "0000000000ffda0008010100013f215fffda0008010100000010ff00ffc40014100100000000000000000000000000000000ff"
      "da00080101"
      "00013f1037ffd9";
  std::string file;
  for (std::size_t i = 0; i < progressive.size(); i += 2)
    file += static_cast<char>(std::strtol(progressive.substr(i, 2).c_str(), nullptr, 16));
  const Image image = decode_image(file, "x");
  REQUIRE(image.pixels.size() == 64);
  for (Index r = 0; r < 8; ++r)
    for (Index c = 0; c < 8; ++c) CHECK(std::abs(image.at(r, c) - (c < 4 ? 0 : 255)) < 30);
}

TEST_CASE("a file cut short anywhere is refused") {
  Image small = flat_image(5, 4, 200);
  small.pixels[7] = 3;
  for (const std::string& whole : {grey_png(small), rgb_file(true, 9, 9), rgb_file(false, 5, 4)}) {
    CHECK_NOTHROW(decode_image(whole, "x"));
    int read = 0;
    for (std::size_t n = 0; n < whole.size(); ++n) read += refusal(whole.substr(0, n)) == "no error";
    CHECK(read == 0);
  }
  CHECK(says(refusal(grey_png(small).substr(0, 60)), {"x.png", "is cut short"}));
  CHECK(says(refusal(""), {"x.png", "is empty"}));
}

TEST_CASE("changed JPEG and BMP files and PNG data are read or refused, and nothing else") {
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    std::string file = i % 3 == 0 ? rgb_file(false, 9, 9) : rgb_file(true, 9, 9);
    for (int n = 0; n < 4; ++n) file[rng.below(file.size())] = static_cast<char>(rng.below(256));
    refusal(file);
    std::string rows(5 * 5, '\1');
    Png png{4, 5, 8, 0, rows};
    png.bits = 1 << rng.below(5);
    png.colour = static_cast<int>(rng.below(7));
    png.interlaced = rng.below(2);
    png.rows.resize(rng.below(120));
    refusal(png.file());
  }
}

TEST_CASE("what is not a picture, or not a supported one, is named") {
  CHECK(says(refusal("hello, I am a text"), {"x.png", "not a picture", "PNG, JPEG, BMP, PBM, PGM or PPM"}));
  CHECK(says(refusal("GIF89a\1\0\1\0"), {"not a picture"}));
  CHECK(says(refusal("P7\nWIDTH 1\n"), {"not a picture"}));
  std::string jpeg = rgb_file(true, 9, 9);
  const std::size_t table = jpeg.find("\xff\xc4");
  jpeg[table + 5] = '\x7f';  // 127 codes of one bit
  CHECK(says(refusal(jpeg), {"damaged JPEG", "more codes than there can be"}));
  const std::string no_scan =
      rgb_file(true, 9, 9).substr(0, rgb_file(true, 9, 9).find("\xff\xda")) + "\xff\xd9\xff";
  CHECK(says(refusal(no_scan), {"damaged JPEG", "no scan"}));
  TemporaryFolder folder;
  CHECK(says(error_of([&] { read_image(folder / "none.png"); }), {"none.png", "cannot be opened"}));
  CHECK(says(error_of([&] { read_image(folder.path); }), {"expected a file, got a folder"}));
  put_file(folder / "a.txt", grey_png(flat_image(2, 3, 9)));  // the name does not matter
  CHECK(read_image(folder / "a.txt").pixels == Bytes(6, 9));
}

}  // namespace data_read_image_test
}}  // namespace norma
