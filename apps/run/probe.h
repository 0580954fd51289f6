// Looking into a model at work: its parameters and gradients as one long vector, for walks along a direction
// and for comparisons of gradients. Nothing here leaves a trace in the model: the running statistics stay,
// and the mode is training afterwards.
#pragma once

#include <functional>
#include <vector>

#include "data/loader.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

using Vector = std::vector<double>;

/// Every trainable value, in the order of model.parameters().
Vector values_of(const Module& model);
void set_values(const Module& model, const Vector& values);

/// Where each parameter begins in such a vector, and at last its length.
std::vector<std::size_t> offsets_of(const Module& model);

/// Loss of a batch, normalized by its own statistics and without dropout.
double batch_loss(Module& model, const Batch& batch);

/// What `backward` leaves as the gradient with respect to values_of(model), called in the same mode.
Vector gradient_of(Module& model, const std::function<void()>& backward);

/// batch_loss(), with its gradient.
double batch_gradient(Module& model, const Batch& batch, Vector& gradient);

double dot(const Vector& a, const Vector& b);
double norm(const Vector& a);
double cosine(const Vector& a, const Vector& b);  // NaN if one is 0
/// a + factor·b
Vector along(const Vector& a, double factor, const Vector& b);

/// Whether step `step` is one of about `count` that are spread evenly on a log scale over 0 … steps (0, 1,
/// and steps are).
bool log_spaced(Index step, Index steps, Index count);

/// What layer i of a Sequential gives (as named by its place in children()), normalized by the running
/// statistics or by the batch's own.
Tensor output_of_layer(Sequential& model, std::size_t i, const Tensor& x, Statistics statistics);

}}  // namespace norma
