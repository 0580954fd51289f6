#include "layers/lrn.h"

#include "core/normalize_parts.h"

namespace norma { inline namespace NORMA_BUILD {

LocalResponseNorm::LocalResponseNorm(Index n, const LocalResponseNormOptions& o) : size(n), options(o) {
  check(size >= 1, "LocalResponseNorm: expected a size of at least 1, got ", size);
}

Tensor LocalResponseNorm::forward(const Tensor& x) {
  return local_response_norm(x, size, options.alpha, options.beta, options.k);
}

std::string LocalResponseNorm::describe() const {
  return concat("LocalResponseNorm(", size, ", alpha=", options.alpha, ", beta=", options.beta,
                ", k=", options.k, ')');
}

}}  // namespace norma
