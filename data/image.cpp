#include "data/image.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "data/exif.h"
#include "data/files.h"
#include "data/image_checks.h"

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
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

namespace norma::inline NORMA_BUILD {
namespace {

/// 0.30 R + 0.59 G + 0.11 B in 256ths, of which grey's sum is 1.
unsigned luma(unsigned r, unsigned g, unsigned b) { return (77 * r + 150 * g + 29 * b + 128) >> 8; }

/// Grey from pixels of 1 to 4 channels: grey, grey + alpha, RGB, RGB + alpha.
std::uint8_t grey(const std::uint8_t* p, int channels) {
  const unsigned value = channels < 3 ? p[0] : luma(p[0], p[1], p[2]);
  if (channels % 2) return static_cast<std::uint8_t>(value);
  const unsigned alpha = p[channels - 1];  // over white
  return static_cast<std::uint8_t>((alpha * value + (255 - alpha) * 255 + 127) / 255);
}

template <class PixelAt>
Image make_image(Index height, Index width, const PixelAt& pixel_at) {
  Image image{.height = height, .width = width, .pixels = {}};
  image.pixels.resize(static_cast<std::size_t>(height * width));
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = pixel_at(i);
  return image;
}

/// PGM and PPM: "P5" or "P6", width, height and the greatest value, with blanks or comments between, one blank, the
/// values. Read here, for stb_image leaves out the greatest value.
Image decode_pnm(std::string_view bytes, const std::string& where) {
  const std::size_t channels = bytes[1] == '5' ? 1 : 3;
  std::size_t at = 2;
  Index numbers[3];
  for (Index& n : numbers) {
    while (at < bytes.size() && (std::isspace(static_cast<unsigned char>(bytes[at])) || bytes[at] == '#'))
      at = bytes[at] == '#' ? std::min(bytes.find('\n', at), bytes.size()) : at + 1;
    const auto [end, error] = std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), n);
    check(error == std::errc() && n >= 0, where, ": damaged PGM or PPM: no number at byte ", at);
    at = static_cast<std::size_t>(end - bytes.data());
  }
  ++at;
  const auto [width, height, greatest] = numbers;
  check_image_size(height, width, where);
  check(greatest >= 1 && greatest <= 65535, where, ": damaged PGM or PPM: ", greatest,
        " as its greatest value");
  const std::size_t wide = greatest > 255 ? 2 : 1, pixels = static_cast<std::size_t>(height * width);
  check(bytes.size() >= at + pixels * channels * wide, where, ": is cut short: it goes on after its ",
        bytes.size(), " bytes");
  auto value = [&, greatest = static_cast<unsigned>(greatest)](std::size_t i) {
    auto byte = [&](std::size_t k) { return unsigned{static_cast<std::uint8_t>(bytes[at + k])}; };
    const unsigned v = wide == 1 ? byte(i) : byte(2 * i) << 8 | byte(2 * i + 1);
    return (std::min(v, greatest) * 255 + greatest / 2) / greatest;
  };
  return make_image(height, width, [&](std::size_t i) {
    return static_cast<std::uint8_t>(channels == 1 ? value(i)
                                                   : luma(value(3 * i), value(3 * i + 1), value(3 * i + 2)));
  });
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& where) {
  using namespace std::string_view_literals;
  auto begins = [&](std::string_view magic) { return bytes.substr(0, magic.size()) == magic; };
  if (begins("P5") || begins("P6")) return decode_pnm(bytes, where);
  const bool png = begins("\x89PNG\r\n\x1a\n"), jpeg = begins("\xff\xd8\xff"), bmp = begins("BM");
  check(png || jpeg || bmp, where, bytes.empty() ? ": is empty" : ": is no picture that is read",
        ": a PNG, JPEG, BMP, PGM or PPM file is wanted");
  const auto [height, width] = png    ? check_png(bytes, where)
                               : jpeg ? check_jpeg(bytes, where)
                                      : check_bmp(bytes, where);

  most_memory = static_cast<std::size_t>(height * width) * 20 + bytes.size() + (1 << 20);
  int columns = 0, rows = 0, channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()),
                            &columns, &rows, &channels, 0),
      stbi_image_free);
  const char* format = png ? "PNG" : jpeg ? "JPEG" : "BMP";
  check(pixels != nullptr, where, ": damaged ", format, ": ", stbi_failure_reason());
  check(rows == height && columns == width, where, ": damaged ", format, ": two sizes");
  Image image = make_image(height, width, [p = pixels.get(), channels](std::size_t i) {
    return grey(p + i * static_cast<std::size_t>(channels), channels);
  });
  return jpeg ? upright(std::move(image), exif_orientation(bytes)) : image;
}

Image read_image(const std::filesystem::path& path) {
  constexpr Index most_bytes = Index{1} << 29;
  return decode_image(read_file(path, most_bytes), path.string());
}

}  // namespace norma::inline NORMA_BUILD
