#include "core/kernels.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// y = 1/n Σᵢ xᵢ
Tensor sum_over(const Tensor& x, double n) {
  double total = 0;
  for (real v : x.values()) total += v;
  return record(Tensor::full({}, static_cast<real>(total / n)), {x}, [n](const Tensor& y, const Tensor& x) {
    const real dy = static_cast<real>(*y.grad_data() / n);
    if (auto dx = x.open_grad()) accumulate(dx, [=](Index) { return dy; });  // dxᵢ += dy/n
  });
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  check(shape.size() == x.size(), "reshape: x ", x.shape(), " has ", x.size(), " elements, ", shape, " has ",
        shape.size());
  return record(x.detach(shape), {x}, [](const Tensor& y, const Tensor& x) {
    const real* dy = y.grad_data();
    const auto dx = x.open_grad_in_place_of(y);
    if (dx && dx.data != dy) accumulate(dx, [=](Index i) { return dy[i]; });  // dx += dy
  });
}

// y = Σᵢ xᵢ        dxᵢ += dy
Tensor sum(const Tensor& x) { return sum_over(x, 1); }

Tensor mean(const Tensor& x) {
  check(x.size() > 0, "mean: x ", x.shape(), " has no elements");
  return sum_over(x, static_cast<double>(x.size()));
}

}}  // namespace norma
