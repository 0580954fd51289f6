// The graders, one for each exercise. A grader calls the answer with small tensors and prints what is right,
// line by line; at the first thing that is wrong it says what, names the mistake if it is a known one, and
// stops. It returns 0 if all is right, else 1, which main() hands to the shell.
#pragma once

#include <norma/layers/module.h>

#include <functional>
#include <iostream>
#include <memory>
#include <utility>

namespace exercises {

using norma::Index;
using norma::Module;
using norma::Tensor;

/// bn_forward(x, gamma, beta, eps) → y
using Forward = std::function<Tensor(const Tensor&, const Tensor&, const Tensor&, double)>;
int grade_forward(const Forward& bn_forward, std::ostream& out = std::cout);

/// bn_affine_gradients(x, dy, eps) → {dgamma, dbeta}
using AffineGradients = std::function<std::pair<Tensor, Tensor>(const Tensor&, const Tensor&, double)>;
int grade_affine_gradients(const AffineGradients& bn_affine_gradients, std::ostream& out = std::cout);

/// bn_backward(x, gamma, dy, eps) → dx
using Backward = std::function<Tensor(const Tensor&, const Tensor&, const Tensor&, double)>;
int grade_backward(const Backward& bn_backward, std::ostream& out = std::cout);

/// update_running(x, momentum, running_mean, running_var), which writes the last two
using UpdateRunning = std::function<void(const Tensor&, double, const Tensor&, const Tensor&)>;
/// bn_eval(x, gamma, beta, running_mean, running_var, eps) → y
using Eval =
    std::function<Tensor(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, double)>;
int grade_running(const UpdateRunning& update_running, const Eval& bn_eval, std::ostream& out = std::cout);

/// What normalizes after a Linear, at inference: y = γ (h − μ)/√(σ² + ε) + β; all tensors of shape (out).
struct FrozenNorm {
  Tensor gamma, beta, mean, variance;
  double eps;
};
/// fold(W, b, norm) → {W', b'}
using Fold = std::function<std::pair<Tensor, Tensor>(const Tensor&, const Tensor&, const FrozenNorm&)>;
int grade_fold(const Fold& fold, std::ostream& out = std::cout);

/// layer_norm(x, gamma, beta, eps) → y
using LayerNormFunction = Forward;
/// group_norm(x, groups, gamma, beta, eps) → y
using GroupNormFunction = std::function<Tensor(const Tensor&, Index, const Tensor&, const Tensor&, double)>;
int grade_views(const LayerNormFunction& layer_norm, const GroupNormFunction& group_norm,
                std::ostream& out = std::cout);

/// rms_norm(x, gamma, eps) → y, with a gradient
using RmsNormFunction = std::function<Tensor(const Tensor&, const Tensor&, double)>;
/// A layer for `features` features
using MakeLayer = std::function<std::unique_ptr<Module>(Index features)>;
int grade_layer(const RmsNormFunction& rms_norm, const MakeLayer& make, std::ostream& out = std::cout);

/// predict(net, x) → y
using Predict = std::function<Tensor(Module&, const Tensor&)>;
int grade_bugs(const MakeLayer& make, const Predict& predict, std::ostream& out = std::cout);

}  // namespace exercises
