#include "data/read_image.h"

#include <cstdlib>
#include <limits>
#include <memory>

#include "data/exif.h"
#include "data/formats/files.h"
#include "data/image_bytes.h"
#include "data/image_checks.h"
#include "data/image_formats.h"

namespace {

/// How much memory the decoder may have at a time: a small file may claim to inflate to gigabytes.
thread_local std::size_t most_memory = 0;

/// Zeros: stb_image believes that a JPEG's scans will fill it all.
void* limited_malloc(std::size_t size) { return size <= most_memory ? std::calloc(size, 1) : nullptr; }

void* limited_realloc(void* memory, std::size_t size) {
  return size <= most_memory ? std::realloc(memory, size) : nullptr;
}

}  // namespace

// stb_image, for this file alone, so that a program may have its own.
#define STBI_MALLOC(size) limited_malloc(size)
#define STBI_REALLOC(memory, size) limited_realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#define STBI_ASSERT(condition)
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// A pixel of 1 to 4 channels: grey, grey + alpha, RGB, RGB + alpha; of 8 bits, or 16.
template <class Value>
Pixel pixel(const Value* p, int channels) {
  auto byte = [&](int c) { return to_byte(p[c], std::numeric_limits<Value>::max()); };
  const int more = channels < 3 ? 0 : 1;
  return {byte(0), byte(more), byte(2 * more), channels % 2 ? 255 : byte(channels - 1)};
}

/// What stb_image makes of a PNG or JPEG by `load`, stbi_load_from_memory or its like for 16 bits. `size` is
/// what the file says.
template <class Load>
Image decode(std::string_view bytes, const Load& load, const ImageSize& size, Colour colour,
             const std::string& damaged) {
  const auto [height, width] = size;
  most_memory = height * width * 20 + bytes.size() + (1 << 20);
  int columns = 0, rows = 0, channels = 0;
  auto* const values = load(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()),
                            &columns, &rows, &channels, 0);
  const std::unique_ptr<void, void (*)(void*)> owner(values, stbi_image_free);
  check(values != nullptr, damaged, stbi_failure_reason());
  check(rows == height && columns == width, damaged, "two sizes");
  return make_image(height, width, colour, [&](std::size_t i) {
    return pixel(values + i * static_cast<std::size_t>(channels), channels);
  });
}

/// A PNG of colours by their numbers in a palette, which has passed check_png. stb_image reads the numbers,
/// as if they were greys: it would take a colour past the palette's end from memory that nobody wrote.
Image decode_palette(std::string_view bytes, const ImageSize& size, Colour as, const std::string& damaged) {
  const ImageBytes file{bytes, damaged};
  std::string greys(bytes.substr(0, 8)), palette, alphas;
  for (std::size_t at = 8; at + 12 <= bytes.size();) {  // length, type, data, checksum
    const std::size_t length = file.big32(at);
    const std::string_view type = bytes.substr(at + 4, 4), data = bytes.substr(at + 8, length);
    if (type == "PLTE")
      palette = data;
    else if (type == "tRNS")
      alphas = data;
    else
      greys += bytes.substr(at, 12 + length);
    if (type == "IEND") break;
    at += 12 + length;
  }
  constexpr std::size_t depth = 24, colour_type = 25;
  greys[colour_type] = 0;
  const std::size_t colours = palette.size() / 3, step = 255 / ((std::size_t{1} << bytes[depth]) - 1);
  check(palette.size() % 3 == 0 && colours >= 1 && colours <= 256 && alphas.size() <= colours, damaged,
        "a palette of ", palette.size(), " bytes and ", alphas.size(), " alphas");
  const ImageBytes table{palette, damaged};
  const Image numbers = decode(greys, stbi_load_from_memory, size, Colour::grey, damaged);
  return make_image(size.height, size.width, as, [&](std::size_t at) {
    const std::size_t i = numbers.pixels[at] / step;
    check(i < colours, damaged, "a pixel has colour ", i, ", but its palette holds ", colours);
    return Pixel{table.byte(3 * i), table.byte(3 * i + 1), table.byte(3 * i + 2),
                 i < alphas.size() ? static_cast<std::uint8_t>(alphas[i]) : 255u};
  });
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& where, Colour colour) {
  using namespace std::string_view_literals;
  auto begins = [&](std::string_view magic) { return bytes.substr(0, magic.size()) == magic; };
  if (bytes.size() >= 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6')
    return decode_pnm(bytes, where, colour);
  if (begins("BM")) return decode_bmp(bytes, where, colour);
  const bool png = begins("\x89PNG\r\n\x1a\n"), jpeg = begins("\xff\xd8");
  check(png || jpeg, where, bytes.empty() ? ": is empty" : ": is not a picture of a supported format",
        ": expected a PNG, JPEG, BMP, PBM, PGM or PPM file");
  std::string segments;
  const ImageSize size = png ? check_png(bytes, where) : check_jpeg(bytes, where, segments);
  if (jpeg) bytes = segments;
  const std::string damaged = where + ": damaged " + (png ? "PNG: " : "JPEG: ");
  const int depth = png ? bytes[24] : 8, colour_type = png ? bytes[25] : 0;
  const bool palette = colour_type == 3 && (depth == 1 || depth == 2 || depth == 4 || depth == 8);
  Image image = palette       ? decode_palette(bytes, size, colour, damaged)
                : depth == 16 ? decode(bytes, stbi_load_16_from_memory, size, colour, damaged)
                              : decode(bytes, stbi_load_from_memory, size, colour, damaged);
  return upright(std::move(image), exif_orientation(bytes));
}

Image read_image(const std::filesystem::path& path, Colour colour) {
  constexpr Index most_bytes = Index{1} << 29;
  return decode_image(read_file(path, most_bytes), path.string(), colour);
}

}}  // namespace norma
