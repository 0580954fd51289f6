#include "core/map.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

// y = a + b        da += dy        db += dy
Tensor add(const Tensor& a, const Tensor& b) {
  return map(
      "add", a, b, [](real a, real b) { return a + b; }, [](real dy, real, real) { return dy; },
      [](real dy, real, real) { return dy; });
}

// y = max(0, a + b)        da += dy [y > 0]        db += dy [y > 0]
Tensor add_relu(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "add: shapes ", a.shape(), " and ", b.shape(), " differ");
  Tensor y(a.shape());
  fill(y, [pa = a.data(), pb = b.data()](Index i) {
    const real sum = pa[i] + pb[i];
    return sum <= 0 ? real(0) : sum;
  });
  return record(y, {a, b}, [](const Tensor& y, const Tensor& a, const Tensor& b) {
    for (const Tensor& t : {a, b}) {
      if (auto dt = t.open_grad())
        accumulate(dt, [dy = y.grad_data(), py = y.data()](Index i) { return py[i] <= 0 ? real(0) : dy[i]; });
    }
  });
}

// y = a − b        da += dy        db −= dy
Tensor sub(const Tensor& a, const Tensor& b) {
  return map(
      "sub", a, b, [](real a, real b) { return a - b; }, [](real dy, real, real) { return dy; },
      [](real dy, real, real) { return -dy; });
}

// y = a b        da += dy b        db += dy a
Tensor mul(const Tensor& a, const Tensor& b) {
  return map(
      "mul", a, b, [](real a, real b) { return a * b; }, [](real dy, real, real b) { return dy * b; },
      [](real dy, real a, real) { return dy * a; });
}

// y = c x
Tensor scale(const Tensor& x, double factor) {
  const real c = static_cast<real>(factor);
  return map(
      x, [c](real x) { return c * x; }, [c](real dy, real, real) { return c * dy; });  // dx += c dy
}

}}  // namespace norma
