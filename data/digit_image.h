// Turns any picture of a digit into one like MNIST's: light on black, fitted into 20×20, its centre of mass
// in the middle of 28×28 (LeCun et al. 1998, §III.A).
#pragma once

#include <string>

#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether a picture is already like that, judging by its edge: the outermost pixels are below 32 in the
/// mean. (MNIST's digits sometimes reach there, with means up to 9.)
bool has_dark_border(const Image& image);

/// The digit in `image` as MNIST would show it, height × width:
/// 1. Otsu's threshold separates ink and paper; paper is what most of the border is, so the digit may be
///    dark on light or light on dark. Paper becomes 0 and ink 1, in a ramp over the middle half of what is
///    between the means of the two, so that noise of a quarter of that vanishes. The light must be even.
/// 2. Spots with less than a fiftieth of the largest part's ink are removed.
/// 3. What is left is cut out and fitted into 5/7 of height and width, keeping its proportions: each new
///    pixel is the mean over the area that it covers. The brightest becomes 255.
/// 4. Its centre of mass is put into the pixel (height/2, width/2), where MNIST has it, as far as nothing is
///    lost.
///
/// Error, naming `where`, if ink and paper differ by less than 32 of 255: the picture is blank.
Image prepare_digit(const Image& image, Index height, Index width, const std::string& where);

}}  // namespace norma
