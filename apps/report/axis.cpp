#include "apps/report/axis.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// 1eN as the nearest double to the decimal number, which std::pow does not promise.
double decimal(int mantissa, int exponent) {
  return std::strtod((std::to_string(mantissa) + "e" + std::to_string(exponent)).c_str(), nullptr);
}

std::string fixed(double value, int decimals) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string power_of_ten(int exponent) {
  static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (char c : std::to_string(std::abs(exponent))) text += digits[c - '0'];
  return text;
}

// mantissa·10^exponent in words.
std::string label_of(int mantissa, int exponent, bool percent) {
  if (percent) exponent += 2;
  std::string text;
  if (exponent > 6 || exponent < -4)
    text = (mantissa == 1 ? "" : std::to_string(mantissa) + "·") + power_of_ten(exponent);
  else
    text = exponent >= 0 ? count(decimal(mantissa, exponent)) : fixed(decimal(mantissa, exponent), -exponent);
  return percent ? text + "%" : text;
}

// --- linear --------------------------------------------------------------------------------------------

struct Step {
  int mantissa, exponent;  // mantissa ∈ {1, 2, 5}
  double size() const { return decimal(mantissa, exponent); }
};

// The least 1, 2 or 5 · 10ᵏ that cuts `span` into at most seven parts.
Step step_for(double span) {
  for (int exponent = static_cast<int>(std::floor(std::log10(span))) - 2;; ++exponent) {
    for (int mantissa : {1, 2, 5}) {
      const Step step{mantissa, exponent};
      if (span / step.size() <= 7) return step;
    }
  }
}

std::string linear_label(double value, Step step, bool percent) {
  if (percent) value *= 100;
  const int decimals = std::max(0, -(step.exponent + (percent ? 2 : 0)));
  std::string text;
  if (std::abs(value) >= 1e9 || decimals > 6)
    text = number(value);
  else
    text = decimals == 0 ? count(value) : fixed(value, decimals);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return percent ? text + "%" : text;
}

Axis linear_axis(double low, double high, bool percent, Fit fit) {
  const Step step = step_for(high - low);
  const double size = step.size();
  const double slack = 1e-9 * (high - low) / size;  // in steps
  double first = std::floor(low / size + slack), last = std::ceil(high / size - slack);
  if (fit == Fit::exact) {
    first = std::ceil(low / size - slack);
    last = std::floor(high / size + slack);
  } else {
    low = first * size;
    high = last * size;
  }
  Axis axis{low, high, false, {}};
  for (double i = first; i <= last && axis.ticks.size() < 20; ++i) {
    // i·size, rounded once: 3 · 0.1 would be 0.30000000000000004
    const double whole = i * step.mantissa + 0.0;  // never −0
    const double at =
        step.exponent < 0 ? whole / decimal(1, -step.exponent) : whole * decimal(1, step.exponent);
    axis.ticks.push_back({std::clamp(at, low, high), linear_label(at, step, percent)});
  }
  return axis;
}

// --- logarithmic ---------------------------------------------------------------------------------------

Axis log_axis(double low, double high, bool percent, Fit fit) {
  if (!(high > 0)) high = 1;
  if (!(low > 0)) low = high / 1000;
  const double decades = std::log10(high / low);
  if (decades < 0.7) {  // too narrow for decades: evenly spaced numbers on a log scale
    Axis axis = linear_axis(low, high, percent, fit);
    if (axis.low > 0) {
      axis.log = true;
      return axis;
    }
  }

  // Which ticks have words: every, or every second, … decade; on a short axis also its 2 and 5.
  const int every = std::max(1, static_cast<int>(std::ceil(decades / 7)));
  const bool with_2_and_5 = decades <= 2.5;
  const int from = static_cast<int>(std::floor(std::log10(low) - 1e-9)) - 1;
  const int to = static_cast<int>(std::ceil(std::log10(high) + 1e-9)) + 1;
  std::vector<Tick> all;
  for (int exponent = from; exponent <= to; ++exponent) {
    for (int mantissa = 1; mantissa <= 9; ++mantissa) {
      const bool decade = mantissa == 1 && exponent % every == 0;
      const bool named = decade || (with_2_and_5 && (mantissa == 2 || mantissa == 5));
      if (!named && (every > 1 && mantissa > 1)) continue;
      all.push_back({decimal(mantissa, exponent), named ? label_of(mantissa, exponent, percent) : ""});
    }
  }
  if (fit == Fit::nice) {  // to the next tick, named or not
    const auto above = std::ranges::find_if(all, [&](const Tick& t) { return t.at >= high * (1 - 1e-9); });
    const auto below = std::ranges::find_if(all, [&](const Tick& t) { return t.at > low * (1 + 1e-9); });
    high = above->at;
    low = std::prev(below)->at;
  }
  Axis axis{low, high, true, {}};
  for (const Tick& tick : all) {
    if (tick.at >= low * (1 - 1e-9) && tick.at <= high * (1 + 1e-9)) axis.ticks.push_back(tick);
  }
  return axis;
}

}  // namespace

Axis make_axis(double low, double high, bool log, bool percent, Fit fit) {
  // A range to draw: finite, low < high by more than rounding, and within what is no overflow.
  if (!std::isfinite(low) && !std::isfinite(high)) {
    low = log ? 0.1 : 0;
    high = 1;
  } else if (!std::isfinite(high)) {
    high = log ? 10 * low : low + 1;
  } else if (!std::isfinite(low)) {
    low = log ? high / 10 : high - 1;
  }
  if (low > high) std::swap(low, high);
  const double least = log ? 1e-30 : -1e30, most = 1e30;
  if (!log || low > 0) low = std::clamp(low, least, most);
  if (!log || high > 0) high = std::clamp(high, least, most);
  const double size = std::max(std::abs(low), std::abs(high));
  if (high - low <= 1e-9 * size || size < 1e-30) {
    const double margin = size < 1e-30 ? 0.5 : size / 2;
    low -= margin;
    high += margin;
  }
  return log ? log_axis(low, high, percent, fit) : linear_axis(low, high, percent, fit);
}

}}  // namespace norma
