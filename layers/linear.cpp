#include "layers/linear.h"

#include "core/ops.h"

namespace norma::inline NORMA_BUILD {

Linear::Linear(Index in, Index out, bool with_bias) {
  check(in >= 1 && out >= 1, "Linear: ", in, " inputs and ", out,
        " outputs given, at least 1 of each wanted");
  weight = parameter("weight", Tensor({out, in}));
  bias = parameter("bias", with_bias ? Tensor({out}) : Tensor(), /*decay=*/false);
  reset({}, 1, default_rng());
}

void Linear::reset(const InitOptions& options, double gain, Rng& rng) {
  init_weight(weight, options, gain, rng);
  init_bias(bias, fans(weight.shape()).in, options, rng);
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

std::string Linear::describe() const {
  return "Linear(" + std::to_string(weight.dim(1)) + ", " + std::to_string(weight.dim(0)) +
         (bias.defined() ? ")" : ", bias=False)");
}

}  // namespace norma::inline NORMA_BUILD
