// What the readers of pictures share: numbers out of a file's bytes, and pictures of pixels. Internal to
// data.
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

/// A pixel of a file.
struct Pixel {
  unsigned red, green, blue, alpha = 255;

  unsigned grey() const { return over_white(luma(red, green, blue), alpha); }
  bool coloured() const { return alpha > 0 && (red != green || green != blue); }
};

/// The picture of pixel_at(i) for each i of height · width, one after the other, as `colour` says.
template <class PixelAt>
Image make_image(Index height, Index width, Colour colour, const PixelAt& pixel_at) {
  Image image{.height = height, .width = width, .pixels = {}};
  const auto n = static_cast<std::size_t>(height * width);
  image.pixels.resize(colour == Colour::grey ? n : 3 * n);
  for (std::size_t i = 0; i < n; ++i) {
    const Pixel p = pixel_at(i);
    image.coloured = image.coloured || p.coloured();
    if (colour == Colour::grey) {
      image.pixels[i] = static_cast<std::uint8_t>(p.grey());
      continue;
    }
    std::size_t at = i;
    for (unsigned value : {p.red, p.green, p.blue}) {
      image.pixels[at] = static_cast<std::uint8_t>(over_white(value, p.alpha));
      at += n;
    }
  }
  if (colour == Colour::automatic && !image.coloured) image.pixels.resize(n);
  image.channels = static_cast<Index>(image.pixels.size() / n);
  return image;
}

}}  // namespace norma
