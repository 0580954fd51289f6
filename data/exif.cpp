#include "data/exif.h"

#include <algorithm>

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::size_t byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}

/// The lowest of n bytes, where the value of an entry stands; which end is low, `little` says. 0 past the
/// end.
std::size_t number(std::string_view bytes, std::size_t at, int n, bool little) {
  std::size_t value = 0;
  for (int i = 0; i < n; ++i)
    value = value << 8 | byte(bytes, at + static_cast<std::size_t>(little ? n - 1 - i : i));
  return value;
}

/// EXIF is a TIFF file: byte order, where its directory begins, and there 12 bytes per entry: tag, type,
/// count, value. Past its end all is 0, which is no tag that matters.
int tiff_orientation(std::string_view tiff) {
  if (tiff.starts_with("Exif"))
    tiff.remove_prefix(std::min<std::size_t>(tiff.size(), 6));  // two bytes follow it
  const bool little = tiff.starts_with("II");
  if (!little && !tiff.starts_with("MM")) return 1;
  constexpr std::size_t orientation = 0x0112;
  constexpr int bytes_of[] = {0, 1, 0, 2, 4,
                              0, 1, 0, 2, 4};  // by type: BYTE, SHORT, LONG, and the same with a sign
  const std::size_t directory = number(tiff, 4, 4, little), entries = number(tiff, directory, 2, little);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i, type = number(tiff, entry + 2, 2, little);
    if (number(tiff, entry, 2, little) != orientation) continue;
    const std::size_t value =
        number(tiff, entry + 8, type < std::size(bytes_of) ? bytes_of[type] : 0, little);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int jpeg_orientation(std::string_view jpeg) {
  constexpr std::size_t start_of_scan = 0xda, application_1 = 0xe1;
  for (std::size_t at = 2; at < jpeg.size();) {  // 0xff, the marker, the segment's length, its bytes
    const std::size_t marker = byte(jpeg, at + 1), length = number(jpeg, at + 2, 2, /*little=*/false);
    if (marker == start_of_scan) return 1;
    const std::string_view segment = jpeg.substr(at + 4, length - 2);
    if (marker == application_1 && segment.starts_with("Exif")) return tiff_orientation(segment);
    at += 2 + length;
  }
  return 1;
}

int png_orientation(std::string_view png) {
  for (std::size_t at = 8; at + 8 <= png.size();) {  // length, type, data, checksum
    const std::size_t length = number(png, at, 4, /*little=*/false);
    if (png.substr(at + 4, 4) == "eXIf") return tiff_orientation(png.substr(at + 8, length));
    at += 12 + length;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view file) {
  return file.starts_with("\xff\xd8") ? jpeg_orientation(file) : png_orientation(file);
}

Image upright(Image stored, int orientation) {
  if (orientation == 1) return stored;
  const int o = orientation;
  const bool swapped = o >= 5, rows_back = o == 3 || o == 4 || o == 6 || o == 7,
             columns_back = o == 2 || o == 3 || o == 7 || o == 8;
  Image image{.height = swapped ? stored.width : stored.height,
              .width = swapped ? stored.height : stored.width,
              .pixels = {},
              .channels = stored.channels,
              .coloured = stored.coloured};
  image.pixels.reserve(stored.pixels.size());
  for (Index k = 0; k < image.channels; ++k)
    for (Index r = 0; r < image.height; ++r)
      for (Index c = 0; c < image.width; ++c) {
        const Index row = swapped ? c : r, column = swapped ? r : c;
        image.pixels.push_back(stored.at(rows_back ? stored.height - 1 - row : row,
                                         columns_back ? stored.width - 1 - column : column, k));
      }
  return image;
}

}}  // namespace norma
