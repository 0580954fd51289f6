#include "layers/lrn.h"

#include "core/ops.h"

namespace norma::inline NORMA_BUILD {

LocalResponseNorm::LocalResponseNorm(Index size, const LocalResponseNormOptions& options)
    : size_(size), options_(options) {
  check(size >= 1, "LocalResponseNorm: size ", size, " given, at least 1 wanted");
}

Tensor LocalResponseNorm::forward(const Tensor& x) {
  return local_response_norm(x, size_, options_.alpha, options_.beta, options_.k);
}

std::string LocalResponseNorm::describe() const {
  std::ostringstream text;
  text << "LocalResponseNorm(" << size_ << ", alpha=" << options_.alpha << ", beta=" << options_.beta
       << ", k=" << options_.k << ')';
  return text.str();
}

}  // namespace norma::inline NORMA_BUILD
