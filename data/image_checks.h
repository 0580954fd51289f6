// What stb_image takes on trust. It reads zeros past the end of a file, skips checksums, and believes a
// JPEG's tables; these checks look first. Internal to data.
#pragma once

#include <string>
#include <string_view>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

struct ImageSize {
  Index height, width;
};

/// Each looks at the whole file, which begins as its format does, and says how large the picture is. Error,
/// naming `where`, unless check_image_size takes that and the file is complete and sound as far as these go:
/// PNG: every chunk there to its end, with its checksum, IHDR first and IEND last;
/// JPEG: every segment there, one frame, a scan, Huffman tables that can be, an end of image. What stands
/// between its segments and belongs to none is passed over, as libjpeg does: `segments` receives the file
/// without it.
ImageSize check_png(std::string_view bytes, const std::string& where);
ImageSize check_jpeg(std::string_view bytes, const std::string& where, std::string& segments);

/// Error, naming `where`, unless a picture has at least one and at most 64 million pixels.
void check_image_size(Index height, Index width, const std::string& where);

}}  // namespace norma
