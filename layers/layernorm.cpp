#include "layers/layernorm.h"

namespace norma { inline namespace NORMA_BUILD {

LayerNorm::LayerNorm(const Shape& shape, const LayerNormOptions& o) : options(o), normalized_shape(shape) {
  check(normalized_shape.rank() >= 1 && normalized_shape.size() >= 1,
        "LayerNorm: expected a normalized_shape of at least one dimension, all of at least 1, got ",
        normalized_shape);
  check(o.eps >= 0, "LayerNorm: expected eps of at least 0, got ", o.eps);
  if (o.elementwise_affine) {
    weight = parameter("weight", Tensor::ones(normalized_shape), /*decay=*/false);
    bias = parameter("bias", Tensor::zeros(normalized_shape), /*decay=*/false);
  }
}

Tensor LayerNorm::forward(const Tensor& x) {
  bool fits = x.rank() >= normalized_shape.rank();
  for (int i = -1; fits && i >= -normalized_shape.rank(); --i) fits = x.dim(i) == normalized_shape[i];
  check(fits, "LayerNorm: x ", x.shape(), " does not end in normalized_shape ", normalized_shape);
  const Index D = normalized_shape.size(), rows = x.size() / D;
  const View statistics{1, rows, D}, affine{rows, D, 1};
  return normalize(x, statistics, moments(x, statistics), options.eps, weight, bias, affine);
}

std::string LayerNorm::describe() const {
  return concat("LayerNorm(", normalized_shape, options.eps != 1e-5 ? concat(", eps=", options.eps) : "",
                options.elementwise_affine ? ")" : ", elementwise_affine=False)");
}

}}  // namespace norma
