// How numbers and shared elements look, on a terminal and on a page alike.
#pragma once

#include <string>

#include "apps/explain/engine/document.h"

namespace norma {

constexpr int palette_size = 8;

/// The number in words: "−1.507557", "1.2e+09", "NaN".
std::string shown(double value, const Numbers& of);

/// The palette's colour of element (i, j): −1 for none.
int colour_of(const Numbers& numbers, std::size_t i, std::size_t j);

/// "A" for 0, "B" for 1, … "Z", then "a" …
std::string letter_of(int share);

}  // namespace norma
