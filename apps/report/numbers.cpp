#include "apps/report/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::string missing = "–";

// Not a number and infinities in words; "" for a finite value.
std::string odd(double value) {
  if (std::isnan(value)) return missing;
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  return "";
}

std::string fixed(double value, int decimals) {
  char text[400];  // the largest double has 309 digits
  std::snprintf(text, sizeof text, "%.*f", std::clamp(decimals, 0, 60), value);
  if (std::string_view(text).find_first_not_of("-0.") == std::string_view::npos)
    return text + (text[0] == '-');
  return text;
}

std::string with_minus(std::string text) {
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

// The power of ten of the first digit, after rounding to `digits` digits.
int exponent_of(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", std::max(0, digits - 1), value);
  int exponent = 0;
  std::sscanf(std::string_view(text).substr(std::string_view(text).find('e') + 1).data(), "%d", &exponent);
  return exponent;
}

// The fraction; if it would be printed as 0% or 100% and is neither, the nearest that is printed as another.
double some_but_not_all(double fraction, int decimals) {
  const double least = std::pow(10.0, -2 - decimals);
  if (fraction > 0 && fraction < least && fixed(100 * fraction, decimals) == fixed(0, decimals)) return least;
  if (fraction < 1 && fraction > 1 - least && fixed(100 * fraction, decimals) == fixed(100, decimals))
    return 1 - least;
  return fraction;
}

// " (97.01 to 97.20)"; "" if they are one.
std::string range(const std::string& low, const std::string& high) {
  return low == high ? "" : " (" + low + " to " + high + ")";
}

}  // namespace

std::string percent(double fraction, int decimals) {
  if (auto text = odd(fraction); !text.empty()) return text;
  const double inside = some_but_not_all(fraction, decimals);
  return (inside > fraction   ? "< "
          : inside < fraction ? "> "
                              : "") +
         with_minus(fixed(100 * inside, decimals)) + "%";
}

std::string percent(const Interval& fraction, int decimals) {
  if (!std::isfinite(fraction.mean)) return odd(fraction.mean);
  auto text = [&](double x) { return with_minus(fixed(100 * std::clamp(x, 0.0, 1.0), decimals)); };
  const std::string mean = text(some_but_not_all(fraction.mean, decimals));
  if (fraction.few()) return mean + "%" + range(text(fraction.least), text(fraction.most));
  if (!fraction.known()) return mean + "%";
  if (fraction.half > 0 && (fraction.low() < 0 || fraction.high() > 1))
    return mean + "%" + range(text(fraction.low()), text(fraction.high()));
  return mean + " ± " + fixed(100 * fraction.half, decimals) + "%";
}

std::string points(const Interval& difference, int decimals) {
  if (!std::isfinite(difference.mean)) return odd(difference.mean);
  auto text = [&](double x) {
    const std::string digits = fixed(100 * x, decimals);
    return (digits.starts_with('-') ? "" : "+") + with_minus(digits);
  };
  const std::string mean = text(difference.mean);
  if (difference.few()) return mean + " points" + range(text(difference.least), text(difference.most));
  return mean + (difference.known() ? " ± " + fixed(100 * difference.half, decimals) : "") + " points";
}

std::string count(double whole) {
  if (auto text = odd(whole); !text.empty()) return text;
  std::string digits = fixed(std::round(whole), 0);
  const std::size_t start = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > start + 3; i -= 3) digits.insert(i - 3, ",");
  return with_minus(digits);
}

std::string seconds(double s) {
  if (auto text = odd(s); !text.empty()) return text;
  if (s < 0) return "−" + seconds(-s);
  if (s < 0.0000995) return number(1e6 * s, 2) + " µs";
  if (s < 0.00995) return number(1e3 * s, 2) + " ms";
  if (s < 0.9995) return fixed(1e3 * s, 0) + " ms";
  if (s < 59.95) return fixed(s, 1) + " s";
  const auto whole = static_cast<long long>(std::llround(s));
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld h %02lld min", (whole + 30) / 3600, (whole + 30) / 60 % 60);
  return text;
}

std::string number(double value, int digits) {
  if (auto text = odd(value); !text.empty()) return text;
  if (value == 0) return "0";
  const int exponent = exponent_of(value, digits);
  if (exponent >= 3 && exponent < 9) return count(value);
  if (exponent >= 9 || exponent < -4) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", std::max(1, digits), value);
    return with_minus(text);
  }
  std::string text = fixed(value, std::max(0, digits - 1 - exponent));
  if (text.find('.') != std::string::npos) {  // 0.500 → 0.5
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return with_minus(text);
}

std::string number(const Interval& value) {
  if (!std::isfinite(value.mean)) return odd(value.mean);
  if (value.few()) return number(value.mean) + range(number(value.least), number(value.most));
  if (!value.known()) return number(value.mean);
  if (value.half == 0) return number(value.mean) + " ± 0";
  const int decimals = 1 - exponent_of(value.half, 2);
  if (decimals > 6 || value.half >= 1e9) return number(value.mean) + " ± " + number(value.half, 2);
  if (decimals <= 0) return count(value.mean) + " ± " + count(value.half);
  return with_minus(fixed(value.mean, decimals)) + " ± " + fixed(value.half, decimals);
}

std::string signed_number(double value, int digits) { return (value > 0 ? "+" : "") + number(value, digits); }

std::string batch_words(const Shape& sample) {
  std::string words = "(N";
  for (int i = 0; i < sample.rank(); ++i) words += ", " + std::to_string(sample[i]);
  return words + ")";
}

}}  // namespace norma
