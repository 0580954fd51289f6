#include "layers/groupnorm.h"

namespace norma { inline namespace NORMA_BUILD {

GroupNorm::GroupNorm(Index groups, Index channels, const GroupNormOptions& o)
    : options(o), num_groups(groups), num_channels(channels) {
  check(groups >= 1 && channels >= 1 && channels % groups == 0,
        "GroupNorm: expected a number of channels that is a multiple of the groups, got ", channels,
        " channels and ", groups, " groups");
  check(o.eps >= 0, "GroupNorm: expected eps of at least 0, got ", o.eps);
  if (o.affine) {
    weight = parameter("weight", Tensor::ones({num_channels}), /*decay=*/false);
    bias = parameter("bias", Tensor::zeros({num_channels}), /*decay=*/false);
  }
}

Tensor GroupNorm::forward(const Tensor& x) {
  check(x.rank() >= 2 && x.dim(1) == num_channels, "GroupNorm: expected x of shape (N, ", num_channels,
        ", …), got ", x.shape());
  const View affine = channel_view(x);
  const View statistics{1, affine.outer * num_groups, num_channels / num_groups * affine.inner};
  return normalize(x, statistics, moments(x, statistics), options.eps, weight, bias, affine);
}

std::string GroupNorm::describe() const {
  return concat("GroupNorm(", num_groups, ", ", num_channels,
                options.eps != 1e-5 ? concat(", eps=", options.eps) : "",
                options.affine ? ")" : ", affine=False)");
}

}}  // namespace norma
