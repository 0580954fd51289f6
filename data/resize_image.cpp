#include "data/resize_image.h"

#include <cstdint>
#include <new>

// stb_image_resize, for this file alone, so that a program may have its own.
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
// It expects the weights of a pixel to add up to 1 within 0.1 before it makes their sum 1. In pictures made
// much smaller they do not, which does no harm, but would end a debug build.
#define STBIR_ASSERT(x) static_cast<void>(0)
#include <stb_image_resize.h>

namespace norma { inline namespace NORMA_BUILD {

Image resized(Image image, Index height, Index width) {
  constexpr Index most = 4096;
  check(height >= 1 && height <= most && width >= 1 && width <= most, "resize: expected sides of 1 to ", most,
        ", got ", width, "×", height);
  if (image.height == height && image.width == width) return image;
  Image result{.height = height,
               .width = width,
               .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(image.channels * height * width)),
               .channels = image.channels,
               .coloured = image.coloured};
  for (Index c = 0; c < image.channels; ++c) {
    const int done = stbir_resize_uint8_generic(
        image.pixels.data() + c * image.height * image.width, static_cast<int>(image.width),
        static_cast<int>(image.height), 0, result.pixels.data() + c * height * width, static_cast<int>(width),
        static_cast<int>(height), 0, /*num_channels=*/1, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
        STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, nullptr);
    if (!done) throw std::bad_alloc();
  }
  return result;
}

}}  // namespace norma
