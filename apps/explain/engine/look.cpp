#include "apps/explain/engine/look.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace norma {

std::string shown(double value, const Numbers& of) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  int decimals = of.decimals;
  bool power = false;
  if (of.significant && value != 0) {
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
    power = exponent > 5 || exponent < -4;
    decimals = power ? of.decimals - 1 : std::max(0, of.decimals - 1 - exponent);
  }
  char text[400];
  std::snprintf(text, sizeof text, power ? "%.*e" : "%.*f", of.significant && value == 0 ? 0 : decimals,
                value);
  std::string words = text;
  if (words.find_first_of("123456789") == std::string::npos && words[0] == '-') words.erase(0, 1);  // −0
  for (std::size_t at; (at = words.find('-')) != std::string::npos;) words.replace(at, 1, "−");
  return words;
}

int colour_of(const Numbers& numbers, std::size_t i, std::size_t j) {
  if (numbers.colour == ColourBy::nothing) return -1;
  return static_cast<int>((numbers.colour == ColourBy::row ? i : j) % palette_size);
}

std::string letter_of(int share) {
  return std::string(1, static_cast<char>(share < 26 ? 'A' + share : 'a' + (share - 26) % 26));
}

}  // namespace norma
