// exp, tanh and sigmoid that a compiler can turn into vector instructions: straight lines, no calls, no
// branches. The C library's take one number at a time, which is six times slower in a loop over a tensor.
// Float only, with errors of at most 3 units in the last place; the double build, which checks gradients,
// calls the C library.
#pragma once

#include <bit>
#include <cmath>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// eˣ. Below −87.3 it stays at 1.2e-38, above 88.7 at 3.3e38; NaN stays NaN.
inline float vector_exp(float x) {
  x = x < -87.3f ? -87.3f : x;  // written so that NaN passes
  x = x > 88.7f ? 88.7f : x;
  // eˣ = 2ⁿ eʳ with n = round(x / ln 2) and |r| ≤ ½ ln 2. Adding and subtracting 1.5·2²³ rounds.
  const float shifted = x * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f;
  const float r =
      (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, so that r loses no digits
  // eʳ by its Taylor series; the next term, r⁸/8!, is below 6e-9.
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // 2ⁿ in two factors, so that n = 128 does not overflow before it is multiplied with p < 1. n's low bits
  // stand in the low bits of `shifted`.
  const std::int32_t k = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(12582912.0f);
  const std::int32_t half = k >> 1;
  return p * std::bit_cast<float>((half + 127) << 23) * std::bit_cast<float>((k - half + 127) << 23);
}

/// tanh x; near 0 a polynomial, since 1 − 2/(e²ˣ + 1) would lose the small digits.
inline float vector_tanh(float x) {
  const float x2 = x * x;
  // x − x³/3 + 2x⁵/15 − …, with the coefficients of Moshier's Cephes library (tanhf), fitted on |x| < 0.625
  float series = -5.70498872745e-3f;
  series = series * x2 + 2.06390887954e-2f;
  series = series * x2 - 5.37397155531e-2f;
  series = series * x2 + 1.33314422036e-1f;
  series = series * x2 - 3.33332819422e-1f;
  const float near = x + x * x2 * series;
  const float far = 1.0f - 2.0f / (vector_exp(2.0f * x) + 1.0f);
  return x2 < 0.390625f ? near : far;
}

inline float vector_sigmoid(float x) { return 1.0f / (1.0f + vector_exp(-x)); }

inline double vector_exp(double x) { return std::exp(x); }
inline double vector_tanh(double x) { return std::tanh(x); }
inline double vector_sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}}  // namespace norma
