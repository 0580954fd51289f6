#include "core/tensor.h"

#include <algorithm>
#include <utility>

namespace norma { inline namespace NORMA_BUILD {

Tensor::Tensor(const Shape& shape) : Tensor(shape, Values::make(shape.size())) {}

Tensor Tensor::full(const Shape& shape, real value) {
  Tensor t(shape);
  std::fill_n(t.data(), t.size(), value);
  return t;
}

Tensor Tensor::from(const Shape& shape, std::span<const double> values) {
  check(static_cast<Index>(values.size()) == shape.size(), "tensor: expected ", shape.size(),
        " values for shape ", shape, ", got ", values.size());
  Tensor t(shape);
  std::transform(values.begin(), values.end(), t.data(), [](double v) { return static_cast<real>(v); });
  return t;
}

real Tensor::item() const {
  check(size() == 1, "item: shape ", shape(), " has ", size(), " elements, one is needed");
  return *data();
}

Tensor Tensor::clone() const {
  Tensor t(shape());
  std::copy_n(data(), size(), t.data());
  return t;
}

Tensor Tensor::detach(const Shape& shape) const {
  check(shape.size() == size(), "detach: ", this->shape(), " has ", size(), " elements, ", shape, " has ",
        shape.size());
  return Tensor(shape, impl().values);
}

void Tensor::copy_from(const Tensor& other) const {
  check(shape() == other.shape(), "copy_from: expected shape ", shape(), ", got ", other.shape());
  std::copy_n(other.data(), size(), data());
}

Tensor& Tensor::set_requires_grad(bool on) {
  check(is_leaf(),
        "requires_grad: only a leaf's can be set, this tensor was made by an operation; use detach()");
  impl().requires_grad = on;
  return *this;
}

Tensor Tensor::grad() const { return has_grad() ? Tensor(shape(), impl_->gradient) : Tensor(); }

real* Tensor::grad_data() const {
  check(has_grad(), "grad: this tensor of shape ", shape(), " has no gradient; call backward() first");
  return impl_->gradient->data();
}

GradSlot Tensor::open_grad() const {
  if (!requires_grad()) return {};
  Impl& t = *impl_;
  if (!t.gradient) t.gradient = Values::make(t.size);
  GradSlot slot{t.gradient->data(), t.size, t.has_grad ? real(1) : real(0)};
  t.has_grad = true;
  return slot;
}

GradSlot Tensor::open_grad_in_place_of(const Tensor& y) const {
  if (requires_grad() && !impl_->gradient && size() == y.size() && y.impl_.unique() &&
      y.impl_->gradient.unique()) {
    impl_->gradient = std::exchange(y.impl_->gradient, {});
    y.impl_->has_grad = false;
  }
  return open_grad();
}

Labels Labels::from(std::initializer_list<int> values) {
  Labels l(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), l.data());
  return l;
}

}}  // namespace norma
