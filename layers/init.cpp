#include "layers/init.h"

#include <algorithm>
#include <cmath>

#include "layers/activation.h"

namespace norma { inline namespace NORMA_BUILD {

const std::vector<Named<InitOptions>>& initializations() {
  using enum Distribution;
  static const std::vector<Named<InitOptions>> table = {{"default", {Init::pytorch, uniform}},
                                                        {"kaiming_normal", {Init::kaiming, normal}},
                                                        {"kaiming_uniform", {Init::kaiming, uniform}},
                                                        {"xavier_normal", {Init::xavier, normal}},
                                                        {"xavier_uniform", {Init::xavier, uniform}},
                                                        {"lecun_normal", {Init::lecun, normal}},
                                                        {"lecun_uniform", {Init::lecun, uniform}},
                                                        {"normal", {Init::given, normal}},
                                                        {"uniform", {Init::given, uniform}}};
  return table;
}

Fans fans(const Shape& weight) {
  check(weight.rank() >= 2, "fans: expected a weight of shape (out, in, …), got ", weight);
  double field = 1;
  for (int i = 2; i < weight.rank(); ++i) field *= static_cast<double>(weight[i]);
  return {static_cast<double>(weight[1]) * field, static_cast<double>(weight[0]) * field};
}

double gain(std::string_view activation, double slope) {
  if (activation == "linear" || activation == "conv") return 1;
  for (const ActivationRow& row : activations())
    if (row.name == activation) return row.gain(slope);
  fail("gain: expected linear, conv, ", one_of(names_of(activations())), ", got '", activation, "'");
}

double init_std(const Shape& weight, const InitOptions& options, double gain) {
  const Fans f = fans(weight);
  switch (options.kind) {
    case Init::pytorch:
      return options.scale / std::sqrt(3 * f.in);
    case Init::kaiming:
      return options.scale * gain / std::sqrt(f.in);
    case Init::xavier:
      return options.scale * gain * std::sqrt(2 / (f.in + f.out));
    case Init::lecun:
      return options.scale / std::sqrt(f.in);
    case Init::given:
      break;
  }
  return options.distribution == Distribution::normal ? options.scale : options.scale / std::sqrt(3.0);
}

void init_weight(const Tensor& weight, const InitOptions& options, double gain, Rng& rng) {
  const double std = init_std(weight.shape(), options, gain), bound = std::sqrt(3.0) * std;
  const bool normal = options.distribution == Distribution::normal && options.kind != Init::pytorch;
  for (real& w : weight.values())
    w = static_cast<real>(normal ? rng.normal(0, std) : rng.uniform(-bound, bound));
}

void init_bias(const Tensor& bias, double fan_in, const InitOptions& options, Rng& rng) {
  if (!bias.defined()) return;
  const double bound = options.kind == Init::pytorch ? options.scale / std::sqrt(fan_in) : 0;
  for (real& b : bias.values()) b = static_cast<real>(rng.uniform(-bound, bound));
}

}}  // namespace norma
