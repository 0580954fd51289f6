// Augmentation: a training picture is flipped and moved at random, so that no epoch shows it twice alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// One step of an augmentation.
struct Augmentation {
  enum class Kind { flip, shift, crop } kind;
  Index pixels = 0;  // of shift and crop, at least 1
};

/// "flip,shift:2,crop:4" in the order as written; "none": no step. Error that names the word.
/// - flip: left and right change places, with probability ½;
/// - shift:k: by −k … k pixels along each axis, zeros moved in;
/// - crop:p: p zeros are put all round, and a window of the picture's own size is cut out at random (He and
///   others 2016, arXiv 1512.03385, §4.2, with p = 4). What it shows is what shift:p shows, as often.
std::vector<Augmentation> parse_augmentation(const std::string& text);

/// Error, naming the step, unless each leaves something of every picture of shape (C, H, W).
void check_augmentation(const std::vector<Augmentation>& steps, const Shape& sample);

/// Does the steps to a picture of shape (C, H, W), in place, all channels alike, as `random` says.
void augment(const std::vector<Augmentation>& steps, const Shape& sample, Rng random, std::uint8_t* pixels);

}}  // namespace norma
