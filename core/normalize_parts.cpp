#include "core/normalize_parts.h"

#include <cmath>

#include "core/autograd.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// 1/m Σ values[i] for each kept index
Scratch<double> means(const real* values, const View& v) {
  Scratch<double> result(v.kept);
  double* mu = result.data();
  const double m = static_cast<double>(v.count());
  for_kept(v, [=](Index first, Index last) {
    sum_runs(v, v, first, last, mu, [=](Index i, Index, Index) { return double(values[i]); });
    for (Index k = first; k < last; ++k) mu[k] /= m;
  });
  return result;
}

// slot[i] ← beta·slot[i] + f(i, k) for every element i and its kept index k
template <class F>
void accumulate_view(const GradSlot& slot, const View& v, const F& f) {
  real* out = slot.data;
  const bool overwrite = slot.beta == 0;
  for_kept(v, [=](Index first, Index last) {
    each_run(v, v, first, last, [=](const Run& run) {
      if (overwrite)
        run.each([=](Index i, Index k, Index) { out[i] = static_cast<real>(f(i, k)); });
      else
        run.each([=](Index i, Index k, Index) { out[i] += static_cast<real>(f(i, k)); });
    });
  });
}

}  // namespace

// y = x − ⟨x⟩
Tensor center(const Tensor& x, const View& v) {
  check_view("center", x, v);
  check(v.count() > 0, "center: x ", x.shape(), " has no elements to take a mean of");
  Tensor y(x.shape());
  const Scratch<double> mean = means(x.data(), v);
  const real* px = x.data();
  const double* mu = mean.data();
  accumulate_view({y.data(), y.size(), 0}, v, [=](Index i, Index k) { return px[i] - mu[k]; });
  return record(y, {x}, [x, v](const Tensor& y) {
    const real* dy = y.grad_data();
    auto dx = x.open_grad();
    if (!dx) return;
    const Scratch<double> mean_dy = means(dy, v);
    const double* t = mean_dy.data();
    accumulate_view(dx, v, [=](Index i, Index k) { return dy[i] - t[k]; });  // dx += dy − ⟨dy⟩
  });
}

// l1: sₖ = 1/m Σ |x|        linf: sₖ = max |x|
Tensor spread(const Tensor& x, const View& v, Spread norm) {
  check_view("spread", x, v);
  check(v.count() > 0, "spread: x ", x.shape(), " has no elements to measure");
  Tensor s({v.kept});
  const real* px = x.data();
  real* ps = s.data();
  const double m = static_cast<double>(v.count());
  if (norm == Spread::l1) {
    Scratch<double> sums(v.kept);
    for_kept(v, [=, total = sums.data()](Index first, Index last) {
      sum_runs(v, v, first, last, total, [=](Index i, Index, Index) { return std::abs(double(px[i])); });
      for (Index k = first; k < last; ++k) ps[k] = static_cast<real>(total[k] / m);
    });
    return record(s, {x}, [x, v, m](const Tensor& s) {
      const real *ds = s.grad_data(), *px = x.data();
      if (auto dx = x.open_grad())  // dx += ds sign(x)/m
        accumulate_view(dx, v,
                        [=](Index i, Index k) { return ds[k] * double((px[i] > 0) - (px[i] < 0)) / m; });
    });
  }
  Scratch<Index> largest(v.kept);  // the element that sₖ came from; NaN counts as the largest
  for_kept(v, [=, where = largest.data()](Index first, Index last) {
    std::fill(where + first, where + last, Index(-1));
    each_run(v, v, first, last, [=](const Run& run) {
      run.each([=](Index i, Index k, Index) {
        const real a = std::abs(px[i]);
        if (where[k] < 0 || a > ps[k] || (a != a && ps[k] == ps[k])) where[k] = i, ps[k] = a;
      });
    });
  });
  return record(s, {x}, [x, v, largest = std::move(largest)](const Tensor& s) {
    const real *ds = s.grad_data(), *px = x.data();
    const Index* where = largest.data();
    if (auto dx = x.open_grad())  // dx += ds sign(x) at the maximum
      accumulate_view(dx, v, [=](Index i, Index k) {
        return i == where[k] ? ds[k] * real((px[i] > 0) - (px[i] < 0)) : real(0);
      });
  });
}

// y = γ x + β
Tensor scale_shift(const Tensor& x, const View& v, const Tensor& gamma, const Tensor& beta) {
  check_view("scale_shift", x, v);
  for (const Tensor& t : {gamma, beta}) {
    check(!t.defined() || t.size() == v.kept, "scale_shift: gamma or beta of shape ",
          t.defined() ? t.shape() : Shape(), " given, (", v.kept, ",) wanted");
  }
  Tensor y(x.shape());
  const real *px = x.data(), *g = gamma.defined() ? gamma.data() : nullptr,
             *b = beta.defined() ? beta.data() : nullptr;
  accumulate_view({y.data(), y.size(), 0}, v,
                  [=](Index i, Index k) { return (g ? g[k] : real(1)) * px[i] + (b ? b[k] : real(0)); });
  return record(y, {x, gamma, beta}, [x, gamma, beta, v](const Tensor& y) {
    const real *dy = y.grad_data(), *px = x.data(), *g = gamma.defined() ? gamma.data() : nullptr;
    if (auto dx = x.open_grad())  // dx += γ dy
      accumulate_view(dx, v, [=](Index i, Index k) { return (g ? g[k] : real(1)) * dy[i]; });
    Scratch<double> sums(v.kept);
    double* total = sums.data();
    if (auto dg = gamma.open_grad()) {  // dγ += Σ dy x
      for_kept(v, [=](Index first, Index last) {
        sum_runs(v, v, first, last, total, [=](Index i, Index, Index) { return double(dy[i]) * px[i]; });
      });
      accumulate(dg, [=](Index k) { return static_cast<real>(total[k]); });
    }
    if (auto db = beta.open_grad()) {  // dβ += Σ dy
      for_kept(v, [=](Index first, Index last) {
        sum_runs(v, v, first, last, total, [=](Index i, Index, Index) { return double(dy[i]); });
      });
      accumulate(db, [=](Index k) { return static_cast<real>(total[k]); });
    }
  });
}

// y = 1/(x + c)        y' = −y²
Tensor reciprocal(const Tensor& x, double c) {
  Tensor y(x.shape());
  const real* px = x.data();
  fill(y, [=](Index i) { return static_cast<real>(1 / (px[i] + c)); });
  return record(y, {x}, [x](const Tensor& y) {
    const real *dy = y.grad_data(), *py = y.data();
    if (auto dx = x.open_grad())
      accumulate(dx, [=](Index i) { return -dy[i] * py[i] * py[i]; });  // dx −= dy y²
  });
}

}}  // namespace norma
