// Pictures as PNG files.
#pragma once

#include <string>

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// The bytes of an 8-bit PNG, in grey or colour.
std::string encode_png(const Image& image);

}}  // namespace norma
