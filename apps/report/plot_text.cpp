#include "apps/report/plot_text.h"

#include <algorithm>
#include <cmath>

#include "apps/report/text.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// The least and the greatest of what is finite; the first is the larger if nothing is.
std::pair<double, double> ends_of(const std::vector<double>& values) {
  double low = INFINITY, high = -INFINITY;
  for (double v : values) {
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  }
  return {low, high};
}

// 0 … steps − 1 for low … high.
int place(double value, double low, double high, int steps) {
  const double share = high > low ? (value - low) / (high - low) : 0.5;
  return std::clamp(static_cast<int>(std::lround(share * (steps - 1))), 0, steps - 1);
}

// Means of `width` shares of the values, as equal as can be.
std::vector<double> means(const std::vector<double>& values, std::size_t width) {
  const std::size_t n = values.size(), bins = std::min(n, width);
  std::vector<double> result;
  for (std::size_t b = 0; b < bins; ++b) {
    double sum = 0;
    int count = 0;
    for (std::size_t i = n * b / bins; i < n * (b + 1) / bins; ++i) {
      if (std::isfinite(values[i])) sum += values[i], ++count;
    }
    result.push_back(count ? sum / count : NAN);
  }
  return result;
}

// A braille character by its dots: bit 0 to 7 as Unicode numbers them, from U+2800.
std::string braille(unsigned dots) {
  const unsigned code = 0x2800 + dots;
  return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
          static_cast<char>(0x80 | (code & 63))};
}

// Dots, two to a column and four to a row.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        dots_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}
  int width() const { return 2 * columns_; }
  int height() const { return 4 * rows_; }

  void set(int x, int y) {  // y counts upwards
    constexpr unsigned bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const int down = height() - 1 - y;
    dots_[static_cast<std::size_t>(down / 4 * columns_ + x / 2)] |= bits[down % 4][x % 2];
  }
  void line(int x0, int y0, int x1, int y1) {
    const int steps = std::max({1, std::abs(x1 - x0), std::abs(y1 - y0)});
    for (int i = 0; i <= steps; ++i)
      set(static_cast<int>(std::lround(x0 + double(x1 - x0) * i / steps)),
          static_cast<int>(std::lround(y0 + double(y1 - y0) * i / steps)));
  }
  std::string row(int r) const {
    std::string text;
    for (int c = 0; c < columns_; ++c) text += braille(dots_[static_cast<std::size_t>(r * columns_ + c)]);
    return text;
  }

 private:
  int columns_, rows_;
  std::vector<unsigned> dots_;
};

std::string padded(const std::string& words, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(words))), ' ') + words;
}

}  // namespace

std::string sparkline(const std::vector<double>& values, int width) {
  constexpr const char* bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::vector<double> shown = means(values, static_cast<std::size_t>(std::max(1, width)));
  const auto [low, high] = ends_of(shown);
  std::string text;
  for (double v : shown) text += std::isfinite(v) ? bars[place(v, low, high, 8)] : "·";
  return text;
}

std::string plot_text(const std::vector<double>& x, const std::vector<double>& y, int width, int height,
                      std::string (*x_words)(double), std::string (*y_words)(double)) {
  check(x.size() == y.size(), "plot_text: expected as many y as x, got ", y.size(), " and ", x.size());
  std::vector<double> xs, ys;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(x[i]) && std::isfinite(y[i])) xs.push_back(x[i]), ys.push_back(y[i]);
  }
  if (xs.empty()) return "(nothing to draw yet)\n";
  const auto [left, right] = ends_of(xs);
  const auto [low, high] = ends_of(ys);
  Canvas canvas(std::max(1, width), std::max(1, height));
  int before_x = 0, before_y = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const int px = place(xs[i], left, right, canvas.width()), py = place(ys[i], low, high, canvas.height());
    if (i) canvas.line(before_x, before_y, px, py);
    canvas.set(before_x = px, before_y = py);
  }
  const std::string top = y_words(high), bottom = y_words(low), first = x_words(left), last = x_words(right);
  const int margin = std::max(display_width(top), display_width(bottom));
  std::string text;
  for (int r = 0; r < height; ++r) {
    const bool end = r == 0 || r == height - 1;
    text += padded(r == 0            ? top
                   : r == height - 1 ? bottom
                                     : "",
                   margin) +
            (end ? " ┤" : " │") + canvas.row(r) + '\n';
  }
  const int gap = std::max(display_width(last) + 1, width - display_width(first));
  return text + std::string(static_cast<std::size_t>(margin + 2), ' ') + first + padded(last, gap) + '\n';
}

}}  // namespace norma
