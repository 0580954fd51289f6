#include "layers/conv.h"

#include "core/conv.h"

namespace norma { inline namespace NORMA_BUILD {

namespace {

Shape weight_shape(int spatial, Index in_channels, Index out_channels, const Sizes& kernel,
                   const ConvOptions& o) {
  const OperationName name{"Conv", spatial};
  check(in_channels >= 1 && out_channels >= 1, name, ": expected at least 1 channel in and out, got ",
        in_channels, " in and ", out_channels, " out");
  check(o.groups >= 1 && in_channels % o.groups == 0 && out_channels % o.groups == 0, name, ": ", o.groups,
        o.groups == 1 ? " group does" : " groups do", " not divide ", in_channels, " channels in and ",
        out_channels, " out");
  check_sizes(name, "kernel", kernel, 1);
  check_sizes(name, "stride", o.stride, 1);
  check_sizes(name, "padding", o.padding, 0);
  check_sizes(name, "dilation", o.dilation, 1);
  Shape shape{out_channels, in_channels / o.groups};
  for (int i = 0; i < spatial; ++i) shape.append(kernel[i]);
  return shape;
}

}  // namespace

Conv::Conv(int spatial, Index in_channels, Index out_channels, const Sizes& kernel, const ConvOptions& o)
    : Weighted(weight_shape(spatial, in_channels, out_channels, kernel, o), o.bias),
      options(o),
      in_channels_(in_channels) {}

Tensor Conv::apply(const Tensor& x, const Tensor& W, const Tensor& b) const {
  return conv(x, W, b, options.stride, options.padding, options.dilation, options.groups);
}

// "Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))": PyTorch leaves out defaults, except for
// stride.
std::string Conv::describe() const {
  const int spatial = weight.rank() - 2;
  auto all = [=](const Sizes& sizes) {
    Shape tuple;
    for (int i = 0; i < spatial; ++i) tuple.append(sizes[i]);
    return tuple;
  };
  Shape kernel;
  for (int i = 0; i < spatial; ++i) kernel.append(weight.dim(2 + i));
  auto differs = [=](const Sizes& sizes, Index usual) {
    for (int i = 0; i < spatial; ++i)
      if (sizes[i] != usual) return true;
    return false;
  };
  return concat(OperationName{"Conv", spatial}, '(', in_channels_, ", ", weight.dim(0),
                ", kernel_size=", kernel, ", stride=", all(options.stride),
                differs(options.padding, 0) ? concat(", padding=", all(options.padding)) : "",
                differs(options.dilation, 1) ? concat(", dilation=", all(options.dilation)) : "",
                options.groups != 1 ? concat(", groups=", options.groups) : "",
                bias.defined() ? "" : ", bias=False", formula_words(), ')');
}

}}  // namespace norma
