#include "core/map.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

// y = a + b        da += dy        db += dy
Tensor add(const Tensor& a, const Tensor& b) {
  return map(
      "add", a, b, [](real a, real b) { return a + b; }, [](real dy, real, real, real) { return dy; },
      [](real dy, real, real, real) { return dy; });
}

// y = max(0, a + b)        da += dy [y > 0]        db += dy [y > 0]
Tensor add_relu(const Tensor& a, const Tensor& b) {
  auto gradient = [](real dy, real, real, real y) { return y <= 0 ? real(0) : dy; };
  return map(
      "add_relu", a, b,
      [](real a, real b) {
        const real sum = a + b;
        return sum <= 0 ? real(0) : sum;
      },
      gradient, gradient);
}

// y = a − b        da += dy        db −= dy
Tensor sub(const Tensor& a, const Tensor& b) {
  return map(
      "sub", a, b, [](real a, real b) { return a - b; }, [](real dy, real, real, real) { return dy; },
      [](real dy, real, real, real) { return -dy; });
}

// y = a b        da += dy b        db += dy a
Tensor mul(const Tensor& a, const Tensor& b) {
  return map(
      "mul", a, b, [](real a, real b) { return a * b; }, [](real dy, real, real b, real) { return dy * b; },
      [](real dy, real a, real, real) { return dy * a; });
}

// y = c x
Tensor scale(const Tensor& x, double factor) {
  const real c = static_cast<real>(factor);
  return map(
      x, [c](real x) { return c * x; }, [c](real dy, real, real) { return c * dy; });  // dx += c dy
}

}}  // namespace norma
