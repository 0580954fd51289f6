#include "core/normalize_parts.h"

#include <cmath>

#include "core/map.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// ⟨values⟩ for each kept index
Scratch<double> means(const real* values, const View& v) {
  Scratch<double> result = sums(v, [=](Index i, Index) { return double(values[i]); });
  for (double& mean : result) mean /= static_cast<double>(v.count());
  return result;
}

}  // namespace

// y = x − ⟨x⟩
Tensor center(const Tensor& x, const View& v) {
  check_view("center", x, v);
  check(v.count() > 0, "center: x ", x.shape(), " has no elements to take a mean of");
  Tensor y(x.shape());
  const Scratch<double> mean = means(x.data(), v);
  fill(y, v, [px = x.data(), mu = mean.data()](Index i, Index k) { return px[i] - mu[k]; });
  return record(y, {x}, [v](const Tensor& y, const Tensor& x) {
    const real* dy = y.grad_data();
    auto dx = x.open_grad();
    if (!dx) return;
    const Scratch<double> mean = means(dy, v);
    accumulate(dx, v, [=, mean_dy = mean.data()](Index i, Index k) {
      return dy[i] - mean_dy[k];  // dx += dy − ⟨dy⟩
    });
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
    const Scratch<double> total = sums(v, [=](Index i, Index) { return std::abs(double(px[i])); });
    for (Index k = 0; k < v.kept; ++k) ps[k] = static_cast<real>(total[k] / m);
    return record(s, {x}, [v, m](const Tensor& s, const Tensor& x) {
      const real *ds = s.grad_data(), *px = x.data();
      if (auto dx = x.open_grad())  // dx += ds sign(x)/m
        accumulate(dx, v, [=](Index i, Index k) { return ds[k] * double((px[i] > 0) - (px[i] < 0)) / m; });
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
  return record(s, {x}, [v, largest = std::move(largest)](const Tensor& s, const Tensor& x) {
    const real *ds = s.grad_data(), *px = x.data();
    const Index* where = largest.data();
    if (auto dx = x.open_grad())  // dx += ds sign(x) at the maximum
      accumulate(dx, v, [=](Index i, Index k) {
        return i == where[k] ? ds[k] * real((px[i] > 0) - (px[i] < 0)) : real(0);
      });
  });
}

// y = γ x + β
Tensor scale_shift(const Tensor& x, const View& v, const Tensor& gamma, const Tensor& beta) {
  check_view("scale_shift", x, v);
  for (const Tensor& t : {gamma, beta}) {
    check(!t.defined() || t.size() == v.kept, "scale_shift: expected gamma and beta of shape (", v.kept,
          ",), got ", t.defined() ? t.shape() : Shape());
  }
  Tensor y(x.shape());
  const real *px = x.data(), *g = gamma.defined() ? gamma.data() : nullptr,
             *b = beta.defined() ? beta.data() : nullptr;
  fill(y, v, [=](Index i, Index k) { return (g ? g[k] : real(1)) * px[i] + (b ? b[k] : real(0)); });
  return record(
      y, {x, gamma, beta}, [v](const Tensor& y, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
        const real *dy = y.grad_data(), *px = x.data(), *g = gamma.defined() ? gamma.data() : nullptr;
        if (auto dx = x.open_grad())  // dx += γ dy
          accumulate(dx, v, [=](Index i, Index k) { return (g ? g[k] : real(1)) * dy[i]; });
        if (auto dg = gamma.open_grad()) {  // dγ += Σ dy x
          const Scratch<double> total = sums(v, [=](Index i, Index) { return double(dy[i]) * px[i]; });
          accumulate(dg, [total = total.data()](Index k) { return total[k]; });
        }
        if (auto db = beta.open_grad()) {  // dβ += Σ dy
          const Scratch<double> total = sums(v, [=](Index i, Index) { return double(dy[i]); });
          accumulate(db, [total = total.data()](Index k) { return total[k]; });
        }
      });
}

// y = 1/(x + c)        y' = −y²
Tensor reciprocal(const Tensor& x, double c) {
  return map(
      x, [c](real x) { return static_cast<real>(1 / (x + c)); },
      [](real dy, real, real y) { return -dy * y * y; });  // dx −= dy y²
}

}}  // namespace norma
