// The gradient checker: autograd's gradient of every element of every input against a finite difference.
// Meaningful in the double build only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// What a check found.
struct GradCheck {
  /// Greatest |autograd − numerical| of an input, relative to the largest element of its gradient.
  double worst = 0;
  /// "input 1, element 5: autograd 0.25, numerical 0.2500001"
  std::string where;
  /// Derivatives compared.
  Index elements = 0;
};

/// The derivative of f with respect to the number x, from five points: (8(f₊₁ − f₋₁) − (f₊₂ − f₋₂))/12h with
/// f₊₁ = f at x + h. Its error falls with h⁴. x is restored.
double numerical_derivative(real& x, const std::function<double()>& f, double h);

/// Compares the gradients of Σ upstream · f(inputs), with upstream drawn from N(0, 1) by `seed`, for every
/// input that requires a gradient. h is rounded to a power of two, so that x ± h is exact. f must return the
/// same values whenever it is called. Error if no gradient reaches an input.
GradCheck check_gradients(const std::vector<Tensor>& inputs,
                          const std::function<Tensor(const std::vector<Tensor>&)>& f, double h = 1e-4,
                          std::uint64_t seed = 1);

}}  // namespace norma
