#include "core/normalize_parts.h"

#include <algorithm>
#include <cmath>

#include "core/map.h"
#include "core/normalize.h"
#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// m, here or in the group
double count_of(const View& v, Group* group) {
  double m = static_cast<double>(v.count());
  if (group) sum_over(*group, &m, 1);
  return m;
}

// 1/m Σ f(i, k) for each kept index, here or in the group
template <class F>
Scratch<double> means(const View& v, double m, Group* group, const F& f) {
  Scratch<double> result = sums(v, f);
  if (group) sum_over(*group, result.data(), result.size());
  for (double& mean : result) mean /= m;
  return result;
}

// dL/ds; of an s that the parts of a group have in common, the sum of theirs.
Scratch<double> shared_grad(const Tensor& s, Group* group) {
  Scratch<double> ds(s.size());
  std::copy_n(s.grad_data(), s.size(), ds.data());
  if (group) sum_over(*group, ds.data(), ds.size());
  return ds;
}

bool is_larger(double a, double than) { return a > than || (std::isnan(a) && !std::isnan(than)); }

// sₖ ← the largest of the group's; where[k] ← −1 if another part has it, of several the first.
void keep_largest(Group& group, const Tensor& s, Scratch<Index>& where) {
  const Index K = s.size(), parts = group.size();
  const Scratch<double> mine = doubles(s), all(K * parts);
  group.gather(mine.data(), K, all.data());
  for (Index k = 0; k < K; ++k) {
    Index owner = 0;
    for (Index p = 1; p < parts; ++p)
      if (is_larger(all[p * K + k], all[owner * K + k])) owner = p;
    s.data()[k] = static_cast<real>(all[owner * K + k]);
    if (owner != group.index()) where[k] = -1;
  }
}

}  // namespace

// y = x − ⟨x⟩
Tensor center(const Tensor& x, const View& v, Group* group) {
  check_view("center", x, v);
  check(v.count() > 0, "center: x ", x.shape(), " has no elements to take a mean of");
  Tensor y(x.shape());
  const double m = count_of(v, group);
  const real* px = x.data();
  const Scratch<double> mean = means(v, m, group, [=](Index i, Index) { return double(px[i]); });
  fill(y, v, [=, mu = mean.data()](Index i, Index k) { return px[i] - mu[k]; });
  return record(y, {x}, [v, m, group](const Tensor& y, const Tensor& x) {
    const real* dy = y.grad_data();
    auto dx = x.open_grad();
    if (!dx) return;
    const Scratch<double> mean = means(v, m, group, [=](Index i, Index) { return double(dy[i]); });
    accumulate(dx, v, [=, mean_dy = mean.data()](Index i, Index k) {
      return dy[i] - mean_dy[k];  // dx += dy − ⟨dy⟩
    });
  });
}

// l1: sₖ = 1/m Σ |x|        linf: sₖ = max |x|
Tensor spread(const Tensor& x, const View& v, Spread norm, Group* group) {
  check_view("spread", x, v);
  check(v.count() > 0, "spread: x ", x.shape(), " has no elements to measure");
  Tensor s({v.kept});
  const real* px = x.data();
  real* ps = s.data();
  if (norm == Spread::l1) {
    const double m = count_of(v, group);
    const Scratch<double> mean = means(v, m, group, [=](Index i, Index) { return std::abs(double(px[i])); });
    for (Index k = 0; k < v.kept; ++k) ps[k] = static_cast<real>(mean[k]);
    return record(s, {x}, [v, m, group](const Tensor& s, const Tensor& x) {
      const Scratch<double> shared = shared_grad(s, group);
      const real* px = x.data();
      if (auto dx = x.open_grad())  // dx += ds sign(x)/m
        accumulate(dx, v, [=, ds = shared.data()](Index i, Index k) {
          return ds[k] * double((px[i] > 0) - (px[i] < 0)) / m;
        });
    });
  }
  Scratch<Index> largest(v.kept);  // the element that sₖ came from; NaN counts as the largest
  for_kept(v, [=, where = largest.data()](Index first, Index last) {
    std::fill(where + first, where + last, Index(-1));
    each_run(v, v, first, last, [=](const Run& run) {
      run.each([=](Index i, Index k, Index) {
        const real a = std::abs(px[i]);
        if (where[k] < 0 || is_larger(a, ps[k])) where[k] = i, ps[k] = a;
      });
    });
  });
  if (group) keep_largest(*group, s, largest);
  return record(s, {x}, [v, group, largest = std::move(largest)](const Tensor& s, const Tensor& x) {
    const Scratch<double> shared = shared_grad(s, group);
    const real* px = x.data();
    const Index* where = largest.data();
    if (auto dx = x.open_grad())  // dx += ds sign(x) at the maximum
      accumulate(dx, v, [=, ds = shared.data()](Index i, Index k) {
        return i == where[k] ? ds[k] * double((px[i] > 0) - (px[i] < 0)) : 0.0;
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
