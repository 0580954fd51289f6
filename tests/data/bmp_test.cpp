// BMP: every kind that is read, and what is refused.
#include <doctest/doctest.h>

#include "data/read_image.h"
#include "tests/support/damaged.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_bmp_test {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

Bytes pixels(const std::string& file) { return decode_image(file, "x").pixels; }

/// A BMP file: rows as they are stored, each filled up to four bytes.
struct Bmp {
  std::size_t width, height, bits;
  std::string rows, palette = "";
  std::size_t used = 0;  // colours of the palette; 0: not said
  bool os2 = false;
  std::size_t compression = 0;
  std::string masks = "";  // behind the first 40 bytes of the header
  std::size_t header = 40;

  std::string file() const {
    const std::size_t length = os2 ? 12 : header,
                      begin = 14 + std::max(length, os2 ? 0 : 40 + masks.size()) + palette.size();
    const int side = os2 ? 2 : 4;
    std::string text = "BM" + little_endian(begin + rows.size(), 4) + std::string(4, '\0') +
                       little_endian(begin, 4) + little_endian(length, 4) + little_endian(width, side) +
                       little_endian(height, side) + little_endian(1, 2) + little_endian(bits, 2);
    if (!os2)
      text += little_endian(compression, 4) + std::string(12, '\0') + little_endian(used, 4) +
              std::string(4, '\0') + masks;
    text.resize(begin - palette.size(), '\0');
    return text + palette + rows;
  }
};

/// A palette of greys, four bytes each, or three.
std::string greys(const Bytes& values, bool os2 = false) {
  std::string text;
  for (std::uint8_t v : values) text += std::string(3, static_cast<char>(v)) + (os2 ? "" : "\0"s);
  return text;
}

TEST_CASE("1, 2, 4 and 8 bits by a palette, whole or as short as its colours, of Windows or OS/2") {
  const std::string rows8 = "\0\1\2\0"s + "\2\1\0\0"s, rows4 = "\x01\x20\0\0"s + "\x21\0\0\0"s,
                    rows2 = "\x18\0\0\0"s + "\x90\0\0\0"s, rows1 = "\x40\0\0\0"s + "\xa0\0\0\0"s;
  const Bytes three = {10, 90, 200}, wanted = {200, 90, 10, 10, 90, 200};  // the last row comes first
  for (bool os2 : {false, true})
    for (std::size_t used : {0u, 3u}) {
      Bytes all = three;
      CHECK(pixels(Bmp{3, 2, 8, rows8, greys(all, os2), used, os2}.file()) == wanted);
      CHECK(pixels(Bmp{3, 2, 4, rows4, greys(all, os2), used, os2}.file()) == wanted);
      CHECK(pixels(Bmp{3, 2, 2, rows2, greys(all, os2), used, os2}.file()) == wanted);
      all.resize(256);
      CHECK(pixels(Bmp{3, 2, 8, rows8, greys(all, os2), used, os2}.file()) == wanted);
      all.resize(16);
      CHECK(pixels(Bmp{3, 2, 4, rows4, greys(all, os2), used, os2}.file()) == wanted);
      CHECK(pixels(Bmp{3, 2, 1, rows1, greys({10, 90}, os2), 0, os2}.file()) ==
            Bytes{90, 10, 90, 10, 90, 10});
    }
  // A picture of one colour needs a palette of one.
  CHECK(pixels(Bmp{2, 1, 1, std::string(4, '\0'), greys({70}), 1}.file()) == Bytes{70, 70});
  // More colours than the bits can name are there, but never named; other bytes may stand before the rows.
  CHECK(pixels(Bmp{3, 2, 4, rows4, greys(Bytes(40, 7)), 40}.file()) == Bytes(6, 7));
  // From the top down; and headers of other lengths.
  CHECK(pixels(Bmp{3, std::size_t{0} - 2, 8, rows8, greys(three), 3}.file()) ==
        Bytes{10, 90, 200, 200, 90, 10});
  for (std::size_t header : {52u, 56u, 64u, 108u, 124u})
    CHECK(pixels(Bmp{3, 2, 8, rows8, greys(three), 3, false, 0, "", header}.file()) == wanted);
}

std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.bmp"); });
}

TEST_CASE("run lengths of 8 and 4 bits") {
  // Runs, values one by one filled up to two bytes, the end of a row, a step, the end of all.
  const std::string runs8 = "\x02\x01\0\x03\2\0\1\0\0\0\1\2\0\2\2\1\2\1\0\1"s,
                    runs4 = "\x03\x12\0\3\x20\x10\0\0\1\x20\0\2\2\1\2\x10\0\1"s;
  const Bytes palette = {10, 90, 200};
  CHECK(pixels(Bmp{5, 3, 8, runs8, greys(palette), 3, false, 1}.file()) ==
        Bytes{10, 10, 10, 90, 90, 200, 10, 10, 10, 10, 90, 90, 200, 10, 90});
  CHECK(pixels(Bmp{6, 3, 4, runs4, greys(palette), 3, false, 2}.file()) ==
        Bytes{10, 10, 10, 90, 10, 10, 200, 10, 10, 10, 10, 10, 90, 200, 90, 200, 10, 90});
  CHECK(pixels(Bmp{5, 1, 8, "\x08\1\0\1"s, greys(palette), 3, false, 1}.file()) ==
        Bytes(5, 90));  // filled up
  CHECK(says(refusal(Bmp{5, 1, 8, "\0\0\1\0\0\1"s, greys(palette), 3, false, 1}.file()),
             {"damaged BMP: a run past its last row"}));
  CHECK(
      says(refusal(Bmp{5, 1, 8, "\5\3\0\1"s, greys(palette), 3, false, 1}.file()), {"its palette holds 3"}));
  CHECK(says(refusal(Bmp{5, 1, 8, "\5\2\0\0"s, greys(palette), 3, false, 1}.file()), {"is cut short"}));
}

TEST_CASE("16, 24 and 32 bits, with masks or without, each channel rounded to 8 bits") {
  CHECK(pixels(Bmp{1, 1, 24, "\x50\x50\x50\0"s}.file()) == Bytes{80});
  CHECK(pixels(Bmp{1, 1, 24, "\xff\0\0\0"s, "", 0, true}.file()) == Bytes{29});  // blue; OS/2
  CHECK(pixels(Bmp{2, 1, 16, "\xff\x7f\x42\x08"s}.file()) == Bytes{255, 16});    // 2 of 31
  const std::string r5g6b5 = little_endian(0xf800, 4) + little_endian(0x07e0, 4) + little_endian(0x1f, 4);
  CHECK(pixels(Bmp{2, 1, 16, "\0\xf8\xe0\x07"s, "", 0, false, 3, r5g6b5}.file()) == Bytes{77, 149});
  const std::string ten = little_endian(0x3ff00000, 4) + little_endian(0xffc00, 4) + little_endian(0x3ff, 4);
  CHECK(
      pixels(Bmp{1, 1, 32, little_endian(514u << 20 | 514u << 10 | 514u, 4), "", 0, false, 3, ten}.file()) ==
      Bytes{128});
  // Alpha, over white; if all of it is 0 nobody has set it.
  CHECK(pixels(Bmp{2, 1, 32, "\x50\x50\x50\0\x50\x50\x50\xff"s}.file()) == Bytes{255, 80});
  CHECK(pixels(Bmp{2, 1, 32, "\x50\x50\x50\0\x51\x51\x51\0"s}.file()) == Bytes{80, 81});
  const std::string rgba = little_endian(0xff, 4) + little_endian(0xff00, 4) + little_endian(0xff0000, 4);
  CHECK(pixels(Bmp{1, 1, 32, "\xff\0\0\x80"s, "", 0, false, 3, rgba}.file()) == Bytes{77});
  CHECK(pixels(Bmp{1, 1, 32, "\xff\xff\xff\0"s + "\0\0\0\xff", "", 0, false, 3,
                   rgba + little_endian(0xff000000, 4), 56}
                   .file()) == Bytes{255});
}

TEST_CASE("what is damaged or not read is named") {
  const std::string rows = "\0\1\2\0"s;
  CHECK(says(refusal(Bmp{3, 1, 8, rows, greys({1, 2}), 2}.file()),
             {"x.bmp: damaged BMP: pixel 2 has colour 2, but its palette holds 2"}));
  CHECK(says(refusal(Bmp{3, 1, 8, rows, greys({1, 2, 3}), 2}.file()),
             {"its palette holds 2"}));  // three are there
  CHECK(says(refusal(Bmp{3, 1, 8, rows}.file()), {"its palette holds 0"}));
  CHECK(says(refusal(Bmp{3, 1, 8, rows, greys({1, 2, 3}), 3, false, 2}.file()),
             {"expected a BMP of 8 bits without compression or with run lengths, got compression 2"}));
  CHECK(says(refusal(Bmp{3, 1, 3, rows}.file()), {"expected a BMP of 1, 2, 4, 8, 16, 24 or 32 bits, got 3"}));
  CHECK(says(refusal(Bmp{3, 1, 8, rows, "", 0, false, 0, "", 39}.file()), {"12 or 40 to 124 bytes, got 39"}));
  CHECK(says(refusal(Bmp{1, 1, 32, rows, "", 0, false, 3, std::string(12, '\0')}.file()),
             {"a mask of no bits"}));
  CHECK(says(refusal(Bmp{0x7fff'ffff, 0x8000'0000, 8, ""}.file()), {"64 million"}));
  CHECK(says(refusal(Bmp{8001, 8000, 8, "", "", 0, true}.file()), {"8001×8000", "64 million"}));
  std::string inside = Bmp{3, 1, 8, rows, greys({1, 2, 3}), 3}.file();
  inside[10] = 53;
  CHECK(says(refusal(inside), {"its rows are said to begin at byte 53"}));
}

TEST_CASE("a file cut short anywhere is refused, a changed one read or refused") {
  check_cut_and_changed(Bmp{3, 2, 8, "\0\1\2\0\2\1\0\0"s, greys({10, 90, 200}), 3}.file());
  check_cut_and_changed(Bmp{3, 2, 4, "\x01\x20\0\0\x21\0\0\0"s, greys({1, 2, 3}, true), 0, true}.file());
  check_cut_and_changed(Bmp{2, 1, 32, "12345678", "", 0, false, 3, std::string(16, '\7'), 56}.file());
}

}  // namespace data_bmp_test
}}  // namespace norma
