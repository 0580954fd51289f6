// What the tests of layers share: a layer's state as names and as values, one pass through it, and a layer
// that is nothing but its weight.
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

/// The elements that share each kept index, in order: the rows of a weight, the channels of an input.
inline std::vector<std::vector<std::size_t>> rows_of(const View& v) {
  std::vector<std::vector<std::size_t>> rows(reference::at(v.kept));
  for (Index i = 0; i < v.outer * v.kept * v.inner; ++i)
    rows[reference::at(i / v.inner % v.kept)].push_back(reference::at(i));
  return rows;
}

/// Gives γ and β, where they are there, values around 1 and 0.
inline void randomize(const Tensor& gamma, const Tensor& beta, std::uint64_t seed) {
  if (gamma.defined()) gamma.copy_from(reference::random_tensor(gamma.shape(), seed, 1, 0.5));
  if (beta.defined()) beta.copy_from(reference::random_tensor(beta.shape(), seed + 1));
}

/// What the layer says to ones of that shape.
inline std::string refusal(Module& layer, const Shape& shape) {
  return error_of([&] { layer(Tensor::ones(shape)); });
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

inline double difference(const Result& got, const Result& want) {
  return std::max({reference::difference(got.y, want.y), reference::difference(got.dx, want.dx),
                   reference::difference(got.dgamma, want.dgamma),
                   reference::difference(got.dbeta, want.dbeta)});
}

/// A normalizer as it is made: its state's names in order, its description, ones for γ and spreads, zeros for
/// β and means, and no weight decay.
template <class Layer>
void check_new(Layer layer, const std::string& state, const std::string& words) {
  CHECK(layer.describe() == words);
  CHECK(names(layer) == state);
  for (const Parameter& p : layer.parameters()) {
    CHECK_FALSE(p.decay);
    CHECK(p.tensor.requires_grad());
    for (real n : p.tensor.values()) CHECK(n == (p.name == "weight" ? 1 : 0));
  }
  for (const StateEntry& e : layer.state_dict()) {
    if (e.counter) CHECK(*e.counter == 0);
    if (!e.counter && e.name.find("running") == 0) {
      CHECK_FALSE(e.tensor.requires_grad());
      for (real n : e.tensor.values()) CHECK(n == (e.name == "running_mean" ? 0 : 1));
    }
  }
}

/// A weight of any shape, in a layer that computes nothing.
struct Bare final : Weighted {
  explicit Bare(const Shape& shape) : Weighted(shape, false) {}
  Tensor apply(const Tensor& x, const Tensor&, const Tensor&) const override { return x; }
  std::string describe() const override { return "Bare()"; }
};

}}  // namespace norma
