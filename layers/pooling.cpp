#include "layers/pooling.h"

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void check_rank(const OperationName& name, const Tensor& x) {
  check(x.rank() == 2 + name.spatial, name, ": expected x with ", 2 + name.spatial, " dimensions, got ",
        x.shape());
}

void check_window(const OperationName& name, const Sizes& kernel, const Sizes& stride, const Sizes& padding) {
  check_sizes(name, "kernel", kernel, 1);
  if (!stride.empty()) check_sizes(name, "stride", stride, 1);
  check_sizes(name, "padding", padding, 0);
}

const Sizes& step(const Sizes& stride, const Sizes& kernel) { return stride.empty() ? kernel : stride; }

// What torch.nn.MaxPool2d and AvgPool2d print first
template <class Size>
std::string window_text(const OperationName& name, const Size& kernel, const Size& stride,
                        const Size& padding) {
  return concat(name, "(kernel_size=", kernel, ", stride=", stride, ", padding=", padding);
}

}  // namespace

MaxPool::MaxPool(int spatial, const Sizes& k, const MaxPoolOptions& o)
    : kernel(k), options(o), name_{"MaxPool", spatial} {
  check_window(name_, kernel, options.stride, options.padding);
  check_sizes(name_, "dilation", options.dilation, 1);
}

Tensor MaxPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return max_pool(x, kernel, options);
}

std::string MaxPool::describe() const {
  return concat(window_text(name_, kernel, step(options.stride, kernel), options.padding),
                ", dilation=", options.dilation, ", ceil_mode=", options.ceil_mode ? "True)" : "False)");
}

AvgPool::AvgPool(int spatial, const Sizes& k, const AvgPoolOptions& o)
    : kernel(k), options(o), name_{"AvgPool", spatial} {
  check_window(name_, kernel, options.stride, options.padding);
}

Tensor AvgPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return avg_pool(x, kernel, options);
}

std::string AvgPool::describe() const {
  const Sizes &stride = step(options.stride, kernel), &padding = options.padding;
  if (name_.spatial == 1)  // as tuples
    return window_text(name_, Shape{kernel[0]}, Shape{stride[0]}, Shape{padding[0]}) + ')';
  return window_text(name_, kernel, stride, padding) + ')';
}

AdaptiveAvgPool::AdaptiveAvgPool(int spatial, const Sizes& size)
    : output_size(size), name_{"AdaptiveAvgPool", spatial} {
  check_sizes(name_, "output size", output_size, 1);
}

Tensor AdaptiveAvgPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return adaptive_avg_pool(x, output_size);
}

std::string AdaptiveAvgPool::describe() const { return concat(name_, "(output_size=", output_size, ')'); }

Tensor Flatten::forward(const Tensor& x) {
  check(x.rank() >= 1, "Flatten: expected x of shape (N, …), got ", x.shape());
  Index rest = 1;
  for (int i = 1; i < x.rank(); ++i) rest *= x.dim(i);
  return reshape(x, {x.dim(0), rest});
}

Residual::Residual(Sequential main) : main_(child("main", std::move(main))) {}

Residual::Residual(Sequential main, Sequential shortcut)
    : main_(child("main", std::move(main))), shortcut_(&child("shortcut", std::move(shortcut))) {}

std::array<Tensor, 2> Residual::summands(const Tensor& x) {
  const Tensor y = main_(x), s = shortcut_ ? (*shortcut_)(x) : x;
  check(y.shape() == s.shape(), "Residual: main gives ", y.shape(), ", ",
        shortcut_ ? "shortcut " : "the identity ", s.shape());
  return {y, s};
}

Tensor Residual::forward(const Tensor& x) {
  const auto [y, s] = summands(x);
  return y + s;
}

Tensor Residual::forward_relu(const Tensor& x) {
  const auto [y, s] = summands(x);
  return add_relu(y, s);
}

std::string Residual::describe() const { return shortcut_ ? "Residual(main, shortcut)" : "Residual(main)"; }

}}  // namespace norma
