// A share of each class is held out, by the seed; the rest is what is left.
#include "data/hold_out.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/support/errors.h"
#include "tests/support/numbered.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_hold_out_test {

TEST_CASE("held_out: the share of all, and of each class to within one sample, for any share") {
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back(static_cast<std::uint8_t>(i % 7 == 0 ? 0 : i % 3 + 1));
  for (double share : {0.001, 0.1, 0.123, 0.25, 1.0 / 3, 0.5}) {
    CAPTURE(share);
    const std::vector<bool> held = held_out(labels, share, 1);
    std::map<int, double> all, some;
    for (std::size_t i = 0; i < labels.size(); ++i) all[labels[i]] += 1, some[labels[i]] += held[i];
    CHECK(std::count(held.begin(), held.end(), true) == std::lround(1000 * share));
    for (const auto& [label, n] : all) CHECK(std::abs(some[label] - share * n) <= 1);
  }
}

TEST_CASE("held_out: by the seed, and never the only sample of a class") {
  std::vector<std::uint8_t> labels(100, 5);
  labels[40] = 6;
  const std::vector<bool> held = held_out(labels, 0.1, 1);
  CHECK(held == held_out(labels, 0.1, 1));
  CHECK(held != held_out(labels, 0.1, 2));
  for (std::uint64_t seed = 0; seed < 50; ++seed) CHECK_FALSE(held_out(labels, 0.5, seed)[40]);
  const std::vector<bool> none = held_out(labels, 0, 1);
  CHECK(std::count(none.begin(), none.end(), true) == 0);
  CHECK(says(error_of([&] { held_out(labels, 0.6, 1); }), {"0 to 0.5", "got 0.6"}));
  CHECK(held_out({}, 0.5, 1).empty());
}

TEST_CASE("selected: the samples in their order, each in one half") {
  const Dataset d = numbered(20);
  const std::vector<bool> held = held_out(d.labels, 0.3, 4);
  const Dataset rest = selected(d, held, false), some = selected(d, held, true);
  CHECK((rest.size() == 14 && some.size() == 6));
  CHECK((rest.sample == d.sample && rest.classes == 3 && rest.name == d.name));
  for (const Dataset* half : {&rest, &some}) {
    CHECK(std::is_sorted(half->pixels.begin(), half->pixels.end()));  // sample i has pixels of value i
    for (Index i = 0; i < half->size(); ++i) {
      const std::uint8_t which = half->pixels[static_cast<std::size_t>(6 * i)];
      CHECK(held[which] == (half == &some));
      CHECK(half->labels[static_cast<std::size_t>(i)] == which % 3);
    }
  }
  CHECK(says(error_of([&] { selected(d, {true}, true); }), {"expected 20", "got 1"}));
}

}  // namespace data_hold_out_test
}}  // namespace norma
