#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {

Weighted::Weighted(const Shape& shape, bool with_bias) {
  weight = parameter("weight", Tensor(shape));
  bias = parameter("bias", with_bias ? Tensor({shape[0]}) : Tensor(), /*decay=*/false);
  reset({}, 1, default_rng());
}

void Weighted::reset(const InitOptions& options, double gain, Rng& rng) {
  if (formula_) fail("reset: the weight of ", describe(), " is reparametrized; reset the layer before");
  init_weight(weight, options, gain, rng);
  init_bias(bias, fans(weight.shape()).in, options, rng);
}

Tensor Weighted::effective_weight() { return formula_ ? formula_->weight(training()) : weight; }

Tensor Weighted::forward(const Tensor& x) {
  if (formula_ && formula_->wants_data()) formula_->see(*this, x);
  return apply(x, effective_weight(), bias);
}

void Weighted::set_bias(const Tensor& values) {
  check(values.shape() == Shape{weight.dim(0)}, "set_bias: expected shape (", weight.dim(0), ",), got ",
        values.shape());
  if (bias.defined())
    bias.copy_from(values);
  else
    bias = parameter("bias", values.clone(), /*decay=*/false);
}

void Weighted::set_formula(std::unique_ptr<Reparametrization> formula) {
  check(!formula_, formula->describe(), ": the weight of ", describe(), " is reparametrized already");
  drop_parameter("weight");
  weight.set_requires_grad(false);
  for (const Parameter& p : formula->parameters) parameter(p.name, p.tensor, p.decay);
  for (const StateEntry& b : formula->buffers) buffer(b.name, b.tensor);
  formula_ = std::move(formula);
}

std::string Weighted::formula_words() const { return formula_ ? ", " + formula_->describe() : ""; }

}}  // namespace norma
