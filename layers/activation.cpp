#include "layers/activation.h"

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

Activation::Activation(const std::string& name, double slope) : slope_(slope) {
  if (name == "sigmoid")
    kind_ = Kind::sigmoid;
  else if (name == "tanh")
    kind_ = Kind::tanh;
  else if (name == "relu")
    kind_ = Kind::relu;
  else if (name == "leaky_relu")
    kind_ = Kind::leaky_relu;
  else
    fail("Activation: '", name, "' given; sigmoid, tanh, relu or leaky_relu wanted");
}

Tensor Activation::forward(const Tensor& x) {
  switch (kind_) {
    case Kind::sigmoid:
      return sigmoid(x);
    case Kind::tanh:
      return tanh(x);
    case Kind::relu:
      return relu(x);
    case Kind::leaky_relu:
      break;
  }
  return leaky_relu(x, slope_);
}

std::string Activation::describe() const {
  switch (kind_) {
    case Kind::sigmoid:
      return "Sigmoid()";
    case Kind::tanh:
      return "Tanh()";
    case Kind::relu:
      return "ReLU()";
    case Kind::leaky_relu:
      break;
  }
  std::ostringstream text;
  text << "LeakyReLU(negative_slope=" << slope_ << ')';
  return text.str();
}

Dropout::Dropout(double p) : p_(p), rng_(default_rng().bits()) {
  check(p >= 0 && p <= 1, "Dropout: probability ", p, " given, 0 to 1 wanted");
}

Tensor Dropout::forward(const Tensor& x) { return training() && p_ > 0 ? dropout(x, p_, rng_) : x; }

std::string Dropout::describe() const {
  std::ostringstream text;
  text << "Dropout(p=" << p_ << ')';
  return text.str();
}

}}  // namespace norma
