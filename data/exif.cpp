#include "data/exif.h"

namespace norma::inline NORMA_BUILD {
namespace {

std::size_t byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}

/// An EXIF segment is a TIFF file: byte order, where its directory begins, and there 12 bytes an entry: tag, type, count,
/// value. Past its end all is 0, which is no tag that matters.
int tiff_orientation(std::string_view tiff) {
  const bool little = tiff.starts_with("II");
  auto number16 = [&](std::size_t at) {
    return little ? byte(tiff, at + 1) << 8 | byte(tiff, at) : byte(tiff, at) << 8 | byte(tiff, at + 1);
  };
  auto number32 = [&](std::size_t at) {
    return little ? number16(at + 2) << 16 | number16(at) : number16(at) << 16 | number16(at + 2);
  };
  constexpr std::size_t orientation = 0x0112;
  const std::size_t directory = number32(4), entries = number16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (number16(entry) != orientation) continue;
    const std::size_t value = number16(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view jpeg) {
  using namespace std::string_view_literals;
  constexpr std::size_t start_of_scan = 0xda, application_1 = 0xe1;
  for (std::size_t at = 2;
       at < jpeg.size();) {  // a marker's 0xff, more of them, the marker, the segment's length
    while (byte(jpeg, at) == 0xff) ++at;
    const std::size_t marker = byte(jpeg, at), length = byte(jpeg, at + 1) << 8 | byte(jpeg, at + 2);
    if (marker == start_of_scan || at >= jpeg.size()) return 1;
    const std::string_view segment = jpeg.substr(at + 1, length);
    constexpr std::string_view exif = "Exif\0\0"sv;
    if (marker == application_1 && segment.substr(2).starts_with(exif))
      return tiff_orientation(segment.substr(2 + exif.size()));
    at += 1 + length;
  }
  return 1;
}

Image upright(Image stored, int orientation) {
  if (orientation == 1) return stored;
  const int o = orientation;
  const bool swapped = o >= 5, rows_back = o == 3 || o == 4 || o == 6 || o == 7,
             columns_back = o == 2 || o == 3 || o == 7 || o == 8;
  Image image{.height = swapped ? stored.width : stored.height,
              .width = swapped ? stored.height : stored.width,
              .pixels = {}};
  image.pixels.reserve(stored.pixels.size());
  for (Index r = 0; r < image.height; ++r)
    for (Index c = 0; c < image.width; ++c) {
      const Index row = swapped ? c : r, column = swapped ? r : c;
      image.pixels.push_back(stored.at(rows_back ? stored.height - 1 - row : row,
                                       columns_back ? stored.width - 1 - column : column));
    }
  return image;
}

}  // namespace norma::inline NORMA_BUILD
