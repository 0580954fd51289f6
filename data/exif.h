// How a camera was held: the one EXIF entry that a picture needs, because cameras store it as their sensor
// lies.
#pragma once

#include <string_view>

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// The orientation, 1 to 8, that the EXIF of a JPEG (its segment APP1) or a PNG (its chunk eXIf, wherever it
/// stands) tells (Exif 2.3, §4.6.4), whether as a BYTE, SHORT or LONG; 1, upright, if it tells none. `file`
/// is what check_jpeg left, or has passed check_png.
int exif_orientation(std::string_view file);

/// The picture upright: 2 mirrored, 3 upside down, 4 both, 5 with rows for columns, 6 to be turned clockwise,
/// 7 with rows for columns and both ends changed, 8 to be turned the other way.
Image upright(Image stored, int orientation);

}}  // namespace norma
