#include "apps/report/palette.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {

double number_in(const std::string& name) {
  const std::string digits = replaced(replaced(name, "×", ""), "−", "-");
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  return !digits.empty() && *end == 0 ? value : NAN;
}

int ordered_colour(std::size_t i, std::size_t n) {
  return 8 + (n < 2 ? 7 : static_cast<int>((7 * i + (n - 1) / 2) / (n - 1)));
}

int arm_colour(const std::string& norm) {
  const std::string order[] = {"none", "batch", "layer", "group", "batch-renorm", "instance", "weight"};
  return static_cast<int>(std::ranges::find(order, norm.substr(0, norm.find(':'))) - order);
}

std::string arm_words(const std::string& norm) {
  if (norm == "none") return "no norm";
  const std::size_t colon = std::min(norm.find(':'), norm.size());
  return replaced(norm.substr(0, colon), "-", " ") + (norm == "batch-renorm" ? "" : " norm") +
         replaced(norm.substr(colon), ":", " ");
}

}}  // namespace norma
