// Augmentation: what each word does to a picture, followed by hand; and what the words may be.
#include "data/augment.h"

#include <doctest/doctest.h>

#include <numeric>
#include <set>

#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_augment_test {

using Pixels = std::vector<std::uint8_t>;

// Two channels of
//   1 2 3     11 12 13
//   4 5 6     14 15 16
const Shape sample{2, 2, 3};
const Pixels picture = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};

Pixels after(const std::string& words, std::uint64_t seed, Pixels pixels = picture, Shape shape = sample) {
  augment(parse_augmentation(words), shape, Rng(seed), pixels.data());
  return pixels;
}

// All that a few hundred seeds make of the picture.
std::set<Pixels> outcomes(const std::string& words) {
  std::set<Pixels> all;
  for (std::uint64_t seed = 0; seed < 400; ++seed) all.insert(after(words, seed));
  return all;
}

TEST_CASE("augment: flip turns each row round, in half of the cases") {
  const Pixels flipped = {3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14};
  CHECK(outcomes("flip") == std::set<Pixels>{picture, flipped});
  int flips = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) flips += after("flip", seed) == flipped;
  CHECK((flips > 440 && flips < 560));  // 3.8 standard deviations
}

TEST_CASE("augment: shift and crop move the picture by each step, zeros moved in") {
  const std::set<Pixels> moved = {{5, 6, 0, 0, 0, 0, 15, 16, 0, 0, 0, 0},    // up and left
                                  {4, 5, 6, 0, 0, 0, 14, 15, 16, 0, 0, 0},   // up
                                  {0, 4, 5, 0, 0, 0, 0, 14, 15, 0, 0, 0},    // up and right
                                  {2, 3, 0, 5, 6, 0, 12, 13, 0, 15, 16, 0},  // left
                                  picture,
                                  {0, 1, 2, 0, 4, 5, 0, 11, 12, 0, 14, 15},  // right
                                  {0, 0, 0, 2, 3, 0, 0, 0, 0, 12, 13, 0},    // down and left
                                  {0, 0, 0, 1, 2, 3, 0, 0, 0, 11, 12, 13},   // down
                                  {0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 11, 12}};   // down and right
  CHECK(outcomes("shift:1") == moved);
  CHECK(outcomes("crop:1") == moved);
}

TEST_CASE("augment: a picture by hand through flip, shift and crop, in the order as written") {
  // What the draws are, by the generator itself: flip takes one, shift and crop one for y, then one for x.
  bool told = false;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Rng draws(seed);
    const bool flips = draws.below(2);
    const std::uint64_t down = draws.below(3), right = draws.below(3), top = draws.below(3),
                        left = draws.below(3);
    if (!flips || down != 2 || right != 1 || top != 1 || left != 2) continue;
    // 1 2 3  flip  3 2 1  down by one  0 0 0  padded by one, the window one to the right of the middle  0 0 0
    // 4 5 6        6 5 4               3 2 1                                                            2 1 0
    const Pixels expected = {0, 0, 0, 2, 1, 0, 0, 0, 0, 12, 11, 0};
    CHECK(after("flip,shift:1,crop:1", seed) == expected);
    told = true;
  }
  CHECK(told);
  // What a first step moves out, a second does not bring back.
  bool lost = false;
  for (const Pixels& p : outcomes("shift:1,shift:1"))
    lost = lost || p == Pixels{1, 2, 0, 4, 5, 0, 11, 12, 0, 14, 15, 0};
  CHECK(lost);
}

TEST_CASE("augment: what the words may be") {
  CHECK(parse_augmentation("none").empty());
  const auto steps = parse_augmentation("flip,shift:2,crop:4");
  REQUIRE(steps.size() == 3);
  CHECK((steps[0].kind == Augmentation::Kind::flip && steps[1].kind == Augmentation::Kind::shift &&
         steps[2].kind == Augmentation::Kind::crop));
  CHECK((steps[1].pixels == 2 && steps[2].pixels == 4));
  auto refusal = [](const char* words) { return error_of([&] { parse_augmentation(words); }); };
  CHECK(refusal("flp") == "augment: unknown value 'flp'; did you mean 'flip'?");
  CHECK(says(refusal("flip,"), {"augment: unknown value ''", "flip, shift, crop"}));
  CHECK(says(refusal(""), {"augment: unknown value ''"}));
  CHECK(says(refusal("flip,none"), {"'none'"}));
  CHECK(refusal("flip:1") == "augment: flip takes no number, got 'flip:1'");
  for (const char* word : {"crop", "crop:", "crop:0", "crop:-1", "crop:2x", "crop:1.5", "crop:10001"})
    CHECK(refusal(word) ==
          std::string("augment: expected crop:N with N from 1 to 10000 pixels, got '") + word + "'");
  auto check_for = [](const char* words) {
    return error_of([&] { check_augmentation(parse_augmentation(words), sample); });
  };
  CHECK(check_for("flip,shift:1") == "no error");
  CHECK(check_for("flip,shift:2") == "augment: expected less than 2, a side of the pictures, got shift:2");
}

}  // namespace data_augment_test
}}  // namespace norma
