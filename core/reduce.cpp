#include "core/kernels.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

double total(const Tensor& x) {
  double s = 0;
  for (real v : x.values()) s += v;
  return s;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  check(shape.size() == x.size(), "reshape: x ", x.shape(), " has ", x.size(), " elements, ", shape, " has ",
        shape.size());
  return record(x.detach(shape), {x}, [](const Tensor& y, const Tensor& x) {
    const real* dy = y.grad_data();
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index i) { return dy[i]; });  // dx += dy
  });
}

// y = Σᵢ xᵢ
Tensor sum(const Tensor& x) {
  Tensor y = Tensor::full({}, static_cast<real>(total(x)));
  return record(y, {x}, [](const Tensor& y, const Tensor& x) {
    const real dy = *y.grad_data();
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index) { return dy; });  // dxᵢ += dy
  });
}

// y = 1/n Σᵢ xᵢ
Tensor mean(const Tensor& x) {
  check(x.size() > 0, "mean: x ", x.shape(), " has no elements");
  const double n = static_cast<double>(x.size());
  Tensor y = Tensor::full({}, static_cast<real>(total(x) / n));
  return record(y, {x}, [n](const Tensor& y, const Tensor& x) {
    const real dy = static_cast<real>(*y.grad_data() / n);
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index) { return dy; });  // dxᵢ += dy/n
  });
}

}}  // namespace norma
