// Pictures from files, in grey or colour. What is read: PNG (1 to 16 bits, palette, alpha, interlaced) and
// JPEG (baseline and progressive), by stb_image, after a check of what it takes on trust
// (data/image_checks.h); BMP (1 to 32 bits) and PBM, PGM or PPM (plain and binary: P1 to P6), by
// data/image_formats.h.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// Reads the picture at `path`, whatever its name. Colours become what `colour` says, grey as 0.30 R + 0.59 G
/// + 0.11 B, which leaves a grey as it is; what is transparent shows white behind it; 16 bits become 8,
/// rounded; a JPEG or PNG is turned upright as its EXIF says. The file is not trusted: Error, one line naming
/// it, if it cannot be read, is of no format above, is cut short or damaged, or has no pixel or more than 64
/// million, which is seen before memory is asked for them. Memory: the file, a JPEG's twice, and some 10
/// bytes per pixel (16 bits: 20).
Image read_image(const std::filesystem::path& path, Colour colour = Colour::grey);

/// The same of the bytes of a file; `where` stands for its name in errors.
Image decode_image(std::string_view bytes, const std::string& where, Colour colour = Colour::grey);

}}  // namespace norma
