#include "data/image_checks.h"

#include <zlib.h>

#include <cstdint>
#include <optional>

#include "core/error.h"

namespace norma::inline NORMA_BUILD {
namespace {

/// The bytes of a file, with numbers out of them; Error past the end.
struct Reader {
  std::string_view bytes;
  const std::string& where;

  [[noreturn]] void cut_short() const {
    fail(where, ": is cut short: it goes on after its ", bytes.size(), " bytes");
  }
  std::uint8_t byte(std::size_t at) const {
    if (at >= bytes.size()) cut_short();
    return static_cast<std::uint8_t>(bytes[at]);
  }
  std::size_t big16(std::size_t at) const { return std::size_t{byte(at)} << 8 | byte(at + 1); }
  std::size_t big32(std::size_t at) const { return big16(at) << 16 | big16(at + 2); }
  std::size_t little16(std::size_t at) const { return std::size_t{byte(at + 1)} << 8 | byte(at); }
  std::size_t little32(std::size_t at) const { return little16(at + 2) << 16 | little16(at); }
};

/// A define-Huffman-tables segment, bytes [at, end): class and place, 16 counts of codes by length, that many symbols.
void check_huffman_tables(const Reader& file, std::size_t at, std::size_t end) {
  while (at < end) {
    check(end - at >= 17, file.where, ": damaged JPEG: a Huffman table is cut short");
    std::size_t symbols = 0, room = 1;  // codes of this length that are free
    for (std::size_t length = 1; length <= 16; ++length) {
      const std::size_t codes = file.byte(at + length);
      room *= 2;
      check(codes <= room, file.where, ": damaged JPEG: a Huffman table has more codes than there can be");
      room -= codes;
      symbols += codes;
    }
    check(symbols <= 256 && symbols <= end - at - 17, file.where, ": damaged JPEG: a Huffman table of ",
          symbols, " symbols");
    at += 17 + symbols;
  }
}

}  // namespace

ImageSize check_png(std::string_view bytes, const std::string& where) {
  const Reader file{bytes, where};
  std::string_view type;
  for (std::size_t at = 8; type != "IEND";) {  // length, type, data, checksum of type and data
    const std::size_t length = file.big32(at);
    if (length > bytes.size() || at + 12 + length > bytes.size()) file.cut_short();
    check(at > 8 || bytes.substr(at + 4, 4) == "IHDR", where, ": damaged PNG: it does not begin with IHDR");
    type = bytes.substr(at + 4, 4);
    const auto* data = reinterpret_cast<const Bytef*>(type.data());
    check(crc32_z(crc32_z(0, nullptr, 0), data, 4 + length) == file.big32(at + 8 + length), where,
          ": damaged PNG: the checksum of its chunk at byte ", at, " is wrong");
    at += 12 + length;
  }
  const ImageSize size{.height = static_cast<Index>(file.big32(20)),
                       .width = static_cast<Index>(file.big32(16))};
  check_image_size(size.height, size.width, where);
  return size;
}

ImageSize check_jpeg(std::string_view bytes, const std::string& where) {
  const Reader file{bytes, where};
  std::optional<ImageSize> frame;
  bool scan = false;
  for (std::size_t at = 2;;) {
    check(file.byte(at) == 0xff, where, ": damaged JPEG: no marker at byte ", at);
    while (file.byte(at) == 0xff) ++at;  // any number of them may stand before a marker
    const int marker = file.byte(at++);
    if (marker == 0xd9) {  // end of image
      check(frame.has_value() && scan, where, ": damaged JPEG: it has no ", frame ? "scan" : "frame");
      return *frame;
    }
    check(marker >= 0xc0 && (marker < 0xd0 || marker > 0xd8), where, ": damaged JPEG: marker ", marker,
          " at byte ", at - 1);
    const std::size_t length = file.big16(at), end = at + length;
    check(length >= 2, where, ": damaged JPEG: a segment of ", length, " bytes");
    if (end > bytes.size()) file.cut_short();
    if (marker == 0xc4) check_huffman_tables(file, at + 2, end);
    if (marker == 0xc0 || marker == 0xc1 || marker == 0xc2) {
      check(!frame, where, ": damaged JPEG: two frames");
      frame = {static_cast<Index>(file.big16(at + 3)), static_cast<Index>(file.big16(at + 5))};
      check_image_size(frame->height, frame->width, where);
    }
    at = end;
    if (marker == 0xda) {  // start of scan: its data go on to the next marker that is no restart
      check(frame.has_value(), where, ": damaged JPEG: a scan before its frame");
      scan = true;
      while (file.byte(at) != 0xff || file.byte(at + 1) == 0 || (file.byte(at + 1) & 0xf8) == 0xd0) ++at;
    }
  }
}

ImageSize check_bmp(std::string_view bytes, const std::string& where) {
  const Reader file{bytes, where};
  const std::size_t pixels = file.little32(10), header = file.little32(14);
  check(header >= 40 && header <= 124, where, ": a BMP with a header of ", header,
        " bytes, 40 to 124 wanted");
  const std::size_t width = file.little32(18), bits = file.little16(28), compression = file.little32(30);
  auto height = static_cast<std::int32_t>(file.little32(22));  // below 0: from the top down
  const Index rows = height < 0 ? -Index{height} : height;
  check_image_size(rows, static_cast<Index>(width), where);
  const bool palette = bits == 1 || bits == 4 || bits == 8;
  check(palette || bits == 24 || bits == 32, where, ": a BMP of ", bits, " bits, 1, 4, 8, 24 or 32 wanted");
  check(compression == 0 || (compression == 3 && bits == 32), where, ": a BMP with compression ", compression,
        ", none wanted");
  const std::size_t colours = palette ? (std::size_t{1} << bits) * 4 : 0;
  check(pixels >= 14 + header + colours && pixels <= bytes.size(), where,
        ": damaged BMP: its rows are said to begin at byte ", pixels,
        palette ? "; a whole palette is wanted before" : "");
  if (pixels + (width * bits + 31) / 32 * 4 * static_cast<std::size_t>(rows) > bytes.size()) file.cut_short();
  return {rows, static_cast<Index>(width)};
}

void check_image_size(Index height, Index width, const std::string& where) {
  constexpr Index most = 64'000'000;
  check(height >= 1 && width >= 1, where, ": a picture of ", width, "×", height, ": it has no pixel");
  check(height <= most / width, where, ": a picture of ", width, "×", height,
        ", at most 64 million pixels are read");
}

}  // namespace norma::inline NORMA_BUILD
