#include <algorithm>
#include <bit>

#include "data/image_bytes.h"
#include "data/image_checks.h"
#include "data/image_formats.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr std::size_t file_header = 14;  // "BM", the file's size, 4 bytes unused, where the rows begin

/// Which bits of a pixel are a colour.
struct Mask {
  std::size_t bits;

  unsigned operator()(std::size_t pixel) const {
    const int shift = std::countr_zero(bits);
    return to_byte((pixel & bits) >> shift, bits >> shift);
  }
};

/// The colours of a palette of blue, green, red and, except in OS/2, an unused byte: as many as are declared,
/// or as the bits allow, and as there is room for before the rows.
std::vector<Pixel> read_palette(const ImageBytes& file, bool os2, std::size_t bits, std::size_t begin,
                                std::size_t rows) {
  const std::size_t used = os2 ? 0 : file.little32(46), all = std::size_t{1} << bits, entry = os2 ? 3 : 4;
  const std::size_t colours = std::min({used == 0 ? all : used, all, (rows - begin) / entry});
  std::vector<Pixel> palette;
  for (std::size_t i = 0; i < colours; ++i) {
    const std::size_t at = begin + i * entry;
    palette.push_back({file.byte(at + 2), file.byte(at + 1), file.byte(at)});
  }
  return palette;
}

/// The colours of all pixels from run lengths, in the order of the file: a count and a value, or 0 and the
/// end of a row (0), the end of all (1), a step right and up (2), or so many values one by one, filled up to
/// two bytes. With 4 bits a value is two, which take turns. What is stepped over has colour 0.
std::vector<std::uint8_t> read_runs(const ImageBytes& file, std::size_t at, std::size_t width,
                                    std::size_t rows, std::size_t bits) {
  std::vector<std::uint8_t> colours(width * rows);
  std::size_t row = 0, column = 0;
  auto put = [&](std::uint8_t byte, std::size_t k) {
    check(row < rows, file.where, ": damaged BMP: a run past its last row");
    if (column >= width) return;  // some writers fill up the row
    colours[row * width + column++] = static_cast<std::uint8_t>(bits == 8    ? byte
                                                                : k % 2 == 0 ? byte >> 4
                                                                             : byte & 15);
  };
  while (true) {
    const std::size_t count = file.byte(at);
    const std::uint8_t value = file.byte(at + 1);
    at += 2;
    if (count > 0) {
      for (std::size_t k = 0; k < count; ++k) put(value, k);
    } else if (value == 0) {
      ++row, column = 0;
    } else if (value == 1) {
      return colours;
    } else if (value == 2) {
      column += file.byte(at), row += file.byte(at + 1);
      at += 2;
    } else {
      for (std::size_t k = 0; k < value; ++k) put(file.byte(at + k * bits / 8), k);
      at += (value * bits + 15) / 16 * 2;
    }
  }
}

// What stands before the rows.
struct Header {
  std::size_t size, bits, compression, width, rows, row_bytes;
  std::size_t begin, first;  // of the palette, of the rows
  bool os2, from_top, runs;

  // Where the row of pixel i stands in the file's order.
  std::size_t row_of(std::size_t i) const { return from_top ? i / width : rows - 1 - i / width; }
};

Header read_header(const ImageBytes& file) {
  const std::string& where = file.where;
  Header h{};
  h.first = file.little32(10), h.size = file.little32(14);
  h.os2 = h.size == 12;
  check(h.os2 || (h.size >= 40 && h.size <= 124), where,
        ": expected a BMP with a header of 12 or 40 to 124 bytes, got ", h.size);
  h.width = h.os2 ? file.little16(18) : file.little32(18);
  const Index height =
      h.os2 ? static_cast<Index>(file.little16(20)) : static_cast<std::int32_t>(file.little32(22));
  h.bits = file.little16(h.os2 ? 24 : 28), h.compression = h.os2 ? 0 : file.little32(30);
  h.from_top = height < 0;
  h.rows = h.from_top ? -height : height;
  check_image_size(h.rows, h.width, where);
  const bool palette = h.bits == 1 || h.bits == 2 || h.bits == 4 || h.bits == 8,
             masks = h.bits == 16 || h.bits == 32;
  check(palette || masks || h.bits == 24, where, ": expected a BMP of 1, 2, 4, 8, 16, 24 or 32 bits, got ",
        h.bits);
  h.runs = (h.compression == 1 && h.bits == 8) || (h.compression == 2 && h.bits == 4);
  check(h.compression == 0 || (h.compression == 3 && masks) || h.runs, where, ": expected a BMP of ", h.bits,
        " bits without compression or with run lengths, got compression ", h.compression);
  h.begin = file_header + h.size + (h.compression == 3 && h.size == 40 ? 12 : 0);
  check(h.first >= h.begin && h.first <= file.bytes.size(), where,
        ": damaged BMP: its rows are said to begin at byte ", h.first);
  h.row_bytes = (h.width * h.bits + 31) / 32 * 4;
  if (!h.runs && h.first + h.row_bytes * h.rows > file.bytes.size()) file.cut_short();
  return h;
}

Image decode_palette(const ImageBytes& file, const Header& h, Colour as) {
  const std::vector<Pixel> palette = read_palette(file, h.os2, h.bits, h.begin, h.first);
  std::vector<std::uint8_t> expanded;
  if (h.runs) expanded = read_runs(file, h.first, h.width, h.rows, h.bits);
  return make_image(h.rows, h.width, as, [&](std::size_t i) {
    const std::size_t bit = i % h.width * h.bits;
    const std::size_t colour =
        h.runs ? expanded[h.row_of(i) * h.width + i % h.width]
               : file.byte(h.first + h.row_of(i) * h.row_bytes + bit / 8) >> (8 - h.bits - bit % 8) &
                     ((std::size_t{1} << h.bits) - 1);
    check(colour < palette.size(), file.where, ": damaged BMP: pixel ", i, " has colour ", colour,
          ", but its palette holds ", palette.size());
    return palette[colour];
  });
}

Image decode_colours(const ImageBytes& file, const Header& h, Colour as) {
  Mask red{h.bits == 16 ? 0x7c00u : 0xff0000u}, green{h.bits == 16 ? 0x3e0u : 0xff00u},
      blue{h.bits == 16 ? 0x1fu : 0xffu}, alpha{h.bits == 32 ? 0xff000000u : 0};
  if (h.compression == 3) {
    red.bits = file.little32(54), green.bits = file.little32(58), blue.bits = file.little32(62);
    alpha.bits = h.size >= 56 ? file.little32(66) : 0;
    check(red.bits && green.bits && blue.bits, file.where, ": damaged BMP: a mask of no bits");
  }
  const auto pixel_at = [&](std::size_t i) {
    const std::size_t at = h.first + h.row_of(i) * h.row_bytes + i % h.width * (h.bits / 8);
    return h.bits == 32   ? file.little32(at)
           : h.bits == 24 ? file.little16(at) | std::size_t{file.byte(at + 2)} << 16
                          : file.little16(at);
  };
  // If every alpha is 0, nobody has set it.
  bool transparent = false;
  for (std::size_t i = 0; alpha.bits && !transparent && i < h.rows * h.width; ++i)
    transparent = (pixel_at(i) & alpha.bits) != 0;
  return make_image(h.rows, h.width, as, [&](std::size_t i) {
    const std::size_t p = pixel_at(i);
    return Pixel{red(p), green(p), blue(p), transparent ? alpha(p) : 255};
  });
}

}  // namespace

Image decode_bmp(std::string_view bytes, const std::string& where, Colour colour) {
  const ImageBytes file{bytes, where};
  const Header header = read_header(file);
  return header.bits <= 8 ? decode_palette(file, header, colour) : decode_colours(file, header, colour);
}

}}  // namespace norma
