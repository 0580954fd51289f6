#include "core/window.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {
constexpr Index most = Index{1} << 24;  // of a kernel, stride, …: no product of two overflows
}

Sizes::Sizes(std::initializer_list<Index> each) : count_(static_cast<int>(each.size())) {
  check(each.size() <= 3, "sizes: expected at most 3, got ", each.size());
  std::copy(each.begin(), each.end(), values_.begin());
}

std::ostream& operator<<(std::ostream& out, const Sizes& s) {
  if (s.count() == 1) return out << s[0];
  Shape tuple;
  for (int i = 0; i < s.count(); ++i) tuple.append(s[i]);
  return out << tuple;
}

OperationName spatial_operation(const char* name, const Tensor& x) {
  check(x.rank() >= 3 && x.rank() <= 5, name,
        ": expected x of shape (N, C, …) with 1 to 3 spatial dimensions, got ", x.shape());
  const OperationName operation{name, x.rank() - 2};
  check(x.size() > 0, operation, ": x ", x.shape(), " is empty");
  return operation;
}

void check_sizes(const OperationName& operation, const char* what, const Sizes& sizes, Index least) {
  check(sizes.count() == 1 || sizes.count() == operation.spatial, operation, ": ", what, ": expected 1 or ",
        operation.spatial, " numbers, got ", sizes.count());
  for (int i = 0; i < operation.spatial; ++i)
    check(sizes[i] >= least && sizes[i] <= most, operation, ": ", what, ": expected ", least,
          " to 2^24, got ", sizes[i]);
}

Triple in_three(const OperationName& operation, const char* what, const Sizes& sizes, Index missing,
                Index least) {
  check_sizes(operation, what, sizes, least);
  Triple all{missing, missing, missing};
  for (int i = 0; i < operation.spatial; ++i) all[3 - operation.spatial + i] = sizes[i];
  return all;
}

Triple spatial_sizes(const Tensor& x) {
  Triple sizes{1, 1, 1};
  for (int i = 1; i <= x.rank() - 2; ++i) sizes[3 - i] = x.dim(-i);
  return sizes;
}

Shape with_spatial(const Tensor& x, Index channels, const Triple& sizes) {
  Shape shape{x.dim(0), channels};
  for (int i = 5 - x.rank(); i < 3; ++i) shape.append(sizes[i]);
  return shape;
}

SlidingWindow::Range SlidingWindow::inside(int i, Index k) const {
  const Index shift = padding[i] - k * dilation[i];  // tap k of output o reads o·stride − shift
  const Index begin = shift > 0 ? (shift + stride[i] - 1) / stride[i] : 0;
  const Index last = in[i] - 1 + shift;
  const Index end = last < 0 ? 0 : std::min(out[i], last / stride[i] + 1);
  return {std::min(begin, end), end};
}

SlidingWindow sliding_window(const OperationName& operation, const Tensor& x, const Window& w) {
  SlidingWindow s{.in = spatial_sizes(x),
                  .out = {},
                  .kernel = in_three(operation, "kernel", w.kernel, 1, 1),
                  .stride = in_three(operation, "stride", w.stride, 1, 1),
                  .padding = in_three(operation, "padding", w.padding, 0, 0),
                  .dilation = in_three(operation, "dilation", w.dilation, 1, 1)};
  double elements = double(x.dim(0)) * double(x.dim(1));  // of the padded x, as much as of the output
  for (std::size_t i = 0; i < 3; ++i) {
    const Index padded = s.in[i] + 2 * s.padding[i];
    check(s.kernel[i] - 1 <= (padded - 1) / s.dilation[i], operation, ": a kernel of ", s.kernel[i],
          " with dilation ", s.dilation[i], " is larger than x ", x.shape(), " with padding ", s.padding[i]);
    const Index room = padded - s.dilation[i] * (s.kernel[i] - 1) - 1;
    s.out[i] = (room + (w.ceil_mode ? s.stride[i] - 1 : 0)) / s.stride[i] + 1;
    elements *= double(padded);
    if (w.ceil_mode && (s.out[i] - 1) * s.stride[i] >= s.in[i] + s.padding[i]) --s.out[i];
  }
  check(elements <= double(Shape::max_size), operation, ": x ", x.shape(), " with padding ", w.padding,
        " has over 2^56 elements");
  return s;
}

}}  // namespace norma
