// A picture in memory.
#pragma once

#include <cstdint>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// A grey picture: height · width bytes, row-major, 0 = black, 255 = white.
struct Image {
  Index height = 0, width = 0;
  std::vector<std::uint8_t> pixels;

  std::uint8_t at(Index row, Index column) const {
    return pixels[static_cast<std::size_t>(row * width + column)];
  }
};

}}  // namespace norma
