#include "layers/conv.h"

#include "core/conv.h"

namespace norma::inline NORMA_BUILD {

Conv::Conv(int spatial, Index in_channels, Index out_channels, const Sizes& kernel, const ConvOptions& o)
    : options(o), in_channels_(in_channels) {
  const OperationName name{"Conv", spatial};
  check(in_channels >= 1 && out_channels >= 1, name, ": ", in_channels, " channels in and ", out_channels,
        " out given, at least 1 of each wanted");
  check(o.groups >= 1 && in_channels % o.groups == 0 && out_channels % o.groups == 0, name, ": ", o.groups,
        o.groups == 1 ? " group does" : " groups do", " not divide ", in_channels, " channels in and ",
        out_channels, " out");
  check_sizes(name, "kernel", kernel, 1);
  check_sizes(name, "stride", o.stride, 1);
  check_sizes(name, "padding", o.padding, 0);
  check_sizes(name, "dilation", o.dilation, 1);
  Shape shape{out_channels, in_channels / o.groups};
  for (int i = 0; i < spatial; ++i) shape.append(kernel[i]);
  weight = parameter("weight", Tensor(shape));
  bias = parameter("bias", o.bias ? Tensor({out_channels}) : Tensor(), /*decay=*/false);
  reset({}, 1, default_rng());
}

void Conv::reset(const InitOptions& init, double gain, Rng& rng) {
  init_weight(weight, init, gain, rng);
  init_bias(bias, fans(weight.shape()).in, init, rng);
}

Tensor Conv::forward(const Tensor& x) {
  return conv(x, weight, bias, options.stride, options.padding, options.dilation, options.groups);
}

// "Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))": PyTorch leaves out what is usual, but for stride.
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
  std::ostringstream text;
  text << OperationName{"Conv", spatial} << '(' << in_channels_ << ", " << weight.dim(0)
       << ", kernel_size=" << kernel << ", stride=" << all(options.stride);
  if (differs(options.padding, 0)) text << ", padding=" << all(options.padding);
  if (differs(options.dilation, 1)) text << ", dilation=" << all(options.dilation);
  if (options.groups != 1) text << ", groups=" << options.groups;
  if (!options.bias) text << ", bias=False";
  text << ')';
  return text.str();
}

}  // namespace norma::inline NORMA_BUILD
