#include "core/reparametrize.h"

#include <cmath>

#include "core/walk.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// f(i, k, c) for each element i of W: row k and column c of the matrix that the view makes of it
template <class F>
void each_entry(const View& view, const F& f) {
  for (Index o = 0, i = 0; o < view.outer; ++o) {
    for (Index k = 0; k < view.kept; ++k) {
      for (Index c = o * view.inner; c < (o + 1) * view.inner; ++c, ++i) f(i, k, c);
    }
  }
}

// Error, naming the operation, unless the view fits W, and u and v its rows and columns.
void check_vectors(const char* operation, const Tensor& W, const View& view, const Tensor& u,
                   const Tensor& v) {
  check_view(operation, W, view);
  check(u.size() == view.kept && v.size() == view.count(), operation, ": expected u of ", view.kept,
        " and v of ", view.count(), " elements, got shapes ", u.shape(), " and ", v.shape());
}

// t ← values/max(‖values‖, ε)
void set_unit(const Tensor& t, const Scratch<double>& values, double eps) {
  double squares = 0;
  for (double v : values) squares += v * v;
  if (squares == 0) return;  // W = 0 has no direction; the old one may serve again later
  const double norm = std::max(std::sqrt(squares), eps);
  for (Index i = 0; i < t.size(); ++i) t[i] = static_cast<real>(values[i] / norm);
}

}  // namespace

View weight_view(const Tensor& weight, int dim) {
  check(dim >= -1 && dim < weight.rank(), "weight_view: a weight ", weight.shape(), " has no dimension ",
        dim);
  if (dim == -1) return {1, 1, weight.size()};
  View view{1, weight.dim(dim), 1};
  for (int i = 0; i < weight.rank(); ++i) {
    if (i < dim) view.outer *= weight.dim(i);
    if (i > dim) view.inner *= weight.dim(i);
  }
  return view;
}

// ‖v‖ = √(Σ v²)
Scratch<double> norms(const Tensor& v, const View& view) {
  check_view("norms", v, view);
  Scratch<double> result = sums(view, [pv = v.data()](Index i, Index) { return double(pv[i]) * pv[i]; });
  for (double& norm : result) norm = std::sqrt(norm);
  return result;
}

// w = g v/‖v‖
Tensor weight_norm(const Tensor& v, const Tensor& g, const View& view) {
  check_view("weight_norm", v, view);
  check(g.size() == view.kept, "weight_norm: expected g of ", view.kept, " elements, got shape ", g.shape());
  Tensor w(v.shape());
  Scratch<double> lengths = norms(v, view);
  fill(w, view, [pv = v.data(), pg = g.data(), norm = lengths.data()](Index i, Index k) {
    return pg[k] / norm[k] * pv[i];
  });
  return record(
      w, {v, g}, [view, lengths = std::move(lengths)](const Tensor& w, const Tensor& v, const Tensor& g) {
        const real *dw = w.grad_data(), *pv = v.data(), *pg = g.data();
        const double* norm = lengths.data();
        const Scratch<double> products = sums(view, [=](Index i, Index) { return double(dw[i]) * pv[i]; });
        for (Index k = 0; k < view.kept; ++k) products[k] /= norm[k];
        const double* grad_g = products.data();  // ∇g = ∇w·v/‖v‖
        if (auto dg = g.open_grad()) accumulate(dg, [=](Index k) { return grad_g[k]; });  // dg += ∇g
        if (auto dv = v.open_grad()) {
          accumulate(dv, view, [=](Index i, Index k) {  // dv += g/‖v‖ ∇w − g ∇g/‖v‖² v
            return pg[k] / norm[k] * (dw[i] - grad_g[k] / norm[k] * pv[i]);
          });
        }
      });
}

// σ = uᵀ W v
Tensor bilinear(const Tensor& W, const View& view, const Tensor& u, const Tensor& v) {
  check_vectors("bilinear", W, view, u, v);
  const real *pw = W.data(), *pu = u.data(), *pv = v.data();
  double total = 0;
  each_entry(view, [&](Index i, Index k, Index c) { total += double(pu[k]) * pw[i] * pv[c]; });
  const Tensor sigma = Tensor::full({1}, static_cast<real>(total));
  // u and v move on before backward(), so it gets copies
  return record(sigma, {W}, [view, u = u.clone(), v = v.clone()](const Tensor& sigma, const Tensor& W) {
    auto dW = W.open_grad();
    if (!dW) return;
    const real d = *sigma.grad_data(), *pu = u.data(), *pv = v.data();
    each_entry(view, [&](Index i, Index k, Index c) {  // dW += dσ u vᵀ
      const real g = d * pu[k] * pv[c];
      dW.data[i] = dW.beta == 0 ? g : dW.data[i] + g;
    });
  });
}

void power_iteration(const Tensor& W, const View& view, const Tensor& u, const Tensor& v, double eps) {
  check_vectors("power_iteration", W, view, u, v);
  const real* pw = W.data();
  Scratch<double> columns(view.count()), rows(view.kept);
  for (double& c : columns) c = 0;
  for (double& r : rows) r = 0;
  each_entry(view, [&](Index i, Index k, Index c) { columns[c] += double(pw[i]) * u[k]; });
  set_unit(v, columns, eps);
  each_entry(view, [&](Index i, Index k, Index c) { rows[k] += double(pw[i]) * v[c]; });
  set_unit(u, rows, eps);
}

}}  // namespace norma
