#include <algorithm>

#include "core/blas.h"
#include "core/kernels.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Each row of y (N, out) ← b (out)
void repeat_rows(const Tensor& b, const Tensor& y) {
  const Index out = b.size();
  for (Index n = 0; n < y.dim(0); ++n) std::copy_n(b.data(), out, y.data() + n * out);
}

// slot (out) ← beta·slot + Σₙ dyₙ        dy (N, out)
void sum_rows(const Matrix& dy, const GradSlot& slot) {
  const real* rows = dy.data;
  const Index N = dy.rows, out = dy.cols;
  parallel_for(out, std::max<Index>(16, elementwise_grain / std::max<Index>(N, 1)),
               [=](Index begin, Index end) {
                 begin_sum(slot, begin, end);
                 for (Index n = 0; n < N; ++n) {
                   for (Index k = begin; k < end; ++k) slot.data[k] += rows[n * out + k];
                 }
               });
}

}  // namespace

// C = A B        A (m, k)   B (k, n)   →   C (m, n)
Tensor matmul(const Tensor& A, const Tensor& B) {
  check(A.rank() == 2 && B.rank() == 2 && A.dim(1) == B.dim(0), "matmul: A ", A.shape(), " does not fit B ",
        B.shape());
  Tensor C({A.dim(0), B.dim(1)});
  multiply(matrix(A), matrix(B), matrix(C));
  return record(C, {A, B}, [](const Tensor& C, const Tensor& A, const Tensor& B) {
    Matrix dC = grad_matrix(C);
    if (auto dA = A.open_grad()) multiply(dC, matrix(B).T(), dA);  // dA += dC Bᵀ
    if (auto dB = B.open_grad()) multiply(matrix(A).T(), dC, dB);  // dB += Aᵀ dC
  });
}

// y = x Wᵀ + 1 bᵀ        x (N, in)   W (out, in)   b (out)   →   y (N, out)
Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b) {
  check(W.rank() == 2 && x.rank() == 2 && x.dim(1) == W.dim(1), "linear: x ", x.shape(), " does not fit W ",
        W.shape());
  check(!b.defined() || b.shape() == Shape{W.dim(0)}, "linear: b ", b.defined() ? b.shape() : Shape(),
        " does not fit W ", W.shape());
  Tensor y({x.dim(0), W.dim(0)});
  if (b.defined()) repeat_rows(b, y);
  multiply(matrix(x), matrix(W).T(), matrix(y), /*beta=*/b.defined() ? 1 : 0);
  return record(y, {x, W, b}, [](const Tensor& y, const Tensor& x, const Tensor& W, const Tensor& b) {
    Matrix dy = grad_matrix(y);
    if (auto dx = x.open_grad()) multiply(dy, matrix(W), dx);      // dx += dy W
    if (auto dW = W.open_grad()) multiply(dy.T(), matrix(x), dW);  // dW += dyᵀ x
    if (auto db = b.open_grad()) sum_rows(dy, db);                 // db += Σₙ dyₙ
  });
}

}}  // namespace norma
