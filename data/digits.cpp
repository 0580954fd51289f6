// How a digit is drawn: take one of the ways to write it, move its points a little, bend
// curves through them, slant, turn, stretch and warp the curves, and run a pen along them
// whose width and blackness differ from digit to digit. Built with -ffp-contract=off and
// written with + − × ÷ √ only, so that the bytes are the same on every machine.
#include "data/digits.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct Point {
  double x, y;
  bool operator==(const Point&) const = default;
};

using Stroke = std::vector<Point>;

/// One way to write a digit.
struct Form {
  int digit;
  std::vector<Stroke> strokes;
};

// Each stroke is a smooth curve through its points, in percent of the digit's box, y downwards. A point given
// twice is a corner.
// clang-format off
const std::vector<Form> forms = {
    {0, {{{55, 0}, {20, 12}, {4, 50}, {20, 90}, {52, 100}, {82, 88}, {96, 48}, {80, 10}, {50, 1}}}},
    {0, {{{70, 6}, {38, 4}, {12, 35}, {14, 78}, {45, 100}, {80, 78}, {90, 35}, {72, 8}, {45, 6}}}},
    {1, {{{52, 0}, {51, 50}, {50, 100}}}},
    {1, {{{22, 26}, {40, 14}, {54, 0}, {54, 0}, {53, 50}, {52, 100}}}},
    {1, {{{26, 22}, {52, 0}, {52, 0}, {52, 98}}, {{22, 100}, {52, 99}, {82, 100}}}},  // with a foot
    {2, {{{10, 24}, {28, 4}, {60, 0}, {84, 18}, {76, 44}, {42, 74}, {6, 98}, {6, 98}, {50, 97}, {96, 97}}}},
    {2, {{{12, 18}, {40, 0}, {76, 8}, {80, 34}, {54, 68}, {24, 96}, {8, 90}, {22, 78}, {55, 92}, {96, 98}}}},
    {3, {{{10, 12}, {44, 0}, {80, 12}, {74, 36}, {40, 48}, {40, 48}, {78, 56}, {90, 78}, {56, 100},
          {8, 90}}}},
    {3, {{{10, 2}, {50, 2}, {86, 2}, {86, 2}, {44, 40}, {44, 40}, {80, 50}, {90, 76}, {54, 100}, {8, 90}}}},
    {4, {{{24, 2}, {16, 30}, {8, 56}, {8, 56}, {50, 56}, {96, 54}}, {{74, 12}, {70, 55}, {66, 100}}}},
    {4, {{{70, 100}, {70, 50}, {72, 0}, {72, 0}, {38, 34}, {4, 68}, {4, 68}, {50, 67}, {98, 66}}}},  // closed
    {4, {{{18, 4}, {12, 36}, {30, 54}, {78, 46}}, {{84, 2}, {78, 50}, {72, 100}}}},
    {5, {{{88, 2}, {55, 3}, {26, 3}, {26, 3}, {22, 24}, {18, 46}, {18, 46}, {54, 38}, {88, 60}, {78, 90},
          {42, 100}, {8, 88}}}},
    {5, {{{28, 4}, {22, 44}, {22, 44}, {58, 42}, {84, 66}, {68, 94}, {36, 100}, {10, 92}}, {{26, 3},
          {60, 3}, {94, 0}}}},
    {6, {{{76, 2}, {40, 20}, {14, 56}, {22, 92}, {54, 100}, {84, 82}, {74, 56}, {44, 54}, {18, 76}}}},
    {6, {{{54, 0}, {26, 34}, {14, 72}, {36, 99}, {70, 94}, {82, 70}, {58, 54}, {28, 66}, {20, 82}}}},
    {7, {{{6, 4}, {48, 3}, {92, 2}, {92, 2}, {62, 48}, {40, 100}}}},
    {7, {{{6, 4}, {48, 3}, {90, 2}, {90, 2}, {62, 50}, {38, 100}}, {{30, 50}, {58, 49}, {86, 48}}}},  // with a bar
    {7, {{{10, 20}, {10, 3}, {10, 3}, {50, 4}, {90, 2}, {90, 2}, {70, 36}, {58, 100}}}},
    {8, {{{82, 16}, {50, 0}, {20, 16}, {34, 40}, {68, 58}, {84, 82}, {50, 100}, {16, 82}, {32, 58},
          {66, 40}, {82, 14}}}},
    {8, {{{52, 1}, {24, 12}, {24, 36}, {50, 46}, {78, 34}, {76, 10}, {50, 0}}, {{50, 46}, {16, 62},
          {18, 90}, {50, 100}, {84, 88}, {82, 60}, {48, 46}}}},  // two rings
    {9, {{{84, 18}, {52, 0}, {20, 16}, {22, 42}, {52, 50}, {80, 34}, {86, 12}, {86, 12}, {82, 56},
          {76, 100}}}},
    {9, {{{80, 20}, {54, 2}, {24, 14}, {18, 38}, {46, 48}, {76, 32}, {84, 14}, {84, 14}, {86, 60}, {66, 96},
          {24, 94}}}},
};
// clang-format on

const Form& any_form_of(int digit, Rng& rng) {
  auto same = [digit](const Form& f) { return f.digit == digit; };
  auto first = std::find_if(forms.begin(), forms.end(), same);
  auto count = std::count_if(first, forms.end(), same);
  return first[static_cast<std::ptrdiff_t>(rng.below(static_cast<std::uint64_t>(count)))];
}

// Curves

/// Moves every point by a normal deviate; the two points of a corner together.
void jitter(Stroke& stroke, double deviation, Rng& rng) {
  Point old{-1e9, 0}, moved{};
  for (Point& p : stroke) {
    if (p != old) {
      old = p;
      moved.x = p.x + rng.normal(0, deviation);
      moved.y = p.y + rng.normal(0, deviation);
    }
    p = moved;
  }
}

/// The Catmull–Rom spline through the points, as short straight pieces.
Stroke smooth(const Stroke& p) {
  constexpr int pieces = 4;
  Stroke curve;
  for (std::size_t i = 0; i + 1 < p.size(); ++i) {
    if (p[i] == p[i + 1]) continue;
    Point a = p[i ? i - 1 : 0], b = p[i], c = p[i + 1], d = p[std::min(i + 2, p.size() - 1)];
    for (int k = 0; k < pieces; ++k) {
      double t = static_cast<double>(k) / pieces;
      auto at = [t](double w, double x, double y, double z) {  // passes x at t = 0 with slope (y − w)/2
        return x + 0.5 * t * (y - w + t * (2 * w - 5 * x + 4 * y - z + t * (3 * (x - y) + z - w)));
      };
      curve.push_back({at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)});
    }
  }
  curve.push_back(p.back());
  return curve;
}

/// What one writer does to all strokes of a digit: percent of the box → pixels around (0, 0).
class Hand {
 public:
  explicit Hand(Rng& rng) {
    height_ = rng.uniform(16, 22);
    width_ = height_ * rng.uniform(0.45, 0.85);
    slant_ = rng.normal(0.12, 0.22);
    double t = rng.normal(0, 0.07);  // tan(θ/2) gives cos θ and sin θ without either
    cos_ = (1 - t * t) / (1 + t * t);
    sin_ = 2 * t / (1 + t * t);
    for (double& w : warp_) w = rng.normal(0, 0.09);
  }
  Point operator()(Point p) const {
    double u = p.x / 50 - 1, v = p.y / 50 - 1;  // the box is [−1, 1]²
    double uu = u * u, uv = u * v, vv = v * v;
    double x = u + warp_[0] * uu + warp_[1] * uv + warp_[2] * vv;
    double y = v + warp_[3] * uu + warp_[4] * uv + warp_[5] * vv;
    x *= width_ / 2;
    y *= height_ / 2;
    x -= slant_ * y;
    return {cos_ * x - sin_ * y, sin_ * x + cos_ * y};
  }

 private:
  double height_, width_, slant_, cos_, sin_;
  double warp_[6];
};

// Pen

constexpr int side = 28;

struct Pen {
  double radius;  // pixels
  double change;  // of the radius along a stroke, as a part of it: pressure that grows or fades
  double edge;    // width of the border between ink and paper, pixels
  double ink;     // 0 … 255
};

/// Draws the segment a–b, whose radius goes from ra to rb, into `picture`: ink by distance, the darkest wins.
void draw_segment(Point a, Point b, double ra, double rb, double edge, double* picture) {
  double reach = std::max(ra, rb) + edge / 2;
  auto pixel = [](double x) { return static_cast<int>(std::clamp(std::floor(x), 0.0, double{side})); };
  int x0 = pixel(std::min(a.x, b.x) - reach), x1 = pixel(std::max(a.x, b.x) + reach + 1);
  int y0 = pixel(std::min(a.y, b.y) - reach), y1 = pixel(std::max(a.y, b.y) + reach + 1);
  double dx = b.x - a.x, dy = b.y - a.y;
  double per_length2 = 1 / std::max(dx * dx + dy * dy, 1e-12);
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) {
      double px = x + 0.5 - a.x, py = y + 0.5 - a.y;  // the pixel's centre
      double t = std::clamp((px * dx + py * dy) * per_length2, 0.0, 1.0);
      double ex = px - t * dx, ey = py - t * dy, d2 = ex * ex + ey * ey;
      if (d2 >= reach * reach) continue;
      double cover = (ra + t * (rb - ra) - std::sqrt(d2)) / edge + 0.5;
      double& there = picture[y * side + x];
      there = std::max(there, std::clamp(cover, 0.0, 1.0));
    }
}

void draw_stroke(const Stroke& curve, const Pen& pen, double* picture) {
  double per_piece = 1 / static_cast<double>(curve.size() - 1);
  auto radius = [&](std::size_t i) {
    return pen.radius * (1 + pen.change * (static_cast<double>(i) * per_piece - 0.5));
  };
  for (std::size_t i = 0; i + 1 < curve.size(); ++i)
    draw_segment(curve[i], curve[i + 1], radius(i), radius(i + 1), pen.edge, picture);
}

// Pictures

/// Moves the strokes so that the middle of their bounding box is `centre`.
void place(std::vector<Stroke>& strokes, Point centre) {
  Point low{1e9, 1e9}, high{-1e9, -1e9};
  for (const Stroke& s : strokes)
    for (Point p : s) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    }
  for (Stroke& s : strokes)
    for (Point& p : s) p = {p.x - (low.x + high.x) / 2 + centre.x, p.y - (low.y + high.y) / 2 + centre.y};
}

void draw_digit(int digit, Rng& rng, std::uint8_t* pixels) {
  std::vector<Stroke> strokes = any_form_of(digit, rng).strokes;
  Hand hand(rng);
  for (Stroke& s : strokes) {
    jitter(s, 5, rng);
    s = smooth(s);
    for (Point& p : s) p = hand(p);
  }
  double x = side / 2.0 + rng.normal(0, 0.8), y = side / 2.0 + rng.normal(0, 0.8);
  place(strokes, {x, y});

  Pen pen;
  pen.radius = rng.uniform(0.7, 1.8);
  pen.change = rng.uniform(-0.5, 0.5);
  pen.edge = rng.uniform(0.8, 1.6);
  pen.ink = rng.uniform(215, 255);
  double picture[side * side] = {};
  for (const Stroke& s : strokes) draw_stroke(s, pen, picture);
  for (int i = 0; i < side * side; ++i) pixels[i] = static_cast<std::uint8_t>(picture[i] * pen.ink + 0.5);
}

}  // namespace

int drawn_label(Index i, std::uint64_t seed) {
  constexpr std::uint64_t stream = std::uint64_t{1} << 63;  // past every sample's own
  std::uint8_t ten[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Rng(seed, stream + static_cast<std::uint64_t>(i / 10)).shuffle(ten, 10);
  return ten[i % 10];
}

Dataset draw_digits(Index n, std::uint64_t seed) {
  check(n >= 1, "digits: expected at least 1 sample, got ", n);
  Dataset set;
  set.name = "digits";
  set.source = "drawn, seed " + std::to_string(seed);
  set.sample = Shape{1, side, side};
  set.classes = 10;
  set.pixels.resize(n * set.sample.size());
  set.labels.resize(n);
  for (Index i = 0; i < n; ++i) {
    int digit = drawn_label(i, seed);
    Rng rng(seed, static_cast<std::uint64_t>(i));
    set.labels[i] = static_cast<std::uint8_t>(digit);
    draw_digit(digit, rng, set.pixels.data() + i * set.sample.size());
  }
  return set;
}

}}  // namespace norma
