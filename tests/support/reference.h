// Slow, obvious versions of everything that is computed, for the tests: plain loops
// in long double, written from the formulas and in another order than the library's,
// so that a mistake is not made twice. And the few helpers that every test uses.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/autograd.h"
#include "core/normalize.h"
#include "core/parallel.h"
#include "core/random.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace reference {

using Wide = long double;
using Numbers = std::vector<Wide>;

constexpr bool in_double = sizeof(real) == sizeof(double);

/// Allowed difference, relative to the largest number.
constexpr double tolerance = in_double ? 1e-12 : 1e-5;

// Helpers ---------------------------------------------------------------------------------------------------

inline std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// Normal numbers.
inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1) {
  Rng rng(seed);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(rng.normal(mean, deviation));
  return t;
}

inline Numbers numbers(const Tensor& t) { return {t.values().begin(), t.values().end()}; }

/// A gradient that backward() left, as numbers; none counts as NaN.
inline Numbers gradient(const Tensor& t) {
  return t.has_grad() ? numbers(t.grad()) : Numbers(at(t.size()), Wide(NAN));
}

/// Greatest |got − want|, relative to the greatest |want|; infinite if sizes differ or a number is NaN.
inline double difference(const Numbers& got, const Numbers& want) {
  if (got.size() != want.size()) return HUGE_VAL;
  Wide worst = 0, largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Wide error = std::abs(got[i] - want[i]);
    if (!(error <= HUGE_VAL)) return HUGE_VAL;
    worst = std::max(worst, error);
    largest = std::max(largest, std::abs(want[i]));
  }
  return static_cast<double>(largest > 0 ? worst / largest : worst);
}
inline double difference(const Tensor& got, const Numbers& want) { return difference(numbers(got), want); }

/// The same values, bit for bit.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), at(a.size()) * sizeof(real)) == 0;
}

/// Makes `action` return the same tensors with one thread and with two, bit for bit.
inline bool same_on_two_threads(const std::function<std::vector<Tensor>()>& action) {
  const int before = threads();
  set_threads(1);
  const std::vector<Tensor> one = action();
  set_threads(2);
  const std::vector<Tensor> two = action();
  set_threads(before);
  return std::equal(one.begin(), one.end(), two.begin(), two.end(), same_bits);
}

/// Replaces what stands in the gradient.
inline void set_gradient(const Tensor& t, const Tensor& gradient) {
  t.zero_grad();
  std::copy_n(gradient.data(), t.size(), t.open_grad().data);
}

// Matrices --------------------------------------------------------------------------------------------------

/// Cᵢⱼ = Σₗ Aᵢₗ Bₗⱼ        A (m, k)   B (k, n)
inline Numbers matmul(const Numbers& A, const Numbers& B, Index m, Index k, Index n) {
  Numbers C(at(m * n), 0);
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j)
      for (Index l = 0; l < k; ++l) C[at(i * n + j)] += A[at(i * k + l)] * B[at(l * n + j)];
  return C;
}

/// A (m, n)   →   (n, m)
inline Numbers transpose(const Numbers& A, Index m, Index n) {
  Numbers B(A.size());
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) B[at(j * m + i)] = A[at(i * n + j)];
  return B;
}

/// Σₙ Aₙ        A (m, n)   →   (n)
inline Numbers column_sums(const Numbers& A, Index m, Index n) {
  Numbers s(at(n), 0);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < m; ++i) s[at(j)] += A[at(i * n + j)];
  return s;
}

// Normalization ---------------------------------------------------------------------------------------------

/// Every value and gradient of one normalization.
struct Normalized {
  Numbers mean, variance, y, dx, dgamma, dbeta;
};

/// Algorithm 1 of Ioffe & Szegedy (2015) and its gradient, step by step as in their section 3: through the
/// variance, then through the mean. `constants` are means and variances that do not depend on x; without
/// them the batch's own are taken. γ and β may be empty: 1 and 0.
inline Normalized normalize(const Numbers& x, const View& v, Wide eps, const Numbers& gamma,
                            const Numbers& beta, const Numbers& dy,
                            const std::pair<Numbers, Numbers>* constants = nullptr) {
  Normalized r{Numbers(at(v.kept)), Numbers(at(v.kept)), x, x, Numbers(at(v.kept)), Numbers(at(v.kept))};
  for (Index k = 0; k < v.kept; ++k) {
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (static_cast<Index>(i) / v.inner % v.kept == k) mine.push_back(i);
    const Wide m = static_cast<Wide>(mine.size());
    Wide mu = 0, var = 0, sum_of_dxhat = 0, dvar = 0, dmu = 0, dg = 0, db = 0;
    for (std::size_t i : mine) mu += x[i] / m;
    for (std::size_t i : mine) var += (x[i] - mu) * (x[i] - mu) / m;
    if (constants) mu = constants->first[at(k)], var = constants->second[at(k)];
    const Wide g = gamma.empty() ? 1 : gamma[at(k)], b = beta.empty() ? 0 : beta[at(k)];
    const Wide root = std::sqrt(var + eps);
    for (std::size_t i : mine) {
      const Wide xhat = (x[i] - mu) / root;
      r.y[i] = g * xhat + b;
      dg += dy[i] * xhat;
      db += dy[i];
      sum_of_dxhat += dy[i] * g;
      dvar += dy[i] * g * (x[i] - mu) * Wide(-0.5) / (root * root * root);
    }
    for (std::size_t i : mine) dmu += dvar * -2 * (x[i] - mu) / m;
    dmu -= sum_of_dxhat / root;
    for (std::size_t i : mine) {
      r.dx[i] = dy[i] * g / root;
      if (!constants) r.dx[i] += dvar * 2 * (x[i] - mu) / m + dmu / m;
    }
    r.mean[at(k)] = mu;
    r.variance[at(k)] = var;
    r.dgamma[at(k)] = dg;
    r.dbeta[at(k)] = db;
  }
  return r;
}

// Losses ----------------------------------------------------------------------------------------------------

struct Loss {
  Wide value;
  Numbers gradient;
};

/// −1/N Σ q ln p with every p and q written out.        z (N, K)
inline Loss softmax_cross_entropy(const Numbers& z, const std::vector<int>& labels, Index K, Wide smoothing) {
  const Index N = static_cast<Index>(labels.size());
  Loss loss{0, Numbers(z.size())};
  for (Index n = 0; n < N; ++n) {
    Wide norm = 0;
    for (Index k = 0; k < K; ++k) norm += std::exp(z[at(n * K + k)]);
    for (Index k = 0; k < K; ++k) {
      const Wide p = std::exp(z[at(n * K + k)]) / norm;
      const Wide q = (k == labels[at(n)] ? 1 - smoothing : 0) + smoothing / static_cast<Wide>(K);
      loss.value -= q * std::log(p) / static_cast<Wide>(N);
      loss.gradient[at(n * K + k)] = (p - q) / static_cast<Wide>(N);
    }
  }
  return loss;
}

// Optimizers ------------------------------------------------------------------------------------------------

/// torch.optim.SGD, line by line; `b` is empty before the first step.
inline void sgd_step(Numbers& p, Numbers g, Numbers& b, Wide lr, Wide momentum, Wide dampening, bool nesterov,
                     Wide decay) {
  for (std::size_t i = 0; i < p.size(); ++i) g[i] += decay * p[i];
  if (momentum != 0) {
    const bool first = b.empty();
    if (first) b = g;
    for (std::size_t i = 0; i < p.size() && !first; ++i) b[i] = momentum * b[i] + (1 - dampening) * g[i];
    for (std::size_t i = 0; i < p.size(); ++i) g[i] = nesterov ? g[i] + momentum * b[i] : b[i];
  }
  for (std::size_t i = 0; i < p.size(); ++i) p[i] -= lr * g[i];
}

/// Algorithm 1 of Kingma & Ba (2015), step t = 1, 2, …; m and v begin as zeros.
inline void adam_step(Numbers& p, Numbers g, Numbers& m, Numbers& v, int t, Wide lr, Wide beta1, Wide beta2,
                      Wide eps, Wide decay) {
  for (std::size_t i = 0; i < p.size(); ++i) {
    g[i] += decay * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    const Wide m_hat = m[i] / (1 - std::pow(beta1, Wide(t))), v_hat = v[i] / (1 - std::pow(beta2, Wide(t)));
    p[i] -= lr * m_hat / (std::sqrt(v_hat) + eps);
  }
}

}}}  // namespace norma::reference
