#include "apps/explain/look.h"

#include <cmath>
#include <cstdio>

#include "apps/table.h"

namespace norma {

std::string shown(double value, const Numbers& of) {
  if (std::isnan(value)) return "NaN";
  if (of.significant || std::isinf(value)) return number(value, of.decimals);
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", of.decimals, value);
  std::string words = text;
  if (words.find_first_of("123456789") == std::string::npos && words[0] == '-') words.erase(0, 1);  // −0
  if (words[0] == '-') words.replace(0, 1, "−");
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
