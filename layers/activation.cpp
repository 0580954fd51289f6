#include "layers/activation.h"

#include <cmath>

#include "core/ops.h"
#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {

const std::vector<ActivationRow>& activations() {
  auto one = [](double) { return 1.0; };
  auto gain_of_tanh = [](double) { return 5.0 / 3; };
  auto gain_of_relu = [](double) { return std::sqrt(2.0); };
  auto gain_of_leaky = [](double slope) { return std::sqrt(2 / (1 + slope * slope)); };
  static const std::vector<ActivationRow> table = {
      {"sigmoid", "Sigmoid", "Sigmoid", false, [](const Tensor& x, double) { return sigmoid(x); }, one},
      {"tanh", "Tanh", "Tanh", false, [](const Tensor& x, double) { return tanh(x); }, gain_of_tanh},
      {"relu", "ReLU", "Relu", false, [](const Tensor& x, double) { return relu(x); }, gain_of_relu},
      {"leaky_relu", "LeakyReLU", "LeakyRelu", /*slope=*/true,
       [](const Tensor& x, double slope) { return leaky_relu(x, slope); }, gain_of_leaky},
  };
  return table;
}

const ActivationRow& find_activation(const std::string& name) {
  for (const ActivationRow& row : activations())
    if (row.name == name) return row;
  fail("Activation: expected ", one_of(names_of(activations())), ", got '", name, "'");
}

Activation::Activation(const std::string& name, double slope_below_0)
    : row(find_activation(name)), slope(slope_below_0) {}

Tensor Activation::forward(const Tensor& x) { return row.apply(x, slope); }

bool Activation::is_relu() const { return std::string_view(row.name) == "relu"; }

std::string Activation::describe() const {
  return concat(row.printed, '(', row.slope ? concat("negative_slope=", slope) : "", ')');
}

Dropout::Dropout(double p) : p_(p), rng_(default_rng().bits()) {
  check(p >= 0 && p <= 1, "Dropout: expected a probability between 0 and 1, got ", p);
}

Tensor Dropout::forward(const Tensor& x) { return training() && p_ > 0 ? dropout(x, p_, rng_) : x; }

std::string Dropout::describe() const { return concat("Dropout(p=", p_, ')'); }

}}  // namespace norma
