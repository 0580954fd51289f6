#include "core/map.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void check_same(const char* operation, const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), operation, ": shapes ", a.shape(), " and ", b.shape(), " differ");
}

}  // namespace

// y = a + b
Tensor add(const Tensor& a, const Tensor& b) {
  check_same("add", a, b);
  Tensor y(a.shape());
  const real *pa = a.data(), *pb = b.data();
  fill(y, [=](Index i) { return pa[i] + pb[i]; });
  return record(y, {a, b}, [](const Tensor& y, const Tensor& a, const Tensor& b) {
    const real* dy = y.grad_data();
    if (auto da = a.open_grad()) accumulate(da, [=](Index i) { return dy[i]; });  // da += dy
    if (auto db = b.open_grad()) accumulate(db, [=](Index i) { return dy[i]; });  // db += dy
  });
}

// y = a − b
Tensor sub(const Tensor& a, const Tensor& b) {
  check_same("sub", a, b);
  Tensor y(a.shape());
  const real *pa = a.data(), *pb = b.data();
  fill(y, [=](Index i) { return pa[i] - pb[i]; });
  return record(y, {a, b}, [](const Tensor& y, const Tensor& a, const Tensor& b) {
    const real* dy = y.grad_data();
    if (auto da = a.open_grad()) accumulate(da, [=](Index i) { return dy[i]; });   // da += dy
    if (auto db = b.open_grad()) accumulate(db, [=](Index i) { return -dy[i]; });  // db −= dy
  });
}

// y = a b
Tensor mul(const Tensor& a, const Tensor& b) {
  check_same("mul", a, b);
  Tensor y(a.shape());
  const real *pa = a.data(), *pb = b.data();
  fill(y, [=](Index i) { return pa[i] * pb[i]; });
  return record(y, {a, b}, [](const Tensor& y, const Tensor& a, const Tensor& b) {
    const real *dy = y.grad_data(), *pa = a.data(), *pb = b.data();
    if (auto da = a.open_grad()) accumulate(da, [=](Index i) { return dy[i] * pb[i]; });  // da += dy b
    if (auto db = b.open_grad()) accumulate(db, [=](Index i) { return dy[i] * pa[i]; });  // db += dy a
  });
}

// y = c x
Tensor scale(const Tensor& x, double factor) {
  const real c = static_cast<real>(factor);
  return map(
      x, [c](real x) { return c * x; }, [c](real dy, real, real) { return c * dy; });  // dx += c dy
}

}}  // namespace norma
