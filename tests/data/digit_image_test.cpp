// Pictures of digits made as MNIST's are.
#include "data/digit_image.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/digits.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_digit_image_test {

/// Rows top … bottom − 1, columns left … right − 1 of `image` get `value`.
void fill_box(Image& image, Index top, Index bottom, Index left, Index right, int value) {
  for (Index r = top; r < bottom; ++r)
    for (Index c = left; c < right; ++c)
      image.pixels[static_cast<std::size_t>(r * image.width + c)] = static_cast<std::uint8_t>(value);
}

struct Facts {
  Index height, width;  // of the box around all that is not 0
  double row, column;   // centre of mass
  int brightest;
};

Facts facts(const Image& image) {
  Index top = image.height, bottom = 0, left = image.width, right = 0;
  double sum = 0, rows = 0, columns = 0;
  int brightest = 0;
  for (Index r = 0; r < image.height; ++r)
    for (Index c = 0; c < image.width; ++c) {
      const int v = image.at(r, c);
      if (v == 0) continue;
      top = std::min(top, r);
      bottom = std::max(bottom, r + 1);
      left = std::min(left, c);
      right = std::max(right, c + 1);
      sum += v;
      rows += v * double(r);
      columns += v * double(c);
      brightest = std::max(brightest, v);
    }
  return {bottom - top, right - left, rows / sum, columns / sum, brightest};
}

Image prepared(const Image& image) { return prepare_digit(image, 28, 28, "x.png"); }

TEST_CASE("digit image: fitted into 20 × 20 in proportion, its centre of mass in the middle") {
  Rng rng(1);
  const Dataset digits = draw_digits(60, 3);
  for (Index i = 0; i < digits.size(); ++i) {
    const Image image = prepared(on_paper(image_of(digits, i), 3 + i % 4, rng));
    const Facts f = facts(image);
    CHECK(image.height == 28);
    CHECK(image.width == 28);
    CHECK(std::max(f.height, f.width) <= 20);
    CHECK(std::max(f.height, f.width) >= 19);
    CHECK(std::abs(f.row - 14) <= 0.51);
    CHECK(std::abs(f.column - 14) <= 0.51);
    CHECK(f.brightest == 255);
  }
  // A bar of 90 × 30 becomes one of 20 × 7, in whatever corner; smaller ones grow.
  for (Index scale : {1, 10}) {
    Image bar = flat_image(20 * scale, 30 * scale, 250);
    fill_box(bar, 2 * scale, 11 * scale, 25 * scale, 28 * scale, 10);
    const Facts f = facts(prepared(bar));
    CHECK(f.height == 20);
    CHECK(f.width == 7);
  }
}

TEST_CASE("digit image: dark on light and light on dark give the same") {
  const Dataset digits = draw_digits(20, 4);
  for (Index i = 0; i < digits.size(); ++i) {
    const Image light = image_of(digits, i);
    Image dark = light;
    for (std::uint8_t& p : dark.pixels) p = static_cast<std::uint8_t>(255 - p);
    CHECK(prepared(light).pixels == prepared(dark).pixels);
  }
}

TEST_CASE("digit image: proportions, ink and paper of an area are kept") {
  // Half a pixel covered is half as bright: 50 rows on 20, the edge at 2.5 rows a new one.
  Image steps = flat_image(60, 60, 255);
  fill_box(steps, 5, 55, 5, 30, 0);
  fill_box(steps, 5, 6, 5, 55, 0);  // an arm of one row: 0.4 of a new pixel
  const Image image = prepared(steps);
  const Facts f = facts(image);
  CHECK(f.height == 20);
  CHECK(f.width == 20);
  Index first = 0;
  while (image.at(first, 14) == 0 && first < 27) ++first;
  CHECK(image.at(first, 23) == doctest::Approx(0.4 * 255).epsilon(0.02));
}

TEST_CASE("digit image: spots and noise do not move it") {
  Image clean = flat_image(100, 100, 240);
  fill_box(clean, 20, 80, 40, 55, 20);
  fill_box(clean, 20, 30, 40, 80, 20);
  Image spotted = clean;
  fill_box(spotted, 2, 4, 2, 4, 0);
  fill_box(spotted, 97, 98, 90, 93, 0);
  CHECK(prepared(spotted).pixels == prepared(clean).pixels);
  Rng rng(2);
  for (std::uint8_t& p : spotted.pixels)
    p = static_cast<std::uint8_t>(std::clamp(p + 10 * rng.normal(), 0.0, 255.0));
  double worst = 0;
  const Image a = prepared(spotted), b = prepared(clean);
  for (std::size_t k = 0; k < a.pixels.size(); ++k)
    worst = std::max(worst, std::abs(double(a.pixels[k]) - b.pixels[k]));
  CHECK(worst < 40);
}

TEST_CASE("digit image: a thin stroke on a large sheet is seen through the noise") {
  Rng rng(4);
  Image sheet = flat_image(220, 220, 200);
  fill_box(sheet, 100, 160, 30, 34, 90);
  for (std::uint8_t& p : sheet.pixels) p = static_cast<std::uint8_t>(p + 14 * rng.normal());
  const Facts f = facts(prepared(sheet));
  CHECK(f.height == 20);
  CHECK(f.width <= 3);
}

TEST_CASE("digit image: nothing to see is an error; the smallest pictures are not") {
  for (int value : {0, 128, 255})
    CHECK(says(error_of([&] { prepared(flat_image(50, 40, value)); }),
               {"x.png: is blank", "at least 32 of 255", "got 0"}));
  CHECK(says(error_of([&] { prepared(flat_image(1, 1, 7)); }), {"is blank"}));
  Rng rng(3);
  Image noise = flat_image(60, 60, 128);
  for (std::uint8_t& p : noise.pixels) p = static_cast<std::uint8_t>(p + 6 * rng.normal());
  CHECK(says(error_of([&] { prepared(noise); }), {"is blank"}));
  Image dot = flat_image(1, 2, 0);
  dot.pixels[1] = 255;
  CHECK(facts(prepared(dot)).height == 20);
  Image line = flat_image(1, 4000, 255);
  fill_box(line, 0, 1, 10, 3900, 0);
  const Facts f = facts(prepared(line));
  CHECK(f.width == 20);
  CHECK(f.height == 1);
}

TEST_CASE("digit image: a dark border is one below 32 in the mean") {
  CHECK(has_dark_border(flat_image(28, 28, 31)));
  CHECK_FALSE(has_dark_border(flat_image(28, 28, 32)));
  Image bright_inside = flat_image(28, 28, 255);
  CHECK_FALSE(has_dark_border(bright_inside));
  fill_box(bright_inside, 0, 1, 0, 28, 0);
  fill_box(bright_inside, 27, 28, 0, 28, 0);
  fill_box(bright_inside, 0, 28, 0, 1, 0);
  fill_box(bright_inside, 0, 28, 27, 28, 0);
  CHECK(has_dark_border(bright_inside));
  const Dataset digits = draw_digits(2000, ~std::uint64_t{1});
  int dark = 0;
  for (Index i = 0; i < digits.size(); ++i) dark += has_dark_border(image_of(digits, i));
  CHECK(dark == digits.size());  // as all of MNIST's
}

}  // namespace data_digit_image_test
}}  // namespace norma
