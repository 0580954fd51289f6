// A picture in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// What becomes of colours: they are kept if there are any, they become grey, or everything becomes red,
/// green and blue, a grey three equal values.
enum class Colour { automatic, grey, rgb };

/// A picture: channels · height · width bytes, channel by channel, each row-major, 0 = black, 255 = full.
struct Image {
  Index height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
  Index channels = 1;     // 1: grey; 3: red, green, blue
  bool coloured = false;  // some pixel is not grey, or was not in the file

  /// In the first channel, or another one.
  std::uint8_t at(Index row, Index column, Index channel = 0) const {
    return pixels[static_cast<std::size_t>((channel * height + row) * width + column)];
  }
};

}}  // namespace norma
