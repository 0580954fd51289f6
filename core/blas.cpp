#include "core/blas.h"

#include <cblas.h>

#include <algorithm>
#include <climits>

#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

#ifdef NORMA_DOUBLE
constexpr auto gemm = cblas_dgemm;
#else
constexpr auto gemm = cblas_sgemm;
#endif

}  // namespace

Matrix matrix(const Tensor& t) {
  check(t.rank() == 2, "matrix: expected a tensor of rank 2, got shape ", t.shape());
  return {t.data(), t.dim(0), t.dim(1)};
}

Matrix grad_matrix(const Tensor& t) {
  check(t.rank() == 2, "matrix: expected a gradient of rank 2, got shape ", t.shape());
  return {t.grad_data(), t.dim(0), t.dim(1)};
}

void multiply(const Matrix& A, const Matrix& B, const Matrix& C, real beta) {
  check(A.cols == B.rows && C.rows == A.rows && C.cols == B.cols && !C.transposed, "multiply: (", A.rows,
        ", ", A.cols, ") times (", B.rows, ", ", B.cols, ") does not fit the result (", C.rows, ", ", C.cols,
        ")");
  check(std::max({C.rows, C.cols, A.cols}) <= INT_MAX, "multiply: (", A.rows, ", ", A.cols, ") times (",
        B.rows, ", ", B.cols, ") is too large for BLAS");
  if (C.rows == 0 || C.cols == 0) return;
  tell_openmp();
  auto order = [](const Matrix& x) { return x.transposed ? CblasTrans : CblasNoTrans; };
  auto stride = [](const Matrix& x) {
    return static_cast<int>(std::max<Index>(1, x.transposed ? x.rows : x.cols));
  };
  gemm(CblasRowMajor, order(A), order(B), static_cast<int>(C.rows), static_cast<int>(C.cols),
       static_cast<int>(A.cols), /*alpha=*/1, A.data, stride(A), B.data, stride(B), beta, C.data, stride(C));
}

void multiply(const Matrix& A, const Matrix& B, const GradSlot& slot) {
  check(A.rows * B.cols == slot.size, "multiply: (", A.rows, ", ", A.cols, ") times (", B.rows, ", ", B.cols,
        ") does not fit a gradient of ", slot.size, " elements");
  multiply(A, B, Matrix{slot.data, A.rows, B.cols}, slot.beta);
}

std::string blas_description() {
  std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE … "
  std::string name = config.substr(0, config.find(' ', config.find(' ') + 1));
  const char* threading[] = {"one thread", "pthreads", "OpenMP"};
  int kind = openblas_get_parallel();
  return name + ", " + openblas_get_corename() + " kernel, " +
         (kind >= 0 && kind <= 2 ? threading[kind] : "unknown");
}

std::string blas_warning() {
  if (openblas_get_parallel() == 2) return "";
  return "warning: expected the OpenMP build of OpenBLAS (Debian: libopenblas0-openmp), got " +
         blas_description() + "; with others training can be several times slower";
}

}}  // namespace norma
