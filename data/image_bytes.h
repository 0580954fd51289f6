// What the readers of pictures share: numbers out of a file's bytes, and colours as grey. Internal to data.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// The bytes of a file, with numbers out of them; Error, naming `where`, past the end.
struct ImageBytes {
  std::string_view bytes;
  const std::string& where;

  [[noreturn]] void cut_short() const { fail(where, ": is cut short after ", bytes.size(), " bytes"); }
  std::uint8_t byte(std::size_t at) const {
    if (at >= bytes.size()) cut_short();
    return static_cast<std::uint8_t>(bytes[at]);
  }
  std::size_t big16(std::size_t at) const { return std::size_t{byte(at)} << 8 | byte(at + 1); }
  std::size_t big32(std::size_t at) const { return big16(at) << 16 | big16(at + 2); }
  std::size_t little16(std::size_t at) const { return std::size_t{byte(at + 1)} << 8 | byte(at); }
  std::size_t little32(std::size_t at) const { return little16(at + 2) << 16 | little16(at); }
};

/// A value of 0 … greatest as 0 … 255, rounded: the one rule for every format and depth.
constexpr unsigned to_byte(std::size_t value, std::size_t greatest) {
  return static_cast<unsigned>((value * 255 + greatest / 2) / greatest);
}

/// 0.30 R + 0.59 G + 0.11 B in 256ths, of which grey's sum is 1.
constexpr unsigned luma(unsigned r, unsigned g, unsigned b) { return (77 * r + 150 * g + 29 * b + 128) >> 8; }

/// A grey seen over white through its alpha.
constexpr unsigned over_white(unsigned grey, unsigned alpha) {
  return (alpha * grey + (255 - alpha) * 255 + 127) / 255;
}

/// pixel_at(i) for each i of height · width.
template <class PixelAt>
Image make_image(Index height, Index width, const PixelAt& pixel_at) {
  Image image{.height = height, .width = width, .pixels = {}};
  image.pixels.resize(static_cast<std::size_t>(height * width));
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(pixel_at(i));
  return image;
}

}}  // namespace norma
