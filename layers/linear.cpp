#include "layers/linear.h"

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Shape weight_shape(Index in, Index out) {
  check(in >= 1 && out >= 1, "Linear: expected at least 1 input and 1 output, got ", in, " and ", out);
  return {out, in};
}

}  // namespace

Linear::Linear(Index in, Index out, bool bias) : Weighted(weight_shape(in, out), bias) {}

Tensor Linear::apply(const Tensor& x, const Tensor& W, const Tensor& b) const { return linear(x, W, b); }

std::string Linear::describe() const {
  return concat("Linear(", weight.dim(1), ", ", weight.dim(0), bias.defined() ? "" : ", bias=False",
                formula_words(), ')');
}

}}  // namespace norma
