#include "data/write_png.h"

#include <new>

// stb_image_write, for this file alone, so that a program may have its own.
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace norma { inline namespace NORMA_BUILD {

std::string encode_png(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.channels), n = image.pixels.size() / channels;
  std::vector<std::uint8_t> together(image.pixels.size());  // pixel by pixel
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < channels; ++c) together[i * channels + c] = image.pixels[c * n + i];
  std::string file;
  auto append = [](void* to, void* bytes, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  };
  const int done =
      stbi_write_png_to_func(append, &file, static_cast<int>(image.width), static_cast<int>(image.height),
                             static_cast<int>(channels), together.data(), 0);
  if (!done) throw std::bad_alloc();
  return file;
}

}}  // namespace norma
