#include "core/normalize.h"

#include <algorithm>
#include <cmath>

#include "core/kernels.h"

namespace norma::inline NORMA_BUILD {
namespace {

// body(k, i) for every element i of the kept indices k in [first, last), in the order of memory.
template <class Body>
void each(const View& v, Index first, Index last, const Body& body) {
  for (Index o = 0; o < v.outer; ++o) {
    if (v.inner == 1) {
      const Index row = o * v.kept;
      for (Index k = first; k < last; ++k) body(k, row + k);
    } else {
      for (Index k = first; k < last; ++k) {
        const Index start = (o * v.kept + k) * v.inner;
        for (Index i = 0; i < v.inner; ++i) body(k, start + i);
      }
    }
  }
}

// Kept indices are shared out among threads; each is summed by
// one of them, so the sums do not depend on how many.
template <class Body>
void for_kept(const View& v, const Body& body) {
  parallel_for(v.kept, std::max<Index>(16, elementwise_grain / std::max<Index>(v.count(), 1)), body);
}

void check_view(const char* operation, const Tensor& x, const View& v) {
  check(v.outer * v.kept * v.inner == x.size(), operation, ": view (", v.outer, ", ", v.kept, ", ", v.inner,
        ") does not fit x ", x.shape());
}

}  // namespace

View channel_view(const Tensor& x) {
  check(x.rank() >= 2, "channel_view: x ", x.shape(), " given, (N, C) or (N, C, …) wanted");
  Index inner = 1;
  for (int i = 2; i < x.rank(); ++i) inner *= x.dim(i);
  return {x.dim(0), x.dim(1), inner};
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
    std::fill(mu + first, mu + last, 0.0);
    std::fill(var + first, var + last, 0.0);
    each(v, first, last, [=](Index k, Index i) { mu[k] += px[i]; });
    for (Index k = first; k < last; ++k) mu[k] /= m;
    each(v, first, last, [=](Index k, Index i) { var[k] += (px[i] - mu[k]) * (px[i] - mu[k]); });
    for (Index k = first; k < last; ++k) var[k] /= m;
  });
  return result;
}

Tensor normalize(const Tensor& x, const View& v, Moments moments, Through through, double eps,
                 const Tensor& gamma, const Tensor& beta) {
  check_view("normalize", x, v);
  check(moments.mean.size() == v.kept && moments.variance.size() == v.kept,
        "normalize: ", moments.mean.size(), " moments given, ", v.kept, " wanted");
  for (const Tensor& t : {gamma, beta}) {
    check(!t.defined() || t.size() == v.kept, "normalize: gamma or beta of shape ",
          t.defined() ? t.shape() : Shape(), " given, (", v.kept, ",) wanted");
  }
  Scratch<double> mean = std::move(moments.mean),
                  inv_std = std::move(moments.variance);  // 1/√(σ² + ε) in its place
  for (double& s : inv_std) s = 1 / std::sqrt(s + eps);
  Tensor y(x.shape());
  const real *px = x.data(), *g = gamma.defined() ? gamma.data() : nullptr,
             *b = beta.defined() ? beta.data() : nullptr;
  const double *mu = mean.data(), *istd = inv_std.data();
  real* py = y.data();
  Scratch<double> a(v.kept), c(v.kept);
  for (Index k = 0; k < v.kept; ++k) {
    a[k] = istd[k] * (g ? g[k] : 1);
    c[k] = b ? b[k] : 0;
  }
  for_kept(v, [=, pa = a.data(), pc = c.data()](Index first, Index last) {
    // y = γ (x − μ)/√(σ² + ε) + β
    each(v, first, last,
         [=](Index k, Index i) { py[i] = static_cast<real>((px[i] - mu[k]) * pa[k] + pc[k]); });
  });

  return record(
      y, {x, gamma, beta},
      [x, gamma, beta, v, through, mean = std::move(mean), inv_std = std::move(inv_std)](const Tensor& y) {
        const real *px = x.data(), *dy = y.grad_data(), *g = gamma.defined() ? gamma.data() : nullptr;
        const double *mu = mean.data(), *istd = inv_std.data();
        auto xhat = [=](Index k, Index i) { return (px[i] - mu[k]) * istd[k]; };
        // With s = √(σ² + ε):  ∂x̂ⱼ/∂xᵢ = (δᵢⱼ − 1/m − x̂ᵢ x̂ⱼ/m)/s,  and dxᵢ = Σⱼ γ dyⱼ ∂x̂ⱼ/∂xᵢ.
        // Σ dy x̂ and Σ dy: the gradients of γ and β, and what μ and σ² pass on to x.
        Scratch<double> sum_dy_xhat(v.kept), sum_dy(v.kept);
        double *s = sum_dy_xhat.data(), *t = sum_dy.data();
        for_kept(v, [=](Index first, Index last) {
          std::fill(s + first, s + last, 0.0);
          std::fill(t + first, t + last, 0.0);
          each(v, first, last, [=](Index k, Index i) {
            s[k] += dy[i] * xhat(k, i);
            t[k] += dy[i];
          });
        });
        // dγ += Σ dy x̂        dβ += Σ dy
        if (auto dg = gamma.grad_slot()) accumulate(dg, [=](Index k) { return static_cast<real>(s[k]); });
        if (auto db = beta.grad_slot()) accumulate(db, [=](Index k) { return static_cast<real>(t[k]); });
        auto dx = x.grad_slot();
        if (!dx) return;
        // dx += γ (dy − ⟨dy⟩ − x̂ ⟨dy x̂⟩)/√(σ² + ε); where the statistics are constants both ⟨⟩ are 0
        const double share = through == Through::statistics ? 1 / static_cast<double>(v.count()) : 0;
        Scratch<double> scale(v.kept);  // γ/√(σ² + ε)
        for (Index k = 0; k < v.kept; ++k) {
          scale[k] = istd[k] * (g ? g[k] : 1);
          s[k] *= share;  // now ⟨dy x̂⟩
          t[k] *= share;  // now ⟨dy⟩
        }
        real* out = dx.data;
        const bool overwrite = dx.beta == 0;
        for_kept(v, [=, a = scale.data()](Index first, Index last) {
          auto d = [=](Index k, Index i) {
            return static_cast<real>(a[k] * (dy[i] - t[k] - xhat(k, i) * s[k]));
          };
          if (overwrite) {
            each(v, first, last, [=](Index k, Index i) { out[i] = d(k, i); });
          } else {
            each(v, first, last, [=](Index k, Index i) { out[i] += d(k, i); });
          }
        });
      });
}

}  // namespace norma::inline NORMA_BUILD
