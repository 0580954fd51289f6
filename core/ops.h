// The differentiable operations, except normalization (core/normalize.h), reparametrized weights
// (core/reparametrize.h), convolution (core/conv.h) and pooling (core/pooling.h). Each returns a new tensor,
// which can be differentiated if an input requires a gradient, and throws Error on shapes that do not fit.
#pragma once

#include "core/autograd.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {

// Elementwise (core/elementwise.cpp): a and b have the same shape

/// y = a + b
Tensor add(const Tensor& a, const Tensor& b);

/// relu(a + b), in fewer passes over memory.
Tensor add_relu(const Tensor& a, const Tensor& b);

/// y = a − b
Tensor sub(const Tensor& a, const Tensor& b);

/// y = a b, element by element.
Tensor mul(const Tensor& a, const Tensor& b);

/// y = factor · x
Tensor scale(const Tensor& x, double factor);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }

// Shapes and sums (core/reduce.cpp)

/// The same values with another shape; shares memory with x. Error if the sizes differ.
Tensor reshape(const Tensor& x, const Shape& shape);

/// Sum of all elements, shape (), in double.
Tensor sum(const Tensor& x);

/// Mean of all elements, shape (). Error if there are none.
Tensor mean(const Tensor& x);

// Matrix products (core/matmul.cpp)

/// C = A B        A (m, k)   B (k, n)   →   C (m, n)
Tensor matmul(const Tensor& A, const Tensor& B);

/// y = x Wᵀ + 1 bᵀ        x (N, in)   W (out, in)   b (out) or undefined   →   y (N, out)
Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b = {});

// Activations (core/activations.cpp): any shape

/// max(0, x); its derivative at 0 is 0, as in PyTorch
Tensor relu(const Tensor& x);

/// x where x > 0, else slope · x
Tensor leaky_relu(const Tensor& x, double slope = 0.01);

/// (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)
Tensor tanh(const Tensor& x);

/// 1 / (1 + e⁻ˣ)
Tensor sigmoid(const Tensor& x);

/// Each element is 0 with probability p, else x / (1 − p) (Srivastava et al. 2014, in the inverted form).
/// Error unless 0 ≤ p ≤ 1.
Tensor dropout(const Tensor& x, double p, Rng& rng);

// Losses (core/loss.cpp): means, shape ()

/// −1/N Σₙ Σₖ qₙₖ ln pₙₖ with p = softmax(logits) and q = (1 − s)·onehot(label) + s/K.
/// logits (N, K), N labels in 0 … K − 1, 0 ≤ smoothing s ≤ 1.
Tensor softmax_cross_entropy(const Tensor& logits, const Labels& labels, double smoothing = 0);

/// Mean of (a − b)² over all elements; a and b have the same shape.
Tensor mse(const Tensor& a, const Tensor& b);

/// The number of rows of logits (N, K) whose largest is the label's; ties go to the smaller class, and a row
/// with a NaN is never correct. Not differentiable.
Index count_correct(const Tensor& logits, const Labels& labels);

}}  // namespace norma
