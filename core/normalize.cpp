#include "core/normalize.h"

#include <algorithm>
#include <cmath>

#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Values as doubles; `absent` for each of them where t is undefined.
Scratch<double> doubles(const Tensor& t, Index n, double absent) {
  Scratch<double> result(n);
  if (t.defined())
    std::copy_n(t.data(), n, result.data());
  else
    std::fill_n(result.data(), n, absent);
  return result;
}

}  // namespace

Moments constant_moments(const Tensor& mean, const Tensor& variance) {
  check(mean.shape() == variance.shape(), "constant_moments: mean ", mean.shape(), " and variance ",
        variance.shape(), " differ");
  return {doubles(mean, mean.size(), 0), doubles(variance, variance.size(), 1)};
}

// μₖ = 1/m Σ x        σₖ² = 1/m Σ (x − μₖ)²
Moments moments(const Tensor& x, const View& v) {
  check_view("moments", x, v);
  check(v.count() > 0, "moments: x ", x.shape(), " has no elements to take a mean of");
  Moments result{Scratch<double>(v.kept), Scratch<double>(v.kept)};
  const real* px = x.data();
  double *mu = result.mean.data(), *var = result.variance.data();
  const double m = static_cast<double>(v.count());
  for_kept(v, [=](Index first, Index last) {
    sum_runs(v, v, first, last, mu, [=](Index i, Index, Index) { return double(px[i]); });
    for (Index k = first; k < last; ++k) mu[k] /= m;
    sum_runs(v, v, first, last, var,
             [=](Index i, Index k, Index) { return (px[i] - mu[k]) * (px[i] - mu[k]); });
    for (Index k = first; k < last; ++k) var[k] /= m;
  });
  return result;
}

Tensor normalize(const Tensor& x, const View& v, Moments moments, GradientThrough through, double eps,
                 const Tensor& gamma, const Tensor& beta, const View& affine) {
  check_view("normalize", x, v);
  check_view("normalize", x, affine);
  check(moments.mean.size() == v.kept && moments.variance.size() == v.kept,
        "normalize: ", moments.mean.size(), " moments given, ", v.kept, " wanted");
  for (const Tensor& t : {gamma, beta}) {
    check(!t.defined() || t.size() == affine.kept, "normalize: gamma or beta of shape ",
          t.defined() ? t.shape() : Shape(), " given, (", affine.kept, ",) wanted");
  }
  Scratch<double> mean = std::move(moments.mean),
                  inv_std = std::move(moments.variance);  // 1/√(σ² + ε) in its place
  for (double& s : inv_std) s = 1 / std::sqrt(s + eps);
  Tensor y(x.shape());
  {
    const Scratch<double> gammas = doubles(gamma, affine.kept, 1), betas = doubles(beta, affine.kept, 0);
    const double *mu = mean.data(), *istd = inv_std.data(), *g = gammas.data(), *b = betas.data();
    const real* px = x.data();
    real* py = y.data();
    for_kept(v, [=](Index first, Index last) {
      each_run(v, affine, first, last, [=](const Run& run) {
        run.each([=](Index i, Index k, Index j) {  // y = γ (x − μ)/√(σ² + ε) + β
          py[i] = static_cast<real>((px[i] - mu[k]) * istd[k] * g[j] + b[j]);
        });
      });
    });
  }

  return record(
      y, {x, gamma, beta},
      [x, gamma, beta, v, affine, through, mean = std::move(mean),
       inv_std = std::move(inv_std)](const Tensor& y) {
        const real *px = x.data(), *dy = y.grad_data();
        const double *mu = mean.data(), *istd = inv_std.data();
        auto xhat = [=](Index i, Index k) { return (px[i] - mu[k]) * istd[k]; };
        // dγ += Σ dy x̂        dβ += Σ dy        sums over what shares a γ
        Scratch<double> sum_dy_xhat(affine.kept), sum_dy(affine.kept);
        double *dy_xhat = sum_dy_xhat.data(), *dy_alone = sum_dy.data();
        for_kept(affine, [=](Index first, Index last) {
          sum_runs(
              affine, v, first, last, dy_xhat, [=](Index i, Index, Index k) { return dy[i] * xhat(i, k); },
              dy_alone, [=](Index i, Index, Index) { return double(dy[i]); });
        });
        if (auto dg = gamma.open_grad())
          accumulate(dg, [=](Index j) { return static_cast<real>(dy_xhat[j]); });
        if (auto db = beta.open_grad())
          accumulate(db, [=](Index j) { return static_cast<real>(dy_alone[j]); });
        auto dx = x.open_grad();
        if (!dx) return;

        // ∂x̂ⱼ/∂xᵢ = (δᵢⱼ − 1/m − x̂ᵢ x̂ⱼ/m)/√(σ² + ε),  and dxᵢ = Σⱼ dx̂ⱼ ∂x̂ⱼ/∂xᵢ  with  dx̂ = γ dy:
        // dx += (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)/√(σ² + ε); where the statistics are constants both ⟨⟩ are 0.
        const Scratch<double> gammas = doubles(gamma, affine.kept, 1);
        const double* g = gammas.data();
        Scratch<double> mean_dxhat(v.kept), mean_dxhat_xhat(v.kept);
        double *t = mean_dxhat.data(), *s = mean_dxhat_xhat.data();
        const double m = static_cast<double>(v.count());
        const bool constants = through == GradientThrough::constants, same_view = v == affine,
                   overwrite = dx.beta == 0;
        real* out = dx.data;
        for_kept(v, [=](Index first, Index last) {
          if (constants) {
            std::fill(t + first, t + last, 0.0);
            std::fill(s + first, s + last, 0.0);
          } else if (same_view) {  // γ is the same for all that share a mean: the sums are there already
            for (Index k = first; k < last; ++k) t[k] = g[k] * dy_alone[k] / m, s[k] = g[k] * dy_xhat[k] / m;
          } else {
            sum_runs(
                v, affine, first, last, t, [=](Index i, Index, Index j) { return g[j] * dy[i]; }, s,
                [=](Index i, Index k, Index j) { return g[j] * dy[i] * xhat(i, k); });
            for (Index k = first; k < last; ++k) t[k] /= m, s[k] /= m;
          }
          each_run(v, affine, first, last, [=](const Run& run) {
            auto d = [=](Index i, Index k, Index j) {
              return static_cast<real>(istd[k] * (g[j] * dy[i] - t[k] - xhat(i, k) * s[k]));
            };
            if (overwrite)
              run.each([=](Index i, Index k, Index j) { out[i] = d(i, k, j); });
            else
              run.each([=](Index i, Index k, Index j) { out[i] += d(i, k, j); });
          });
        });
      });
}

}}  // namespace norma
