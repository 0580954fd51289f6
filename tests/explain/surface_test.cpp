// The lesson surface: curvatures, limits and steps by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_surface_test {

using Values = std::vector<double>;

const Numbers& table_with(const Document& d, const std::string& column) {
  for (const Block& block : d.blocks) {
    const auto* all = std::get_if<std::vector<Numbers>>(&block);
    if (all && !all->front().columns.empty() && all->front().columns[0] == column) return all->front();
  }
  FAIL("no table with the column ", column);
  std::abort();
}

TEST_CASE("the surfaces bend as by hand, and the steps are those derived") {
  const Document d = surface_lesson();
  check_values(d, "H, raw", {2.5, 75, 75, 25000}, 1e-8);
  check_values(d, "H, normalized", {1, 0.3, 0.3, 1}, 1e-12);
  check_values(d, "y", {3, 0, 1, -4}, 1e-15);
  const Numbers& axes = table_with(d, "λ₁");
  const double root = std::hypot(24997.5 / 2, 75), large = 12501.25 + root, small = 56875 / large;
  for (const std::size_t row : {0u, 1u}) {
    const double l1 = row ? 1.3 : large, l2 = row ? 0.7 : small;
    CHECK(axes.at(row, 0) == doctest::Approx(l1).epsilon(1e-10));
    CHECK(axes.at(row, 1) == doctest::Approx(l2).epsilon(1e-8));
    CHECK(axes.at(row, 2) == doctest::Approx(l1 / l2).epsilon(1e-8));
    CHECK(axes.at(row, 3) == doctest::Approx(2 / l1).epsilon(1e-10));
    CHECK(axes.at(row, 4) == doctest::Approx(2 / (l1 + l2)).epsilon(1e-10));
  }
  const Numbers& steps = find(d, "steps to a thousandth of the loss");
  CHECK(steps.at(0, 0) == 18978);
  CHECK(steps.at(1, 0) == 3);
  for (std::size_t i : {0u, 1u}) CHECK(std::abs(steps.at(i, 0) - steps.at(i, 1)) <= 1);
}

TEST_CASE("below the limit the loss falls, above it grows, as each direction's curvature says") {
  const Document d = surface_lesson();
  for (const bool raw : {true, false}) {
    const double h11 = raw ? 2.5 : 1, h12 = raw ? 75 : 0.3, h22 = raw ? 25000 : 1;
    const Numbers& loss = find(d, raw ? "loss, raw" : "loss, normalized");
    const double angle = 0.5 * std::atan2(2 * h12, h11 - h22), c = std::cos(angle), s = std::sin(angle);
    const double e1 = 3 / std::sqrt(h11), e2 = 1 / std::sqrt(h22), u = c * e1 + s * e2, v = c * e2 - s * e1;
    const double lu = c * c * h11 + 2 * c * s * h12 + s * s * h22, lv = h11 + h22 - lu;
    const double rates[] = {0.25, 0.5, 0.99, 1.01}, steps[] = {0, 1, 10, 100};
    for (std::size_t i = 0; i < 4; ++i) {
      const double eta = rates[i] * 2 / std::max(lu, lv);
      for (std::size_t j = 0; j < 4; ++j) {
        const double wanted = 0.5 * (lu * u * u * std::pow(1 - eta * lu, 2 * steps[j]) +
                                     lv * v * v * std::pow(1 - eta * lv, 2 * steps[j]));
        CHECK(std::abs(loss.at(i, j) - wanted) <= 1e-6 * wanted + 1e-12);
      }
    }
  }
}

TEST_CASE("three figures: one loss on each ellipse, and paths from wall to wall") {
  const Document d = surface_lesson();
  std::vector<const Plot*> plots;
  for (const Block& block : d.blocks) {
    if (const auto* all = std::get_if<std::vector<Plot>>(&block))
      for (const Plot& p : *all) plots.push_back(&p);
  }
  REQUIRE(plots.size() == 3);
  for (const std::size_t i : {0u, 1u}) {
    const double h11 = i ? 1 : 2.5, h12 = i ? 0.3 : 75, h22 = i ? 1 : 25000;
    const double m1 = i ? std::sqrt(2.5) : 1, m2 = i ? std::sqrt(2.5) : 0.01;
    const double levels[] = {0.25, 1, 2.25, 4};
    for (std::size_t l = 0; l < 4; ++l) {
      const Plot::Line& line = plots[i]->lines.at(l);
      REQUIRE(line.x.size() > 100);
      for (std::size_t k = 0; k < line.x.size(); ++k) {
        const double a = line.x[k] - m1, b = line.y[k] - m2;
        CHECK(0.5 * (h11 * a * a + 2 * h12 * a * b + h22 * b * b) ==
              doctest::Approx(levels[l]).epsilon(1e-8));
      }
    }
    CHECK(plots[i]->equal_axes);
  }
  const Plot::Line& path = plots[2]->lines.at(4);
  for (std::size_t t = 1; t + 1 < path.y.size(); ++t)  // w₂ turns at each step
    CHECK((path.y[t] - path.y[t - 1]) * (path.y[t + 1] - path.y[t]) < 0);
}

}  // namespace explain_surface_test
}  // namespace norma
