// The formats that are read without stb_image, which leaves out too much of them: BMP with a short palette or
// a header of OS/2, PGM's greatest value, plain PNM. Internal to data.
#pragma once

#include <string>
#include <string_view>

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// A BMP: a header of OS/2 (12 bytes) or Windows 3 and later, 1, 2, 4 or 8 bits by a palette, which may be
/// shorter than the bits allow, with run lengths or without, or 16, 24 or 32 bits, with masks or without.
/// Error, naming `where`, if it is damaged or cut short, names a colour that is not in its palette, or
/// check_image_size refuses it.
Image decode_bmp(std::string_view bytes, const std::string& where, Colour colour);

/// A PBM, PGM or PPM, plain (P1, P2, P3) or binary (P4, P5, P6): width, height and, except in PBM, the
/// greatest value, with blanks or comments between, then the values. Only the first picture of a file is
/// read. Error as above.
Image decode_pnm(std::string_view bytes, const std::string& where, Colour colour);

}}  // namespace norma
