// Pictures, as they are and, if it is a PNG, with the checksums that a fuzzer does not hit upon.
#include <zlib.h>

#include <cstring>

#include "data/digit_image.h"
#include "data/image_checks.h"
#include "data/read_image.h"
#include "tests/fuzz/targets.h"
#include "tests/support/pictures.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Few bytes may be a picture of 64 million pixels, which is right, and slow.
bool is_small(std::string_view bytes) {
  ImageSize size{1, 1};
  auto little = [&](std::size_t at) {
    std::int32_t n;
    std::memcpy(&n, bytes.data() + at, sizeof n);
    return Index{n};
  };
  taken([&] {
    std::string segments;
    size = bytes.starts_with("\x89PNG")    ? check_png(bytes, "it")
           : bytes.starts_with("\xff\xd8") ? check_jpeg(bytes, "it", segments)
           : bytes.starts_with("BM") && bytes.size() > 26
               ? ImageSize{std::abs(little(22)), std::abs(little(18))}  // with run lengths
               : size;
  });
  return size.height * size.width <= 1 << 14;
}

bool take_picture(std::string_view bytes) {
  if (!is_small(bytes)) return false;
  return taken([&] {
    const Image image = decode_image(bytes, "it");
    must(image.height >= 1 && image.width >= 1 &&
             image.pixels.size() == static_cast<std::size_t>(image.height * image.width),
         "one byte per pixel");
    const Image colour = decode_image(bytes, "it", Colour::automatic);
    must(colour.coloured == (colour.channels == 3) &&
             colour.pixels.size() == image.pixels.size() * static_cast<std::size_t>(colour.channels),
         "three if there are colours");
    taken([&] {
      const Image digit = prepare_digit(image, 28, 28, "it");
      must(digit.pixels.size() == 28 * 28, "of the size that was asked for");
    });
  });
}

// Each chunk of a PNG with its right checksum, as far as there are whole ones.
std::string with_checksums(std::string png) {
  auto byte = [&](std::size_t at) { return std::size_t{static_cast<std::uint8_t>(png[at])}; };
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    if (length > png.size() - at - 12) break;
    const auto* data = reinterpret_cast<const Bytef*>(png.data() + at + 4);
    png.replace(at + 8 + length, 4, big_endian(crc32(0, data, static_cast<uInt>(length + 4))));
    at += 12 + length;
  }
  return png;
}

bool take(std::string_view bytes) {
  const bool as_it_is = take_picture(bytes);
  return (bytes.starts_with("\x89PNG") && take_picture(with_checksums(std::string(bytes)))) || as_it_is;
}

std::vector<std::string> seeds() {
  const std::string s0(1, '\0'), palette = chunk("PLTE", std::string("\0\0\0\xff\xff\xff\x80\x80\x80", 9));
  return {grey_png(flat_image(5, 4, 200)),
          Png{4, 1, 1, 0, s0 + "\xa0"}.file(),
          Png{2, 1, 16, 0, s0 + "\x12\x34\xff\xff"}.file(),
          Png{3, 1, 8, 3, s0 + "\1\2" + s0, palette + chunk("tRNS", s0)}.file(),
          Png{2, 2, 8, 6, s0 + "abcd" + "\4efgh" + s0 + "ijklmnop", "", true}.file(),
          "P5\n# a comment\n3 1\n255\n" + std::string("\0\x07\xff", 3),
          "P6 2 1 65535\n0123456789AB",
          "P4 10 2\nabcd",
          "P1 3 2\n1 0 1\n010",
          "P2\n2 1 # a comment\n15\n7 12\n",
          "P3 1 1 255\n1 2 3"};
}

}  // namespace

const FuzzTarget fuzz_image{"image", take, seeds};

}}  // namespace norma
