// Pictures from files: what is read and how it becomes grey, and files that are hostile.
#include "data/image.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "tests/errors.h"
#include "tests/pictures.h"
#include "tests/temporary_folder.h"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace norma::inline NORMA_BUILD {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes pixels(const std::string& file) { return decode_image(file, "x").pixels; }
std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.png"); });
}

void collect(void* context, void* data, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

/// A file of RGB pixels: a wave in red, green and blue.
std::string rgb_file(bool jpeg, int width, int height) {
  Bytes rgb;
  for (int i = 0; i < width * height; ++i)
    for (int c = 0; c < 3; ++c)
      rgb.push_back(
          static_cast<std::uint8_t>(128 + 100 * std::sin(0.3 * (i % width) + 0.2 * (i / width) + c)));
  std::string file;
  if (jpeg)
    stbi_write_jpg_to_func(collect, &file, width, height, 3, rgb.data(), 95);
  else
    stbi_write_bmp_to_func(collect, &file, width, height, 3, rgb.data());
  return file;
}

/// What an RGB wave is in grey.
double wave(int column, int row) {
  const double weights[] = {0.299, 0.587, 0.114};
  double sum = 0;
  for (int c = 0; c < 3; ++c) sum += weights[c] * (128 + 100 * std::sin(0.3 * column + 0.2 * row + c));
  return sum;
}

std::string little_endian(std::size_t n, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(n >> 8 * i & 255);
  return text;
}

/// A BMP of two columns and two rows by a palette: 0 is black, 1 white.
std::string palette_bmp(std::size_t colours = 256) {
  std::string palette;
  for (std::size_t i = 0; i < colours; ++i)
    palette += i == 1 ? std::string("\xff\xff\xff\0", 4) : std::string(4, '\0');
  const std::string rows("\1\0\0\0\0\1\0\0", 8), header = little_endian(40, 4) + little_endian(2, 4) +
                                                          little_endian(2, 4) + little_endian(1, 2) +
                                                          little_endian(8, 2) + std::string(24, '\0');
  return "BM" + little_endian(54 + palette.size() + rows.size(), 4) + std::string(4, '\0') +
         little_endian(54 + palette.size(), 4) + header + palette + rows;
}

const std::string s0(1, '\0');  // a row's filter: none

TEST_CASE("image: every kind of PNG becomes grey bytes") {
  CHECK(pixels(Png{3, 2, 8, 0, s0 + "\x01\x02\x03" + s0 + "\xfd\xfe\xff"}.file()) ==
        Bytes{1, 2, 3, 253, 254, 255});
  CHECK(pixels(Png{4, 1, 1, 0, s0 + "\xa0"}.file()) == Bytes{255, 0, 255, 0});
  CHECK(pixels(Png{2, 1, 2, 0, s0 + "\x60"}.file()) == Bytes{85, 170});
  CHECK(pixels(Png{2, 1, 4, 0, s0 + "\x2f"}.file()) == Bytes{34, 255});
  CHECK(pixels(Png{2, 1, 16, 0, s0 + "\x12\x34\xff\xff"}.file()) == Bytes{0x12, 255});
  CHECK(pixels(Png{2, 1, 8, 2, s0 + "\xff" + s0 + s0 + "\x50\x50\x50"}.file()) ==
        Bytes{77, 80});  // 0.30 · 255
  const std::string palette = chunk("PLTE", std::string("\0\0\0\xff\xff\xff\x80\x80\x80", 9));
  CHECK(pixels(Png{3, 1, 8, 3, s0 + "\x01\x02" + s0, palette}.file()) == Bytes{255, 128, 0});
  // Transparent: white shows through; halfway: half of it.
  CHECK(pixels(Png{3, 1, 8, 4, s0 + std::string("\x10\xff\x10\0\0\x80", 6)}.file()) == Bytes{16, 255, 127});
  CHECK(pixels(Png{2, 1, 8, 6, s0 + std::string("\x40\x40\x40\xff\0\0\0\0", 8)}.file()) == Bytes{64, 255});
  CHECK(pixels(Png{2, 1, 8, 3, s0 + std::string("\0\x01", 2), palette + chunk("tRNS", s0)}.file()) ==
        Bytes{255, 255});
  // Each filter: none, left, up, their mean, Paeth.
  CHECK(pixels(Png{2, 5, 8, 0, std::string("\0\x0a\x14\1\x0a\x0a\2\0\0\3\0\0\4\0\0", 15)}.file()) ==
        Bytes{10, 20, 10, 20, 10, 20, 5, 12, 5, 12});
}

TEST_CASE("image: an interlaced PNG is the same picture") {
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

TEST_CASE("image: JPEG, BMP, PGM and PPM, colours as grey") {
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

  CHECK(pixels(palette_bmp()) == Bytes{0, 255, 255, 0});  // its last row comes first
  CHECK(pixels("P5\n# a comment\n3 1\n255\n" + std::string("\0\x07\xff", 3)) == Bytes{0, 7, 255});
  CHECK(pixels("P5 3 1 15\n" + std::string("\0\x05\x0f", 3)) == Bytes{0, 85, 255});
  CHECK(pixels("P5 2 1 65535\n" + std::string("\x80\0\xff\xff", 4)) == Bytes{128, 255});
  CHECK(pixels("P6 1 1 255\n\xff\xff\xff") == Bytes{255});
}

TEST_CASE("image: a JPEG is turned upright as its EXIF says") {
  // Quarters of 8 × 8, two rows of three: as stored 1 2 3 / 4 5 6; and what each orientation makes of that.
  const int shades[] = {20, 60, 100, 150, 200, 240};
  Bytes stored;
  for (int r = 0; r < 16; ++r)
    for (int c = 0; c < 24; ++c) stored.push_back(static_cast<std::uint8_t>(shades[r / 8 * 3 + c / 8]));
  std::string file;
  stbi_write_jpg_to_func(collect, &file, 24, 16, 1, stored.data(), 95);
  const char* upright[] = {"123/456",  "321/654",  "654/321",  "456/123",
                           "14/25/36", "41/52/63", "63/52/41", "36/25/14"};
  for (int orientation = 0; orientation <= 9; ++orientation)
    for (bool little : {true, false}) {
      auto number = [&](std::size_t n, int bytes) {
        std::string text = little_endian(n, bytes);
        return little ? text : std::string(text.rbegin(), text.rend());
      };
      const std::string entry = number(0x0112, 2) + number(3, 2) + number(1, 4) +
                                number(static_cast<std::size_t>(orientation), 2) + std::string(2, '\0'),
                        other = number(0x010f, 2) + number(2, 2) + number(1, 4) + std::string(4, 'x'),
                        exif = std::string("Exif\0\0", 6) + (little ? "II" : "MM") + number(42, 2) +
                               number(8, 4) + number(2, 2) + other + entry + number(0, 4);
      const std::size_t length = exif.size() + 2;
      const std::string turned = file.substr(0, 2) + "\xff\xe1" + static_cast<char>(length >> 8) +
                                 static_cast<char>(length & 255) + exif + file.substr(2);
      const Image image = decode_image(turned, "x");
      std::string seen;
      for (Index r = 4; r < image.height; r += 8) {
        if (r > 4) seen += '/';
        for (Index c = 4; c < image.width; c += 8)
          for (int k = 0; k < 6; ++k)
            if (std::abs(image.at(r, c) - shades[k]) < 15) seen += static_cast<char>('1' + k);
      }
      CHECK(seen == upright[orientation >= 1 && orientation <= 8 ? orientation - 1 : 0]);
      // However short the segment is, it is a picture.
      for (std::size_t n = 2; n < length; ++n) {
        std::string shorter = file.substr(0, 2) + "\xff\xe1" + static_cast<char>(n >> 8) +
                              static_cast<char>(n & 255) + exif.substr(0, n - 2) + file.substr(2);
        CHECK(refusal(shorter) == "no error");
      }
    }
}

TEST_CASE("image: a file cut short anywhere is refused") {
  Image small = flat_image(5, 4, 200);
  small.pixels[7] = 3;
  for (const std::string& whole : {grey_png(small), rgb_file(true, 9, 9), rgb_file(false, 5, 4),
                                   palette_bmp(), std::string("P6 2 2 255\nabcdefghijkl")}) {
    CHECK_NOTHROW(decode_image(whole, "x"));
    int read = 0;
    for (std::size_t n = 0; n < whole.size(); ++n) read += refusal(whole.substr(0, n)) == "no error";
    CHECK(read == 0);
  }
  CHECK(says(refusal(grey_png(small).substr(0, 60)), {"x.png", "is cut short"}));
  CHECK(says(refusal(""), {"x.png", "is empty"}));
}

TEST_CASE("image: any wrong bit in a PNG is seen by its checksums, or leaves the picture as it is") {
  Image small = flat_image(5, 4, 200);
  small.pixels[7] = 3;
  const std::string whole = grey_png(small);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string file = whole;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
    CHECK(refusal(file) != "no error");
  }
}

TEST_CASE("image: changed JPEG and BMP files and PNG data are read or refused, and nothing else") {
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

TEST_CASE("image: sizes are judged before memory is asked for") {
  CHECK(says(refusal(Png{0, 3, 8, 0, ""}.file()), {"x.png"}));
  CHECK(says(refusal(Png{100'000, 100'000, 8, 0, ""}.file()),
             {"x.png: a picture of 100000×100000", "64 million"}));
  CHECK(refusal(Png{0xffff'ffff, 0xffff'ffff, 8, 0, ""}.file()) != "no error");
  CHECK(says(refusal("P5 0 3 255\n"), {"0×3", "no pixel"}));
  CHECK(says(refusal("P5 9000000000000000000 9000000000000000000 255\n"), {"64 million"}));
  CHECK(refusal("P5 99999999999999999999 1 255\n") != "no error");
  CHECK(says(refusal("P5 8001 8000 255\n"), {"8001×8000", "64 million"}));
  std::string bmp = palette_bmp();
  bmp.replace(18, 8, little_endian(0x7fff'ffff, 4) + little_endian(0x8000'0000, 4));
  CHECK(says(refusal(bmp), {"64 million"}));
  // A pixel whose data inflate to 400 MB
  CHECK(says(refusal(Png{1, 1, 8, 0, std::string(400'000'000, '\0')}.file()), {"x.png: damaged PNG"}));
}

TEST_CASE("image: what is no picture, or none that is read, is named") {
  CHECK(says(refusal("hello, I am a text"), {"x.png", "no picture", "PNG, JPEG, BMP, PGM or PPM"}));
  CHECK(says(refusal("GIF89a\1\0\1\0"), {"no picture"}));
  CHECK(says(refusal("P2 1 1 255\n7"), {"no picture"}));
  CHECK(says(refusal("P5 1 1 0\n7"), {"0 as its greatest value"}));
  CHECK(says(refusal("P5 1 -1 255\n7"), {"damaged PGM"}));
  CHECK(says(refusal(palette_bmp(100)), {"whole palette"}));
  std::string rle = palette_bmp();
  rle[30] = 1;
  CHECK(says(refusal(rle), {"compression 1"}));
  std::string jpeg = rgb_file(true, 9, 9);
  const std::size_t table = jpeg.find("\xff\xc4");
  jpeg[table + 5] = '\x7f';  // 127 codes of one bit
  CHECK(says(refusal(jpeg), {"damaged JPEG", "more codes than there can be"}));
  const std::string no_scan =
      rgb_file(true, 9, 9).substr(0, rgb_file(true, 9, 9).find("\xff\xda")) + "\xff\xd9\xff";
  CHECK(says(refusal(no_scan), {"damaged JPEG", "no scan"}));
  TemporaryFolder folder;
  CHECK(says(error_of([&] { read_image(folder / "none.png"); }), {"none.png", "cannot be opened"}));
  CHECK(says(error_of([&] { read_image(folder.path); }), {"is a folder, wanted a file"}));
  put_file(folder / "a.txt", grey_png(flat_image(2, 3, 9)));  // the name does not matter
  CHECK(read_image(folder / "a.txt").pixels == Bytes(6, 9));
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
