#include <algorithm>
#include <cctype>
#include <charconv>

#include "data/image_bytes.h"
#include "data/image_checks.h"
#include "data/image_formats.h"

namespace norma { inline namespace NORMA_BUILD {

Image decode_pnm(std::string_view bytes, const std::string& where, Colour colour) {
  const ImageBytes file{bytes, where};
  const int kind = bytes[1] - '0';
  const bool plain = kind <= 3, bitmap = kind % 3 == 1;
  const std::size_t channels = kind % 3 == 0 ? 3 : 1;
  std::size_t at = 2;
  auto skip_blanks = [&] {
    while (at < bytes.size() && (std::isspace(static_cast<unsigned char>(bytes[at])) || bytes[at] == '#'))
      at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
  };
  auto number = [&] {
    skip_blanks();
    if (at >= bytes.size()) file.cut_short();
    Index n = 0;
    const auto [end, error] = std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), n);
    check(error == std::errc() && n >= 0, where, ": damaged PBM, PGM or PPM: no number at byte ", at);
    at = static_cast<std::size_t>(end - bytes.data());
    return n;
  };
  const Index width = number(), height = number(), most = bitmap ? 1 : number();
  check_image_size(height, width, where);
  check(most >= 1 && most <= 65535, where, ": damaged PGM or PPM: ", most, " as its greatest value");
  const auto greatest = static_cast<std::size_t>(most), row = static_cast<std::size_t>(width),
             values = static_cast<std::size_t>(height) * row * channels;
  ++at;                                                                        // one blank, whatever follows
  const std::size_t wide = greatest > 255 ? 2 : 1, row_bytes = (row + 7) / 8,  // eight pixels per byte
      needed = plain && bitmap ? values
               : plain         ? 2 * values - 1  // a digit each, and a blank between two
               : bitmap        ? static_cast<std::size_t>(height) * row_bytes
                               : values * wide;
  if (at + needed > bytes.size()) file.cut_short();

  // The i-th value; plain ones are read in their order.
  auto value = [&](std::size_t i) -> unsigned {
    if (plain && bitmap) {  // digits, with or without blanks between
      skip_blanks();
      const std::uint8_t digit = file.byte(at++);
      check(digit == '0' || digit == '1', where, ": damaged PBM: neither 0 nor 1 at byte ", at - 1);
      return digit == '1' ? 0 : 255;  // 1 is black
    }
    if (bitmap) return file.byte(at + i / row * row_bytes + i % row / 8) >> (7 - i % row % 8) & 1 ? 0 : 255;
    const std::size_t v = plain       ? static_cast<std::size_t>(number())
                          : wide == 1 ? file.byte(at + i)
                                      : file.big16(at + 2 * i);
    return to_byte(std::min(v, greatest), greatest);
  };
  return make_image(height, width, colour, [&](std::size_t i) {
    const unsigned first = value(channels * i);
    if (channels == 1) return Pixel{first, first, first};
    const unsigned green = value(3 * i + 1), blue = value(3 * i + 2);
    return Pixel{first, green, blue};
  });
}

}}  // namespace norma
