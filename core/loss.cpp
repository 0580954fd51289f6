#include <algorithm>
#include <cmath>

#include "core/kernels.h"
#include "core/ops.h"
#include "core/vector_math.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void check_labels(const char* operation, const Tensor& logits, const Labels& labels) {
  check(logits.rank() == 2 && logits.dim(0) == labels.size(), operation, ": logits ", logits.shape(),
        " do not fit ", labels.size(), " labels");
  const Index K = logits.dim(1);
  for (Index n = 0; n < labels.size(); ++n) {
    check(labels[n] >= 0 && labels[n] < K, operation, ": label ", labels[n], " of sample ", n,
          " is not one of ", K, " classes");
  }
}

}  // namespace

// L = −1/N Σₙ Σₖ qₙₖ ln pₙₖ        p = softmax(z)        q = (1 − s)·onehot + s/K
//   = 1/N Σₙ (ln Σₖ e^zₙₖ − Σₖ qₙₖ zₙₖ)        dzₙₖ = dL (pₙₖ − qₙₖ)/N
Tensor softmax_cross_entropy(const Tensor& logits, const Labels& labels, double smoothing) {
  check_labels("softmax_cross_entropy", logits, labels);
  check(smoothing >= 0 && smoothing <= 1,
        "softmax_cross_entropy: expected label smoothing between 0 and 1, got ", smoothing);
  const Index N = logits.dim(0), K = logits.dim(1);
  check(N > 0 && K > 0, "softmax_cross_entropy: logits ", logits.shape(), " have no elements");
  // q = off, plus `on` at the label
  const double off = smoothing / static_cast<double>(K);
  const double on = 1 - smoothing;
  Tensor p(logits.shape());
  double loss = 0;
  for (Index n = 0; n < N; ++n) {
    const real* z = logits.data() + n * K;
    const real top = *std::max_element(z, z + K);  // e^(z − top) cannot overflow
    double z_sum = 0;
    for (Index k = 0; k < K; ++k) p[n * K + k] = z[k] - top;  // of which p is made below
    if (off > 0) {                                            // 0 · −∞ would be NaN
      for (Index k = 0; k < K; ++k) z_sum += double(z[k]) - top;
    }
    loss -= on * (double(z[labels[n]]) - top) + off * z_sum;
  }
  for (real& v : p.values()) v = vector_exp(v);
  for (Index n = 0; n < N; ++n) {
    real* pn = p.data() + n * K;
    double norm = 0;
    for (Index k = 0; k < K; ++k) norm += pn[k];
    for (Index k = 0; k < K; ++k) pn[k] = static_cast<real>(pn[k] / norm);
    loss += std::log(norm);
  }
  Tensor L = Tensor::full({}, static_cast<real>(loss / static_cast<double>(N)));
  return record(L, {logits}, [labels, p, on, off](const Tensor& L, const Tensor& logits) {
    auto dz = logits.open_grad();
    if (!dz) return;
    const Index N = p.dim(0), K = p.dim(1);
    const real c = *L.grad_data() / static_cast<real>(N), q_off = static_cast<real>(off),
               q_on = static_cast<real>(on);
    const real* pp = p.data();
    accumulate(dz, [=](Index i) { return c * (pp[i] - q_off); });  // dz += dL/N (p − q), q = s/K …
    for (Index n = 0; n < N; ++n) dz.data[n * K + labels[n]] -= c * q_on;  // … and 1 − s more at the label
  });
}

// L = 1/n Σᵢ (aᵢ − bᵢ)²
Tensor mse(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "mse: shapes ", a.shape(), " and ", b.shape(), " differ");
  check(a.size() > 0, "mse: ", a.shape(), " has no elements");
  double s = 0;
  for (Index i = 0; i < a.size(); ++i) s += (double(a[i]) - b[i]) * (double(a[i]) - b[i]);
  const double n = static_cast<double>(a.size());
  return record(Tensor::full({}, static_cast<real>(s / n)), {a, b},
                [n](const Tensor& L, const Tensor& a, const Tensor& b) {
                  const real c = static_cast<real>(2 * *L.grad_data() / n), *pa = a.data(), *pb = b.data();
                  if (auto da = a.open_grad())
                    accumulate(da, [=](Index i) { return c * (pa[i] - pb[i]); });  // da += 2/n (a − b) dL
                  if (auto db = b.open_grad())
                    accumulate(db, [=](Index i) { return c * (pb[i] - pa[i]); });  // db −= 2/n (a − b) dL
                });
}

Index count_correct(const Tensor& logits, const Labels& labels) {
  check_labels("count_correct", logits, labels);
  const Index K = logits.dim(1);
  Index correct = 0;
  for (Index n = 0; n < labels.size(); ++n) {
    const real* z = logits.data() + n * K;
    const real* largest = std::max_element(z, z + K);
    correct += largest - z == labels[n] && std::none_of(z, z + K, [](real v) { return std::isnan(v); });
  }
  return correct;
}

}}  // namespace norma
