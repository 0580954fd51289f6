// exp, tanh and sigmoid of many floats at once, in units of the last place.
#include "core/vector_math.h"

#include <doctest/doctest.h>

#include <bit>
#include <limits>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_vector_math_test {

using namespace reference;

/// |got − want| in units of the last place of want.
double ulps(float got, double want) {
  const double size = std::max(std::abs(want), double(std::numeric_limits<float>::min()));
  return std::abs(got - want) / std::ldexp(1.0, std::ilogb(size) - 23);
}

/// Greatest error of f on [low, high]: over floats of every size, and evenly.
template <class F, class Exact>
double worst_ulps(float low, float high, const F& f, const Exact& exact) {
  double worst = 0;
  for (std::uint32_t bits = 0; bits < 0x7f800000; bits += 4099) {
    for (std::uint32_t sign : {0u, 0x80000000u}) {
      const float x = std::bit_cast<float>(bits | sign);
      if (x >= low && x <= high) worst = std::max(worst, ulps(f(x), exact(double(x))));
    }
  }
  for (int i = 0; i <= 400'000; ++i) {
    const float x = low + (high - low) * static_cast<float>(i) / 400'000;
    worst = std::max(worst, ulps(f(x), exact(double(x))));
  }
  return worst;
}

TEST_CASE("exp, tanh and sigmoid in float are right to a few units in the last place, everywhere") {
  auto exact_sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double e = worst_ulps(
      -87.3f, 88.7f, [](float x) { return vector_exp(x); }, [](double x) { return std::exp(x); });
  const double t = worst_ulps(
      -100, 100, [](float x) { return vector_tanh(x); }, [](double x) { return std::tanh(x); });
  const double s = worst_ulps(
      -87, 100, [](float x) { return vector_sigmoid(x); }, exact_sigmoid);
  CAPTURE(e);
  CAPTURE(t);
  CAPTURE(s);
  CHECK(e <= 2);
  CHECK(t <= 3);
  CHECK(s <= 3);
}

TEST_CASE("exp, tanh and sigmoid in float saturate, and NaN stays NaN") {
  const float inf = HUGE_VALF;
  CHECK(vector_exp(0.0f) == 1);
  CHECK(vector_exp(inf) > 3.3e38f);
  CHECK(std::isfinite(vector_exp(inf)));
  CHECK(vector_exp(200.0f) == vector_exp(inf));
  CHECK(vector_exp(-inf) < 1.3e-38f);
  CHECK(vector_exp(-inf) >= 0);
  CHECK(vector_tanh(inf) == 1);
  CHECK(vector_tanh(-inf) == -1);
  CHECK(vector_tanh(0.0f) == 0);
  CHECK(vector_tanh(1e-30f) == 1e-30f);
  CHECK(vector_sigmoid(inf) == 1);
  CHECK(vector_sigmoid(-inf) < 1e-37f);
  CHECK(vector_sigmoid(-inf) >= 0);
  CHECK(vector_sigmoid(0.0f) == 0.5f);
  for (float nan : {NAN, -NAN}) {
    CHECK(std::isnan(vector_exp(nan)));
    CHECK(std::isnan(vector_tanh(nan)));
    CHECK(std::isnan(vector_sigmoid(nan)));
  }
}

}  // namespace core_vector_math_test
}}  // namespace norma
