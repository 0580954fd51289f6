// What the tests of layers share: a layer's state as names and as values, one pass through it, and a layer that is
// nothing but its weight.
#pragma once

#include <map>
#include <string>

#include "layers/weighted.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD {

/// The state's keys, in order.
inline std::string names(const Module& m) {
  std::string all;
  for (const StateEntry& e : m.state_dict()) all += (all.empty() ? "" : " ") + e.name;
  return all;
}

/// The state by value: entries of a state_dict are handles.
inline std::map<std::string, reference::Numbers> snapshot(const Module& m) {
  std::map<std::string, reference::Numbers> all;
  for (const StateEntry& e : m.state_dict())
    all[e.name] = e.counter ? reference::Numbers{reference::Wide(*e.counter)} : reference::numbers(e.tensor);
  return all;
}

/// y = layer(x) and the gradients that dy leaves.
struct Result {
  reference::Numbers y, dx, dgamma, dbeta;
};
template <class Layer>
Result run(Layer& layer, const Tensor& x, const Tensor& dy) {
  using namespace reference;
  Tensor input = x.clone();
  input.set_requires_grad(true);
  for (const Parameter& p : layer.parameters()) p.tensor.zero_grad();
  const Tensor y = layer(input);
  y.backward(dy);
  return {numbers(y), gradient(input), layer.weight.defined() ? gradient(layer.weight) : Numbers(),
          layer.bias.defined() ? gradient(layer.bias) : Numbers()};
}

/// A weight of any shape, in a layer that computes nothing.
struct Bare final : Weighted {
  explicit Bare(const Shape& shape) : Weighted(shape, false) {}
  Tensor apply(const Tensor& x, const Tensor&, const Tensor&) const override { return x; }
  std::string describe() const override { return "Bare()"; }
};

}}  // namespace norma
