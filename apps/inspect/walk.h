// A model's forward pass, layer by layer, with a visitor; and a promise that the model stays as it was.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// Called after each layer with what went in and what came out. `name` is its place as in the state dict:
/// "5.main.0".
using Visitor =
    std::function<void(const std::string& name, Module& layer, const Tensor& in, const Tensor& out)>;

/// What model(x) computes, and the visitor called for each layer of it, those inside residuals too. A module
/// that is neither a Sequential nor a Residual is one layer.
Tensor walk(Module& model, const Tensor& x, const Visitor& visit);

/// Keeps a model's values, counters and random numbers, and puts them back at its end; gradients are gone
/// then, and the model is in training mode. The model must outlive it.
class Unchanged {
 public:
  explicit Unchanged(Module& model);
  ~Unchanged();
  Unchanged(const Unchanged&) = delete;
  Unchanged& operator=(const Unchanged&) = delete;

 private:
  Module& model_;
  StateDict state_;  // copies
  std::vector<std::array<std::uint64_t, 6>> random_;
};

}}  // namespace norma
