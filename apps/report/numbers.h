// Numbers as words for a reader. NaN is "–" in all of them, an infinity "∞".
#pragma once

#include <string>

#include "apps/report/statistics.h"
#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// 0.97123 → "97.12%". "0.00%" is none and "100.00%" all: what only rounds to them is "< 0.01%", "> 99.99%".
std::string percent(double fraction, int decimals = 2);
/// "97.12 ± 0.08%"; of two or three values their range, "97.12% (97.01 to 97.20)", and of one "97.12%"; a
/// mean between 0.01% and 99.99% unless it is none or all; "99.50% (98.70 to 100.00)" where ± would leave 0
/// to 100.
std::string percent(const Interval& fraction, int decimals = 2);
/// Of percent: "+1.20 ± 0.31 points", "+1.20 points (+1.05 to +1.40)", "+1.20 points".
std::string points(const Interval& difference, int decimals = 2);
std::string count(double whole);                   ///< 50000 → "50,000" (rounded to a whole)
std::string seconds(double s);                     ///< "350 ms", "4.2 s", "1 min 23 s", "2 h 05 min"
std::string number(double value, int digits = 3);  ///< 3 significant: "0.0912", "3.2e-05", "12,346"
/// "0.0912 ± 0.0031": half to two digits, mean to match; "0.0912 (0.0905 to 0.0921)" of two or three,
/// "0.0912" of one.
std::string number(const Interval& value);
std::string signed_number(double value, int digits = 3);  ///< "+0.0912", "−0.5"
std::string batch_words(const Shape& sample);             ///< (1, 28, 28) → "(N, 1, 28, 28)"

}}  // namespace norma
