// Numbers as words for a reader. NaN is "–" in all of them, an infinity "∞".
#pragma once

#include <string>

#include "apps/report/statistics.h"
#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// 0.97123 → "97.12%". "0.00%" is none and "100.00%" all: what only rounds to them is "< 0.01%", "> 99.99%".
std::string percent(double fraction, int decimals = 2);
/// "97.12 ± 0.08%", unknown "97.12 ± ?%"; a mean between 0.01% and 99.99% unless it is none or all.
std::string percent(const Interval& fraction, int decimals = 2);
std::string points(const Interval& difference, int decimals = 2);  ///< "+1.20 ± 0.31 points" (of percent)
std::string count(double whole);                   ///< 50000 → "50,000" (rounded to a whole)
std::string seconds(double s);                     ///< "350 ms", "4.2 s", "1 min 23 s", "2 h 05 min"
std::string number(double value, int digits = 3);  ///< 3 significant: "0.0912", "3.2e-05", "12,346"
std::string number(const Interval& value);         ///< "0.0912 ± 0.0031": half to two digits, mean to match
std::string signed_number(double value, int digits = 3);  ///< "+0.0912", "−0.5"
std::string batch_words(const Shape& sample);             ///< (1, 28, 28) → "(N, 1, 28, 28)"

}}  // namespace norma
