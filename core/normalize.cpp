#include "core/normalize.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/lanes.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {

Scratch<double> doubles(const Tensor& t) {
  Scratch<double> result(t.size());
  std::copy(t.begin(), t.end(), result.begin());
  return result;
}

Moments constant_moments(const Tensor& mean, const Tensor& variance) {
  check(mean.shape() == variance.shape(), "constant_moments: mean ", mean.shape(), " and variance ",
        variance.shape(), " differ");
  return {doubles(mean), doubles(variance), /*constant=*/true};
}

namespace {

// Parts p of mₚ elements, each with its μₚ and σₚ², as one of m = Σ mₚ (Chan, Golub & LeVeque 1983):
//   μ = 1/m Σ mₚ μₚ        σ² = 1/m Σ mₚ (σₚ² + (μₚ − μ)²)
void combine(Moments& own, Group& group) {
  const Index K = own.mean.size(), row = 1 + 2 * K;  // mₚ, then μₚ and σₚ² of every channel
  Scratch<double> mine(row), all(row * group.size());
  mine[0] = own.count;
  std::copy_n(own.mean.data(), K, mine.data() + 1);
  std::copy_n(own.variance.data(), K, mine.data() + 1 + K);
  group.gather(mine.data(), row, all.data());
  const auto mean_of = [&, parts = group.size()](const auto& term) {  // 1/m Σ mₚ term(row of p)
    double sum = 0;
    for (Index p = 0; p < parts; ++p) sum += all[p * row] * term(all.data() + p * row + 1);
    return sum / own.count;
  };
  own.count = 0;
  for (Index p = 0; p < group.size(); ++p) own.count += all[p * row];
  for (Index k = 0; k < K; ++k) {
    const double mean = own.mean[k] = mean_of([=](const double* part) { return part[k]; });
    own.variance[k] =
        mean_of([=](const double* part) { return part[K + k] + (part[k] - mean) * (part[k] - mean); });
  }
  own.group = &group;
}

}  // namespace

// μₖ = 1/m Σ x        σₖ² = 1/m Σ (x − μₖ)²
Moments moments(const Tensor& x, const View& v, Group* group) {
  check_view("moments", x, v);
  check(v.count() > 0, "moments: x ", x.shape(), " has no elements to take a mean of");
  Moments result{Scratch<double>(v.kept), Scratch<double>(v.kept)};
  const real* px = x.data();
  double *mean = result.mean.data(), *variance = result.variance.data();
  const double m = static_cast<double>(v.count());
  for_kept(v, [=](Index first, Index last) {
    sum_each(v, first, last, mean, [=](Index i, Index) { return double(px[i]); });
    for (Index k = first; k < last; ++k) mean[k] /= m;
    sum_each(v, first, last, variance,
             [=](Index i, Index k) { return (px[i] - mean[k]) * (px[i] - mean[k]); });
    for (Index k = first; k < last; ++k) variance[k] /= m;
  });
  result.count = m;
  if (group) combine(result, *group);
  return result;
}

namespace {

// What one normalization and its gradient share: the two views, μ and 1/√(σ² + ε), and x̂ by them.
struct Normalization {
  View statistics, affine;
  Scratch<real> mean, rest;  // whose sum is μ: in float, one number is too coarse if μ is large beside σ
  Scratch<real> inv_std;
  bool constant;           // as in Moments,
  double count = 0;        // m
  Group* group = nullptr;  // and those who have the m elements
  bool relu = false;       // whether y = max(0, γ x̂ + β)

  auto xhat(const Tensor& x) const {
    return
        [px = x.data(), mean = mean.data(), rest = rest.data(), inv_std = inv_std.data()](Index i, Index k) {
          return (px[i] - mean[k] - rest[k]) * inv_std[k];  // x̂ = (x − μ)/√(σ² + ε)
        };
  }
};

// f(t[k]) of each k
template <class F>
Scratch<real> reals(const Scratch<double>& t, const F& f) {
  Scratch<real> result(t.size());
  std::transform(t.begin(), t.end(), result.begin(), [f](double v) { return static_cast<real>(f(v)); });
  return result;
}

Scratch<real> rounded(const Scratch<double>& t) {
  return reals(t, [](double v) { return v; });
}
Scratch<real> lost_by_rounding(const Scratch<double>& t) {
  return reals(t, [](double v) { return v - static_cast<real>(v); });
}

// γ or β; `absent` for each of n if it is undefined
Tensor affine_values(const Tensor& t, Index n, real absent) {
  return t.defined() ? t : Tensor::full({n}, absent);
}

// y = γ (x − μ)/√(σ² + ε) + β, or max(0, that)
Tensor forward(const Normalization& n, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  const Tensor gammas = affine_values(gamma, n.affine.kept, 1), betas = affine_values(beta, n.affine.kept, 0);
  auto value = [xhat = n.xhat(x), g = gammas.data(), b = betas.data()](Index i, Index k, Index j) {
    return g[j] * xhat(i, k) + b[j];
  };
  Tensor y(x.shape());
  if (n.relu) {
    fill(y, n.statistics, n.affine, [value](Index i, Index k, Index j) {
      const real v = value(i, k, j);
      return v <= 0 ? real(0) : v;
    });
  } else {
    fill(y, n.statistics, n.affine, value);
  }
  return y;
}

// v, or 0 unless `on`: by the bits of v. In a sum of `on ? v : 0` the vector code of GCC 11 and 12 forgets
// the condition.
real masked(real v, bool on) {
  using Bits = std::make_unsigned_t<Place>;
  return std::bit_cast<real>(std::bit_cast<Bits>(v) & -Bits(on));
}

// Two sums for each of n kept indices, of dy x̂ and of dy, or of dx̂ x̂ and of dx̂; side by side, to be added up
// with those of a group.
struct GradientSums {
  explicit GradientSums(Index n) : both(2 * n), of_xhat(both.data()), plain(both.data() + n) {}
  Scratch<double> both;
  double *of_xhat, *plain;
};

// dγ += Σ dy x̂        dβ += Σ dy        with dy(i) = dL/d(γ x̂ + β)ᵢ, over the elements that share a γ
template <class Dy>
GradientSums affine_gradients(const Normalization& n, const Dy& dy, const Tensor& x, const Tensor& gamma,
                              const Tensor& beta) {
  GradientSums sums(n.affine.kept);
  for_kept(n.affine, [=, v = n.statistics, w = n.affine, xhat = n.xhat(x), sum_dy_xhat = sums.of_xhat,
                      sum_dy = sums.plain](Index first, Index last) {
    sum_by_affine(v, w, first, last,
                  Sum{sum_dy_xhat, [=](Index i, Index k, Index) { return dy(i) * xhat(i, k); }},
                  Sum{sum_dy, [=](Index i, Index, Index) { return dy(i); }});
  });
  if (auto dgamma = gamma.open_grad()) accumulate(dgamma, [s = sums.of_xhat](Index j) { return s[j]; });
  if (auto dbeta = beta.open_grad()) accumulate(dbeta, [s = sums.plain](Index j) { return s[j]; });
  return sums;
}

// With dx̂ = γ dy, and i and p two of the m elements that share a mean:
//   ∂x̂ₚ/∂xᵢ = (δᵢₚ − 1/m − x̂ᵢ x̂ₚ/m)/√(σ² + ε)
// dxᵢ += Σₚ dx̂ₚ ∂x̂ₚ/∂xᵢ, which is, with ⟨t⟩ = 1/m Σₚ tₚ:
//   dx += (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)/√(σ² + ε)
// If μ and σ² are constants, dx += dx̂/√(σ² + ε). If the m elements are those of a group, so are the sums.
template <class Dy>
void input_gradient(const Normalization& n, const Dy& dy, const Tensor& x, const Tensor& gamma,
                    const GradientSums& of_dy, const GradSlot& dx) {
  const View v = n.statistics, w = n.affine;
  const Tensor gammas = affine_values(gamma, w.kept, 1);
  const real *g = gammas.data(), *inv_std = n.inv_std.data();
  auto dxhat = [=](Index i, Index j) { return g[j] * dy(i); };
  if (n.constant)
    return accumulate(dx, v, w, [=](Index i, Index k, Index j) { return inv_std[k] * dxhat(i, j); });

  GradientSums sums(v.kept);
  if (v == w) {  // what shares a mean shares γ: Σ dx̂ = γ Σ dy
    for (Index k = 0; k < v.kept; ++k) {
      sums.of_xhat[k] = g[k] * of_dy.of_xhat[k];
      sums.plain[k] = g[k] * of_dy.plain[k];
    }
  } else {
    for_kept(v, [=, xhat = n.xhat(x), sum_dxhat_xhat = sums.of_xhat, sum_dxhat = sums.plain](Index first,
                                                                                             Index last) {
      sum_by_statistic(
          v, w, first, last,
          Sum{sum_dxhat_xhat, [=](Index i, Index k, Index j) { return dxhat(i, j) * xhat(i, k); }},
          Sum{sum_dxhat, [=](Index i, Index, Index j) { return dxhat(i, j); }});
    });
  }
  const double m = n.group ? n.count : static_cast<double>(v.count());
  const Scratch<real> means = reals(sums.both, [m](double sum) { return sum / m; });
  const real *mean_dxhat_xhat = means.data(), *mean_dxhat = means.data() + v.kept;
  accumulate(dx, v, w, [=, xhat = n.xhat(x)](Index i, Index k, Index j) {
    return inv_std[k] * (dxhat(i, j) - mean_dxhat[k] - xhat(i, k) * mean_dxhat_xhat[k]);
  });
}

Tensor apply(Normalization n, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  check_view("normalize", x, n.statistics);
  check_view("normalize", x, n.affine);
  const Index kept = n.statistics.kept;
  check(n.mean.size() == kept, "normalize: expected ", kept, " moments, got ", n.mean.size());
  check(n.inv_std.size() == kept, "normalize: expected ", kept, " divisors, got ", n.inv_std.size());
  for (const Tensor& t : {gamma, beta}) {
    check(!t.defined() || t.size() == n.affine.kept, "normalize: expected gamma and beta of shape (",
          n.affine.kept, ",), got ", t.defined() ? t.shape() : Shape());
  }
  Tensor y = forward(n, x, gamma, beta);
  return record(
      y, {x, gamma, beta},
      [n = std::move(n)](const Tensor& y, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
        const auto gradients = [&](const auto& dy) {
          GradientSums sums = affine_gradients(n, dy, x, gamma, beta);
          // For dx only: the parts' dγ and dβ are added up with all gradients.
          if (n.group && !n.constant) sum_over(*n.group, sums.both.data(), sums.both.size());
          if (auto dx = x.open_grad_in_place_of(y)) input_gradient(n, dy, x, gamma, sums, dx);
        };
        if (n.relu) {
          gradients([dy = y.grad_data(), py = y.data()](Index i) { return masked(dy[i], !(py[i] <= 0)); });
        } else {
          gradients([dy = y.grad_data()](Index i) { return dy[i]; });
        }
      });
}

}  // namespace

Tensor normalize(const Tensor& x, const View& statistics, const Moments& moments, double eps,
                 const Tensor& gamma, const Tensor& beta, const View& affine, bool relu) {
  check(eps >= 0, "normalize: expected eps of at least 0, got ", eps);
  check(!moments.group || statistics == affine, "normalize: expected one view for a group of parts, got two");
  return apply({statistics, affine, rounded(moments.mean), lost_by_rounding(moments.mean),
                reals(moments.variance, [eps](double variance) { return 1 / std::sqrt(variance + eps); }),
                moments.constant, moments.count, moments.group, relu},
               x, gamma, beta);
}

// y = γ (x − μ)/d + β        dx += γ dy/d        dγ += Σ dy x̂        dβ += Σ dy
Tensor normalize_by(const Tensor& x, const View& view, const Scratch<double>& mean,
                    const Scratch<double>& divisor, const Tensor& gamma, const Tensor& beta) {
  return apply({view, view, rounded(mean), lost_by_rounding(mean),
                reals(divisor, [](double d) { return 1 / d; }), /*constant=*/true},
               x, gamma, beta);
}

}}  // namespace norma
