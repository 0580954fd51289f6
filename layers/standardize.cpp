#include "layers/standardize.h"

#include "core/normalize.h"

namespace norma { inline namespace NORMA_BUILD {

Standardize::Standardize(Index channels) : num_channels(channels) {
  check(channels >= 1, "Standardize: expected at least 1 channel, got ", channels);
  mean = buffer("mean", Tensor::zeros({channels}));
  std = buffer("std", Tensor::ones({channels}));
}

Tensor Standardize::forward(const Tensor& x) {
  const Index C = num_channels;
  check(x.rank() == 2 ? x.dim(1) % C == 0 : x.rank() > 2 && x.dim(1) == C, "Standardize: expected x (N, ", C,
        ", S…) or (N, ", C, "·S), got ", x.shape());
  Index S = 1;
  for (int i = 1; i < x.rank(); ++i) S *= x.dim(i);
  return normalize_by(x, View{x.dim(0), C, S / C}, doubles(mean), doubles(std));
}

std::string Standardize::describe() const { return concat("Standardize(", num_channels, ')'); }

}}  // namespace norma
