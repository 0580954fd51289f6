#include "data/augment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Kind = Augmentation::Kind;

const std::vector<Named<Kind>>& kinds() {
  static const std::vector<Named<Kind>> table = {
      {"flip", Kind::flip}, {"shift", Kind::shift}, {"crop", Kind::crop}};
  return table;
}

Augmentation parse_step(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  Augmentation step{find_named(kinds(), text.substr(0, colon), "augment").value};
  if (step.kind == Kind::flip) {
    check(colon == text.size(), "augment: flip takes no number, got '", text, "'");
    return step;
  }
  const char* const end = text.data() + text.size();
  const char* const begin = std::min(text.data() + colon + 1, end);
  const auto [stop, error] = std::from_chars(begin, end, step.pixels);
  check(error == std::errc() && stop == end && step.pixels >= 1 && step.pixels <= 10'000,
        "augment: expected ", text.substr(0, colon), ":N with N from 1 to 10000 pixels, got '", text, "'");
  return step;
}

void flip(const Shape& sample, std::uint8_t* pixels) {
  const Index width = sample[2];
  for (Index row = 0; row < sample[0] * sample[1]; ++row)
    std::reverse(pixels + row * width, pixels + (row + 1) * width);
}

// Pixel (y, x) ← (y − down, x − right), or 0 where there is none; in the order in which no pixel is
// overwritten before it is used.
void move(const Shape& sample, Index down, Index right, std::uint8_t* pixels) {
  const Index H = sample[1], W = sample[2], kept = W - std::abs(right);
  for (Index c = 0; c < sample[0]; ++c) {
    for (Index i = 0; i < H; ++i) {
      const Index y = down > 0 ? H - 1 - i : i, from = y - down;
      std::uint8_t* const row = pixels + (c * H + y) * W;
      if (from < 0 || from >= H) {
        std::fill(row, row + W, std::uint8_t{0});
        continue;
      }
      const std::uint8_t* const source = pixels + (c * H + from) * W;
      std::memmove(row + std::max<Index>(right, 0), source + std::max<Index>(-right, 0),
                   static_cast<std::size_t>(kept));
      std::fill(right > 0 ? row : row + kept, right > 0 ? row + right : row + W, std::uint8_t{0});
    }
  }
}

}  // namespace

std::vector<Augmentation> parse_augmentation(const std::string& text) {
  std::vector<Augmentation> steps;
  for (std::size_t at = 0; at <= text.size() && text != "none";) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    steps.push_back(parse_step(text.substr(at, end - at)));
    at = end + 1;
  }
  return steps;
}

void check_augmentation(const std::vector<Augmentation>& steps, const Shape& sample) {
  const Index least = std::min(sample[1], sample[2]);
  for (const Augmentation& step : steps)
    check(step.pixels < least, "augment: expected less than ", least, ", a side of the pictures, got ",
          kinds()[static_cast<std::size_t>(step.kind)].name, ":", step.pixels);
}

void augment(const std::vector<Augmentation>& steps, const Shape& sample, Rng random, std::uint8_t* pixels) {
  for (const Augmentation& step : steps) {
    if (step.kind == Kind::flip) {
      if (random.below(2)) flip(sample, pixels);
      continue;
    }
    const auto draw = [&] {
      return static_cast<Index>(random.below(static_cast<std::uint64_t>(2 * step.pixels + 1)));
    };
    const Index p = step.pixels, y = draw(), x = draw();  // of crop: where the window's corner is
    const bool crop = step.kind == Kind::crop;
    move(sample, crop ? p - y : y - p, crop ? p - x : x - p, pixels);
  }
}

}}  // namespace norma
