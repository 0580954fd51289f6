#include "data/digit_image.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// Ink, 0 … 1 per pixel.
struct Ink {
  Index height, width;
  std::vector<float> values;

  float& at(Index row, Index column) { return values[row * width + column]; }
  float at(Index row, Index column) const { return values[row * width + column]; }
};

/// f(value) for each of the outermost pixels.
template <class F>
void for_each_border_pixel(const Image& image, const F& f) {
  for (Index row = 0; row < image.height; ++row) {
    const bool edge = row == 0 || row == image.height - 1;
    for (Index column = 0; column < image.width; column += edge || image.width == 1 ? 1 : image.width - 1)
      f(image.at(row, column));
  }
}

/// The means of the pixels below and above the threshold t that separates them best (Otsu 1979): the one with
/// the largest n₀ n₁ (m₁ − m₀)².
struct Levels {
  double dark = 0, light = 0;
};

Levels otsu(const Image& image) {
  std::array<double, 256> histogram{};
  double total = 0, best = -1;
  for (std::uint8_t p : image.pixels) {
    ++histogram[p];
    total += p;
  }
  Levels levels;
  const auto n = static_cast<double>(image.pixels.size());
  double n0 = 0, sum0 = 0;
  for (std::size_t t = 0; t < 255; ++t) {  // values up to t are dark
    n0 += histogram[t];
    sum0 += histogram[t] * static_cast<double>(t);
    const double n1 = n - n0;
    if (n0 == 0 || n1 == 0) continue;
    const double m0 = sum0 / n0, m1 = (total - sum0) / n1, between = n0 * n1 * (m1 - m0) * (m1 - m0);
    if (between > best) {
      best = between;
      levels = {m0, m1};
    }
  }
  return levels;
}

/// Each pixel the mean of the 3×3 around it: with a third of the noise.
Image softened(const Image& image) {
  Image soft = image;
  for (Index row = 0; row < image.height; ++row)
    for (Index column = 0; column < image.width; ++column) {
      int sum = 0, n = 0;
      for (Index r = std::max<Index>(row - 1, 0); r < std::min(row + 2, image.height); ++r)
        for (Index c = std::max<Index>(column - 1, 0); c < std::min(column + 2, image.width); ++c, ++n)
          sum += image.at(r, c);
      soft.pixels[row * image.width + column] = static_cast<std::uint8_t>(sum / n);
    }
  return soft;
}

Ink find_ink(const Image& image, const std::string& where) {
  constexpr double least = 32;
  Levels levels = otsu(image);
  if (levels.light - levels.dark < least)
    levels = otsu(softened(image));  // it separated the noise of a large sheet
  const auto [dark, light] = levels;
  check(light - dark >= least, where,
        ": is blank: expected its lighter pixels to differ from its darker ones by at least ", least,
        " of 255, got ", std::round(light - dark));
  Index border = 0, light_border = 0;
  for_each_border_pixel(image, [&, middle = (dark + light) / 2](std::uint8_t p) {
    ++border;
    light_border += p > middle;
  });
  const bool dark_ink = 2 * light_border >= border;
  const double paper = dark_ink ? light : dark, ink = dark_ink ? dark : light;
  std::array<float, 256> ramp{};
  for (std::size_t p = 0; p < ramp.size(); ++p)
    ramp[p] =
        static_cast<float>(std::clamp(2 * (static_cast<double>(p) - paper) / (ink - paper) - 0.5, 0.0, 1.0));
  Ink found{.height = image.height, .width = image.width, .values = {}};
  found.values.reserve(image.pixels.size());
  for (std::uint8_t p : image.pixels) found.values.push_back(ramp[p]);
  return found;
}

/// Rows [top, bottom), columns [left, right).
struct Box {
  Index top, bottom, left, right;
};

/// Removes the parts, pixels that touch by side or corner, with less than a fiftieth of the largest one's
/// ink. Returns the box around the rest.
Box remove_spots(Ink& ink) {
  struct Part {
    double sum = 0;
    Box box;
  };
  std::vector<Part> parts;
  std::vector<std::int32_t> part_of(ink.values.size(), -1);
  std::vector<Index> open;
  for (Index start = 0; start < static_cast<Index>(ink.values.size()); ++start) {
    if (ink.values[start] == 0 || part_of[start] >= 0) continue;
    const auto own = static_cast<std::int32_t>(parts.size());
    Part part{.sum = 0, .box = {ink.height, 0, ink.width, 0}};
    part_of[start] = own;
    open.push_back(start);
    while (!open.empty()) {
      const Index row = open.back() / ink.width, column = open.back() % ink.width;
      open.pop_back();
      part.sum += ink.at(row, column);
      part.box = {std::min(part.box.top, row), std::max(part.box.bottom, row + 1),
                  std::min(part.box.left, column), std::max(part.box.right, column + 1)};
      for (Index r = std::max<Index>(row - 1, 0); r < std::min(row + 2, ink.height); ++r)
        for (Index c = std::max<Index>(column - 1, 0); c < std::min(column + 2, ink.width); ++c) {
          const auto i = static_cast<std::size_t>(r * ink.width + c);
          if (ink.values[i] == 0 || part_of[i] >= 0) continue;
          part_of[i] = own;
          open.push_back(r * ink.width + c);
        }
    }
    parts.push_back(part);
  }
  double largest = 0;
  for (const Part& part : parts) largest = std::max(largest, part.sum);
  Box all{ink.height, 0, ink.width, 0};
  for (const Part& part : parts)
    if (part.sum >= largest / 50)
      all = {std::min(all.top, part.box.top), std::max(all.bottom, part.box.bottom),
             std::min(all.left, part.box.left), std::max(all.right, part.box.right)};
  for (std::size_t i = 0; i < ink.values.size(); ++i)
    if (part_of[i] >= 0 && parts[part_of[i]].sum < largest / 50) ink.values[i] = 0;
  return all;
}

/// The box of `ink` as height × width pixels, each the mean over the area that it covers: along both axes,
/// new pixel i covers [i s, (i + 1) s) of the old, s = old/new.
Ink resize(const Ink& ink, const Box& box, Index height, Index width) {
  // sum(i, f): Σ f(k)·(share of old pixel k in new pixel i)/s
  auto mean = [](Index i, Index from, Index to, auto&& f) {
    const double s = static_cast<double>(to) / static_cast<double>(from);
    const double begin = static_cast<double>(i) * s, end = static_cast<double>(i + 1) * s;
    double sum = 0;
    for (Index k = static_cast<Index>(begin); k < to && static_cast<double>(k) < end; ++k)
      sum += (std::min(end, static_cast<double>(k + 1)) - std::max(begin, static_cast<double>(k))) * f(k);
    return static_cast<float>(sum / s);
  };
  const Index rows = box.bottom - box.top, columns = box.right - box.left;
  auto make = [](Index h, Index w) {
    return Ink{.height = h, .width = w, .values = std::vector<float>(h * w)};
  };
  Ink narrow = make(rows, width), result = make(height, width);
  for (Index r = 0; r < rows; ++r)
    for (Index c = 0; c < width; ++c)
      narrow.at(r, c) = mean(c, width, columns, [&](Index k) { return ink.at(box.top + r, box.left + k); });
  for (Index r = 0; r < height; ++r)
    for (Index c = 0; c < width; ++c)
      result.at(r, c) = mean(r, height, rows, [&](Index k) { return narrow.at(k, c); });
  return result;
}

}  // namespace

bool has_dark_border(const Image& image) {
  Index sum = 0, n = 0;
  for_each_border_pixel(image, [&](std::uint8_t p) {
    sum += p;
    ++n;
  });
  return sum < 32 * n;
}

Image prepare_digit(const Image& image, Index height, Index width, const std::string& where) {
  Ink ink = find_ink(image, where);
  const Box box = remove_spots(ink);

  // Into 5/7: 20 of 28
  const auto rows = static_cast<double>(box.bottom - box.top),
             columns = static_cast<double>(box.right - box.left);
  auto most = [](Index side) { return std::max<Index>(1, (side * 5 + 3) / 7); };
  const double scale =
      std::min(static_cast<double>(most(height)) / rows, static_cast<double>(most(width)) / columns);
  auto fitted = [&](double side, Index limit) {
    return std::clamp<Index>(std::lround(side * scale), 1, limit);
  };
  const Ink digit = resize(ink, box, fitted(rows, most(height)), fitted(columns, most(width)));

  // Its centre of mass
  double sum = 0, row_sum = 0, column_sum = 0, brightest = 0;
  for (Index r = 0; r < digit.height; ++r)
    for (Index c = 0; c < digit.width; ++c) {
      const double v = digit.at(r, c);
      sum += v;
      row_sum += v * static_cast<double>(r);
      column_sum += v * static_cast<double>(c);
      brightest = std::max(brightest, v);
    }
  auto place = [&](Index side, double centre, Index own) {
    return std::clamp<Index>(std::lround(static_cast<double>(side / 2) - centre), 0, side - own);
  };
  const Index top = place(height, row_sum / sum, digit.height),
              left = place(width, column_sum / sum, digit.width);
  Image result{.height = height, .width = width, .pixels = {}};
  result.pixels.resize(height * width);
  for (Index r = 0; r < digit.height; ++r)
    for (Index c = 0; c < digit.width; ++c)
      result.pixels[(top + r) * width + left + c] =
          static_cast<std::uint8_t>(std::lround(255 * digit.at(r, c) / brightest));
  return result;
}

}}  // namespace norma
