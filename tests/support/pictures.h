// Pictures made for tests: PNG files of every kind, byte by byte, and digits changed as people's pictures
// are.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/random.h"
#include "data/dataset.h"
#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

inline std::string big_endian(std::size_t n) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift & 255);
  return bytes;
}

inline std::string little_endian(std::size_t n, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(n >> 8 * i & 255);
  return text;
}

/// A chunk of a PNG: length, type, data, checksum.
inline std::string chunk(const std::string& type, const std::string& data) {
  const std::string both = type + data;
  return big_endian(data.size()) + both +
         big_endian(crc32(0, reinterpret_cast<const Bytef*>(both.data()), static_cast<uInt>(both.size())));
}

inline std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
           bytes.size());
  return out.substr(0, size);
}

/// A PNG file of rows that already begin with their filter's byte. colour: 0 grey, 2 RGB, 3 palette, 4 grey +
/// alpha, 6 RGB + alpha.
struct Png {
  std::size_t width, height;
  int bits, colour;
  std::string rows;
  std::string more = "";  // chunks before the data: PLTE, tRNS
  bool interlaced = false;

  std::string file() const {
    const std::string header = big_endian(width) + big_endian(height) + static_cast<char>(bits) +
                               static_cast<char>(colour) + std::string(2, '\0') +
                               static_cast<char>(interlaced);
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + more + chunk("IDAT", deflated(rows)) +
           chunk("IEND", "");
  }
};

/// An 8-bit grey PNG.
inline std::string grey_png(const Image& image) {
  std::string rows;
  for (Index r = 0; r < image.height; ++r) {
    rows += '\0';
    for (Index c = 0; c < image.width; ++c) rows += static_cast<char>(image.at(r, c));
  }
  return Png{static_cast<std::size_t>(image.width), static_cast<std::size_t>(image.height), 8, 0, rows}
      .file();
}

inline Image flat_image(Index height, Index width, int value) {
  return {.height = height,
          .width = width,
          .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(height * width),
                                              static_cast<std::uint8_t>(value))};
}

/// Sample i of a data set.
inline Image image_of(const Dataset& data, Index i) {
  const auto begin = data.pixels.begin() + i * data.sample.size();
  return {.height = data.sample[1], .width = data.sample[2], .pixels = {begin, begin + data.sample.size()}};
}

inline void put_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A digit, light on dark, as it would be photographed: `scale` times as large, dark on light paper of twice
/// the size, somewhere on it, with noise.
inline Image on_paper(const Image& digit, Index scale, Rng& rng) {
  const Index height = digit.height * scale, width = digit.width * scale;
  Image paper = flat_image(2 * height, 2 * width, 0);
  const auto top = static_cast<Index>(rng.below(static_cast<std::uint64_t>(height))),
             left = static_cast<Index>(rng.below(static_cast<std::uint64_t>(width)));
  for (Index r = 0; r < paper.height; ++r)
    for (Index c = 0; c < paper.width; ++c) {
      const bool inside = r >= top && r < top + height && c >= left && c < left + width;
      const double ink = inside ? digit.at((r - top) / scale, (c - left) / scale) / 255.0 : 0;
      const double value = 225 - 180 * ink + 8 * rng.normal();
      paper.pixels[static_cast<std::size_t>(r * paper.width + c)] =
          static_cast<std::uint8_t>(std::min(255.0, std::max(0.0, value)));
    }
  return paper;
}

}}  // namespace norma
