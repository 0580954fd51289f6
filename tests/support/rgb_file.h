// JPEG and BMP files as another program writes them.
#pragma once

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

inline void collect(void* context, void* data, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

/// A file of RGB pixels: a wave in red, green and blue.
inline std::string rgb_file(bool jpeg, int width, int height) {
  std::vector<std::uint8_t> rgb;
  for (int i = 0; i < width * height; ++i)
    for (int c = 0; c < 3; ++c)
      rgb.push_back(
          static_cast<std::uint8_t>(128 + 100 * std::sin(0.3 * (i % width) + 0.2 * (i / width) + c)));
  std::string file;
  if (jpeg)
    stbi_write_jpg_to_func(collect, &file, width, height, 3, rgb.data(), 95);
  else
    stbi_write_bmp_to_func(collect, &file, width, height, 3, rgb.data());
  return file;
}

}}  // namespace norma
