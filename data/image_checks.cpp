#include "data/image_checks.h"

#include <zlib.h>

#include <optional>

#include "data/image_bytes.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// A define-Huffman-tables segment, bytes [at, end): class and place, 16 counts of codes by length, that many
/// symbols.
void check_huffman_tables(const ImageBytes& file, std::size_t at, std::size_t end) {
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
  const ImageBytes file{bytes, where};
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

ImageSize check_jpeg(std::string_view bytes, const std::string& where, std::string& segments) {
  const ImageBytes file{bytes, where};
  std::optional<ImageSize> frame;
  bool scan = false;
  // Whether a marker begins there: 0xff, and behind it neither another one nor a 0, which makes it a value of
  // a scan.
  auto marker_at = [&](std::size_t at) {
    return file.byte(at) == 0xff && file.byte(at + 1) != 0xff && file.byte(at + 1) != 0;
  };
  auto restart = [](std::size_t marker) { return (marker & 0xf8) == 0xd0; };
  segments = bytes.substr(0, 2);
  for (std::size_t at = 2;;) {
    while (!marker_at(at)) ++at;
    const std::size_t marker = file.byte(at + 1), begin = at;
    at += 2;
    if (marker == 0x01 || restart(marker)) continue;  // these have no segment
    if (marker == 0xd9) {                             // end of image
      check(frame.has_value() && scan, where, ": damaged JPEG: it has no ", frame ? "scan" : "frame");
      segments += bytes.substr(begin, 2);
      return *frame;
    }
    check(marker >= 0xc0 && marker != 0xd8, where, ": damaged JPEG: marker ", marker, " at byte ", begin + 1);
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
    if (marker == 0xda) {  // start of scan: its data continue to the next marker that is not a restart
      check(frame.has_value(), where, ": damaged JPEG: a scan before its frame");
      scan = true;
      while (!marker_at(at) || restart(file.byte(at + 1))) ++at;
    }
    segments += bytes.substr(begin, at - begin);
  }
}

void check_image_size(Index height, Index width, const std::string& where) {
  constexpr Index most = 64'000'000;
  check(height >= 1 && width >= 1, where, ": a picture of ", width, "×", height, ": it has no pixel");
  check(height <= most / width, where, ": a picture of ", width, "×", height,
        ", at most 64 million pixels are read");
}

}}  // namespace norma
