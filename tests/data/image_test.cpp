// Pictures from files: what is read and how it becomes grey, and files that are hostile.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "data/read_image.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace norma { inline namespace NORMA_BUILD { namespace {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

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

const std::string s0(1, '\0');  // a row's filter: none

TEST_CASE("image: every kind of PNG becomes grey bytes") {
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

TEST_CASE("image: JPEG and BMP, colours as grey") {
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

/// EXIF of two entries, the second its orientation: `type` is 1, 3 or 4, a BYTE, SHORT or LONG.
std::string exif(std::size_t orientation, int type, bool little) {
  auto number = [&](std::size_t n, int bytes) {
    std::string text = little_endian(n, bytes);
    return little ? text : std::string(text.rbegin(), text.rend());
  };
  const int size = type == 4 ? 4 : type == 3 ? 2 : 1;
  const std::string entry = number(0x0112, 2) + number(static_cast<std::size_t>(type), 2) + number(1, 4) +
                            number(orientation, size) + std::string(static_cast<std::size_t>(4 - size), '\0'),
                    other = number(0x010f, 2) + number(2, 2) + number(1, 4) + std::string(4, 'x');
  return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) + other + entry + number(0, 4);
}

/// A JPEG's segment APP1, of at most 64 KB.
std::string application_1(const std::string& data) {
  const std::string length = big_endian(data.size() + 2).substr(2);
  return "\xff\xe1" + length + data;
}

TEST_CASE(
    "image: a JPEG or PNG is turned upright as its EXIF says, whatever the type and order of its bytes") {
  // Quarters of 8 × 8, two rows of three: as stored 1 2 3 / 4 5 6; and what each orientation makes of that.
  const int shades[] = {20, 60, 100, 150, 200, 240};
  Image stored = flat_image(16, 24, 0);
  for (Index r = 0; r < 16; ++r)
    for (Index c = 0; c < 24; ++c)
      stored.pixels[static_cast<std::size_t>(r * 24 + c)] =
          static_cast<std::uint8_t>(shades[r / 8 * 3 + c / 8]);
  std::string jpeg;
  stbi_write_jpg_to_func(collect, &jpeg, 24, 16, 1, stored.pixels.data(), 95);
  const std::string png = grey_png(stored), jfif = "Exif\0\0"s;
  const std::size_t ihdr_end = 33, iend = png.size() - 12;
  const char* upright[] = {"123/456",  "321/654",  "654/321",  "456/123",
                           "14/25/36", "41/52/63", "63/52/41", "36/25/14"};
  auto seen = [&](const std::string& file) {
    const Image image = decode_image(file, "x");
    std::string quarters;
    for (Index r = 4; r < image.height; r += 8) {
      if (r > 4) quarters += '/';
      for (Index c = 4; c < image.width; c += 8)
        for (int k = 0; k < 6; ++k)
          if (std::abs(image.at(r, c) - shades[k]) < 15) quarters += static_cast<char>('1' + k);
    }
    return quarters;
  };
  auto with = [](std::string file, std::size_t at, const std::string& more) { return file.insert(at, more); };
  for (std::size_t orientation = 0; orientation <= 9; ++orientation)
    for (int type : {1, 3, 4})
      for (bool little : {true, false}) {
        const std::string tiff = exif(orientation, type, little);
        const std::string wanted = upright[orientation >= 1 && orientation <= 8 ? orientation - 1 : 0];
        CHECK(seen(with(jpeg, 2, application_1(jfif + tiff))) == wanted);
        CHECK(seen(with(png, ihdr_end, chunk("eXIf", tiff))) == wanted);
        CHECK(seen(with(png, iend, chunk("eXIf", tiff))) == wanted);             // behind the pixels
        CHECK(seen(with(png, ihdr_end, chunk("eXIf", jfif + tiff))) == wanted);  // as some writers have it
      }
  const std::string tiff = exif(6, 3, true);
  CHECK(seen(with(jpeg, 2, application_1("http://ns.adobe.com/xap/1.0/\0"s) + application_1(jfif + tiff))) ==
        upright[5]);
  CHECK(seen(with(png, ihdr_end, chunk("eXIf", exif(6, 2, true)))) ==
        upright[0]);  // a text is no orientation
  CHECK(seen(with(png, ihdr_end, chunk("eXIf", "XX" + tiff.substr(2)))) == upright[0]);  // no TIFF
  // However short it is, it is a picture.
  for (std::size_t n = 0; n < tiff.size(); ++n) {
    CHECK(refusal(with(jpeg, 2, application_1((jfif + tiff).substr(0, n)))) == "no error");
    CHECK(refusal(with(png, ihdr_end, chunk("eXIf", tiff.substr(0, n)))) == "no error");
  }
}

TEST_CASE("image: what stands between a JPEG's segments, and behind its end, is passed over") {
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

TEST_CASE("image: a file cut short anywhere is refused") {
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
  // A pixel whose data inflate to 400 MB
  CHECK(says(refusal(Png{1, 1, 8, 0, std::string(400'000'000, '\0')}.file()), {"x.png: damaged PNG"}));
}

TEST_CASE("image: what is no picture, or none that is read, is named") {
  CHECK(says(refusal("hello, I am a text"), {"x.png", "no picture", "PNG, JPEG, BMP, PBM, PGM or PPM"}));
  CHECK(says(refusal("GIF89a\1\0\1\0"), {"no picture"}));
  CHECK(says(refusal("P7\nWIDTH 1\n"), {"no picture"}));
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
}}  // namespace norma
