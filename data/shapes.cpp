#include "data/shapes.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "data/digits.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr int side = 32;

struct Colour3 {
  double red, green, blue;
};

/// How far a point of the unit's frame, in pixels, is inside a shape of the area of a circle of radius r;
/// negative: outside.
double in_circle(double x, double y, double r) { return r - std::sqrt(x * x + y * y); }

double in_square(double x, double y, double r) {
  constexpr double half_side = 0.8862269254527580;  // √π/2
  return half_side * r - std::max(std::abs(x), std::abs(y));
}

double in_triangle(double x, double y, double r) {
  constexpr double inner_radius = 0.7775603216, half = 0.5, height = 0.8660254037844386;  // √(π/(3√3)), √3/2
  const double edges[] = {y, -half * y + height * x, -half * y - height * x};  // distances along the normals
  return inner_radius * r - std::max({edges[0], edges[1], edges[2]});
}

/// Two of the ten classes: plain, then striped.
struct Kind {
  const char *colour, *shape;
  Colour3 base;
  double (*inside)(double x, double y, double r);
};
constexpr Colour3 red{0.80, 0.25, 0.25}, green{0.25, 0.65, 0.30}, blue{0.25, 0.35, 0.80};
const Kind kinds[] = {{"red", "circle", red, in_circle},
                      {"red", "square", red, in_square},
                      {"green", "circle", green, in_circle},
                      {"green", "triangle", green, in_triangle},
                      {"blue", "square", blue, in_square}};

/// A direction, uniform over all.
struct Turn {
  double cos, sin;
  explicit Turn(Rng& rng) {
    double square = 0;
    do {
      cos = rng.uniform(-1, 1), sin = rng.uniform(-1, 1);
      square = cos * cos + sin * sin;
    } while (square < 0.01 || square > 1);
    const double length = std::sqrt(square);
    cos /= length, sin /= length;
  }
};

/// A triangle's wave of period 1: 0 … 1 … 0.
double wave(double x) { return 1 - std::abs(2 * (x - std::floor(x)) - 1); }

Colour3 varied(const Colour3& c, double deviation, Rng& rng) {
  const double r = rng.normal(c.red, deviation), g = rng.normal(c.green, deviation);
  return {r, g, rng.normal(c.blue, deviation)};
}

/// a + t (b − a)
Colour3 mixed(const Colour3& a, const Colour3& b, double t) {
  return {a.red + t * (b.red - a.red), a.green + t * (b.green - a.green), a.blue + t * (b.blue - a.blue)};
}

/// What the shape lies on: one colour that becomes another one along a direction.
class Ground {
 public:
  explicit Ground(Rng& rng) : from_(varied(grey, 0.15, rng)), to_(varied(grey, 0.15, rng)), along_(rng) {}
  Colour3 at(double x, double y) const {
    const double t = 0.5 + (along_.cos * (x - side / 2.0) + along_.sin * (y - side / 2.0)) / side;
    return mixed(from_, to_, t);
  }

 private:
  static constexpr Colour3 grey{0.5, 0.5, 0.5};
  Colour3 from_, to_;
  Turn along_;
};

/// One shape somewhere in the picture.
class Figure {
 public:
  Figure(int label, Rng& rng) : kind_(kinds[label / 2]), striped_(label % 2 == 1), turn_(rng), stripes_(rng) {
    radius_ = rng.uniform(7.5, 11.5);
    const double room = side / 2.0 - radius_;
    x_ = side / 2.0 + rng.uniform(-room, room), y_ = side / 2.0 + rng.uniform(-room, room);
    const double light = rng.uniform(0.7, 1.15);
    colour_ = varied(mixed({0, 0, 0}, kind_.base, light), 0.06, rng);
    period_ = rng.uniform(4, 6), phase_ = rng.uniform();
    depth_ = rng.uniform(0.35, 0.7);
  }

  /// The colour at a pixel's centre, on `ground`.
  Colour3 over(const Colour3& ground, double px, double py) const {
    const double dx = px - x_, dy = py - y_;
    const double inside =
        kind_.inside(turn_.cos * dx + turn_.sin * dy, turn_.cos * dy - turn_.sin * dx, radius_);
    const double cover = std::clamp(inside + 0.5, 0.0, 1.0);
    const double along = (stripes_.cos * dx + stripes_.sin * dy) / period_ + phase_;
    const double dark = striped_ ? depth_ * std::clamp(3 * wave(along) - 1, 0.0, 1.0) : 0;
    return mixed(ground, mixed(colour_, {0, 0, 0}, dark), cover);
  }

 private:
  const Kind& kind_;
  bool striped_;
  Turn turn_, stripes_;
  Colour3 colour_{};
  double radius_, x_, y_, period_, phase_, depth_;
};

void draw_shape(int label, Rng& rng, std::uint8_t* pixels) {
  const Ground ground(rng);
  const Figure figure(label, rng);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double px = x + 0.5, py = y + 0.5;
      const Colour3 colour = figure.over(ground.at(px, py), px, py);
      std::uint8_t* p = pixels + y * side + x;
      for (double value : {colour.red, colour.green, colour.blue}) {
        const double noisy = value + rng.normal(0, 0.05);
        *p = static_cast<std::uint8_t>(std::clamp(noisy, 0.0, 1.0) * 255 + 0.5);
        p += side * side;
      }
    }
}

}  // namespace

Dataset draw_shapes(Index n, std::uint64_t seed) {
  check(n >= 1, "shapes: expected at least 1 sample, got ", n);
  Dataset set;
  set.name = "shapes";
  set.source = "drawn, seed " + std::to_string(seed);
  set.sample = Shape{3, side, side};
  set.classes = 10;
  for (const Kind& kind : kinds)
    for (const char* texture : {"", "striped "})
      set.class_names.push_back(texture + std::string(kind.colour) + ' ' + kind.shape);
  set.pixels.resize(n * set.sample.size());
  set.labels.resize(n);
  for (Index i = 0; i < n; ++i) {
    const int label = drawn_label(i, seed);
    Rng rng(seed, static_cast<std::uint64_t>(i));
    set.labels[i] = static_cast<std::uint8_t>(label);
    draw_shape(label, rng, set.pixels.data() + i * set.sample.size());
  }
  return set;
}

}}  // namespace norma
