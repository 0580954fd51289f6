#include "core/tensor.h"

#include <algorithm>
#include <memory>

#include "core/autograd.h"

namespace norma { inline namespace NORMA_BUILD {

Tensor::Tensor(const Shape& shape) {
  auto values = std::make_unique<Values>(shape.size());  // may fail: first, so that nothing is lost
  impl_ = new Impl;
  impl_->shape = shape;
  impl_->size = shape.size();
  impl_->values = values.release();
}

Tensor Tensor::sharing(const Shape& shape, Values* values) {
  Tensor t;
  t.impl_ = new Impl;
  t.impl_->shape = shape;
  t.impl_->size = shape.size();
  t.impl_->values = values;
  ++values->handles;
  return t;
}

Tensor Tensor::full(const Shape& shape, real value) {
  Tensor t(shape);
  std::fill_n(t.data(), t.size(), value);
  return t;
}

Tensor Tensor::from(const Shape& shape, std::span<const double> values) {
  check(static_cast<Index>(values.size()) == shape.size(), "tensor: ", values.size(),
        " values given for shape ", shape, ", which holds ", shape.size());
  Tensor t(shape);
  std::transform(values.begin(), values.end(), t.data(), [](double v) { return static_cast<real>(v); });
  return t;
}

Tensor Tensor::from(const Shape& shape, std::initializer_list<double> values) {
  return from(shape, std::span<const double>(values.begin(), values.size()));
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

Tensor Tensor::detach() const { return sharing(shape(), impl().values); }

Tensor Tensor::detach(const Shape& shape) const {
  check(shape.size() == size(), "detach: ", this->shape(), " has ", size(), " elements, ", shape, " has ",
        shape.size());
  return sharing(shape, impl().values);
}

void Tensor::copy_from(const Tensor& other) const {
  check(shape() == other.shape(), "copy_from: shape ", other.shape(), " given, ", shape(), " wanted");
  std::copy_n(other.data(), size(), data());
}

Tensor& Tensor::set_requires_grad(bool on) {
  check(is_leaf(),
        "requires_grad: only a leaf's can be set, this tensor was made by an operation; use detach()");
  impl().requires_grad = on;
  return *this;
}

Tensor Tensor::grad() const { return has_grad() ? sharing(shape(), impl_->gradient) : Tensor(); }

real* Tensor::grad_data() const {
  check(has_grad(), "grad: this tensor of shape ", shape(), " has no gradient; call backward() first");
  return impl_->gradient->data;
}

GradSlot Tensor::open_grad() const {
  if (!requires_grad()) return {};
  Impl& t = *impl_;
  if (!t.gradient) t.gradient = new Values(t.size);
  GradSlot slot{t.gradient->data, t.size, t.has_grad ? real(1) : real(0)};
  t.has_grad = true;
  return slot;
}

Tensor::Impl::~Impl() {
  if (values && --values->handles == 0) delete values;
  if (gradient && --gradient->handles == 0) delete gradient;
  delete node;  // and with it its handles to the inputs
}

// A long graph that is dropped without backward() would be
// destroyed by recursion, input by input; the list makes it a loop.
void Tensor::destroy(Impl* impl) {
  static thread_local Impl* doomed = nullptr;
  static thread_local bool busy = false;
  impl->next = doomed;
  doomed = impl;
  if (busy) return;
  busy = true;
  while (doomed) {
    Impl* t = doomed;
    doomed = t->next;
    delete t;
  }
  busy = false;
}

namespace {

void print(std::ostream& out, const Shape& shape, int dimension, const real*& next, Index stride,
           int indent) {
  if (dimension == shape.rank()) {
    out << *next++;
    return;
  }
  const bool innermost = dimension + 1 == shape.rank();
  const Index n = shape[dimension], shown = std::min<Index>(n, innermost ? 12 : 8);
  const Index inner = n ? stride / n : 0;
  const real* start = next;
  out << '[';
  for (Index i = 0; i < shown; ++i) {
    if (i) innermost ? out << ", " : out << ",\n" << std::string(static_cast<std::size_t>(indent) + 1, ' ');
    next = start + i * inner;
    print(out, shape, dimension + 1, next, inner, indent + 1);
  }
  if (shown < n) out << ", … " << n - shown << " more";
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  if (!t.defined()) return out << "(no tensor)";
  const real* next = t.data();
  print(out, t.shape(), 0, next, t.size(), 0);
  return out;
}

Labels::Labels(Index n) : block_(new Block(n)) {}

Labels Labels::from(std::initializer_list<int> values) {
  Labels l(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), l.data());
  return l;
}

}}  // namespace norma
