// How a camera was held, as EXIF says it.
#include "data/exif.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/read_image.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/rgb_file.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_exif_test {

using namespace std::string_literals;

std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.png"); });
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

TEST_CASE("a JPEG or PNG is turned upright as its EXIF says, whatever the type and order of its bytes") {
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

}  // namespace data_exif_test
}}  // namespace norma
