#include "layers/pooling.h"

#include "core/ops.h"

namespace norma::inline NORMA_BUILD {
namespace {

void check_rank(const OperationName& name, const Tensor& x) {
  check(x.rank() == 2 + name.spatial, name, ": x ", x.shape(), " given, ", 2 + name.spatial,
        " dimensions wanted");
}

void check_window(const OperationName& name, const Sizes& kernel, const Sizes& stride, const Sizes& padding) {
  check_sizes(name, "kernel", kernel, 1);
  if (!stride.empty()) check_sizes(name, "stride", stride, 1);
  check_sizes(name, "padding", padding, 0);
}

// What torch.nn.MaxPool2d and AvgPool2d print first
std::string window_text(const OperationName& name, const Sizes& kernel, const Sizes& stride,
                        const Sizes& padding) {
  std::ostringstream text;
  text << name << "(kernel_size=" << kernel << ", stride=" << (stride.empty() ? kernel : stride)
       << ", padding=" << padding;
  return text.str();
}

}  // namespace

MaxPool::MaxPool(int spatial, const Sizes& kernel, const MaxPoolOptions& options)
    : name_{"MaxPool", spatial}, kernel_(kernel), options_(options) {
  check_window(name_, kernel, options.stride, options.padding);
  check_sizes(name_, "dilation", options.dilation, 1);
}

Tensor MaxPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return max_pool(x, kernel_, options_);
}

std::string MaxPool::describe() const {
  std::ostringstream text;
  text << window_text(name_, kernel_, options_.stride, options_.padding) << ", dilation=" << options_.dilation
       << ", ceil_mode=" << (options_.ceil_mode ? "True)" : "False)");
  return text.str();
}

AvgPool::AvgPool(int spatial, const Sizes& kernel, const AvgPoolOptions& options)
    : name_{"AvgPool", spatial}, kernel_(kernel), options_(options) {
  check_window(name_, kernel, options.stride, options.padding);
}

Tensor AvgPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return avg_pool(x, kernel_, options_);
}

std::string AvgPool::describe() const {
  return window_text(name_, kernel_, options_.stride, options_.padding) + ')';
}

AdaptiveAvgPool::AdaptiveAvgPool(int spatial, const Sizes& output_size)
    : name_{"AdaptiveAvgPool", spatial}, output_size_(output_size) {
  check_sizes(name_, "output size", output_size, 1);
}

Tensor AdaptiveAvgPool::forward(const Tensor& x) {
  check_rank(name_, x);
  return adaptive_avg_pool(x, output_size_);
}

std::string AdaptiveAvgPool::describe() const {
  std::ostringstream text;
  text << name_ << "(output_size=" << output_size_ << ')';
  return text.str();
}

Tensor Flatten::forward(const Tensor& x) {
  check(x.rank() >= 1, "Flatten: x ", x.shape(), " given, (N, …) wanted");
  Index rest = 1;
  for (int i = 1; i < x.rank(); ++i) rest *= x.dim(i);
  return reshape(x, {x.dim(0), rest});
}

Residual::Residual(Sequential main) : main_(add("main", std::move(main))) {}

Residual::Residual(Sequential main, Sequential shortcut)
    : main_(add("main", std::move(main))), shortcut_(&add("shortcut", std::move(shortcut))) {}

Tensor Residual::forward(const Tensor& x) {
  const Tensor y = main_(x), s = shortcut_ ? (*shortcut_)(x) : x;
  check(y.shape() == s.shape(), "Residual: main gives ", y.shape(), ", ",
        shortcut_ ? "shortcut " : "the identity ", s.shape());
  return y + s;
}

std::string Residual::describe() const { return shortcut_ ? "Residual(main, shortcut)" : "Residual(main)"; }

}  // namespace norma::inline NORMA_BUILD
