// Pictures of many sizes become pictures of one.
#pragma once

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// The picture at another size, by stb_image_resize: linear between pixels when it grows, and a triangle's
/// weighted mean of all that a new pixel covers when it shrinks. So does torchvision's Resize((height,
/// width)) with its antialiasing, except that past an edge the last pixel counts on here, and nothing there.
/// Proportions are not kept, and nothing is cut off. The same bytes if it has that size already. Error unless
/// both sides are 1 … 4096.
Image resized(Image image, Index height, Index width);

}}  // namespace norma
