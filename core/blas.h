// Matrix products: blas.cpp is the only file that knows cblas.
#pragma once

#include <string>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// A row-major matrix in memory that it does not own, perhaps read transposed.
struct Matrix {
  real* data;
  Index rows, cols;         // as read: after the transposition
  bool transposed = false;  // memory holds (cols, rows)

  Matrix T() const { return {data, cols, rows, !transposed}; }
};

/// The values of a tensor of rank 2, (rows, cols). Error for another rank.
Matrix matrix(const Tensor& t);

/// The gradient dL/dt of a tensor of rank 2. Error for another rank, or if there is no gradient.
Matrix grad_matrix(const Tensor& t);

/// C ← A B + beta·C.     A (m, k)   B (k, n)   C (m, n), not transposed. Error if they do not fit.
void multiply(const Matrix& A, const Matrix& B, const Matrix& C, real beta = 0);

/// The same into a gradient: slot ← A B + slot.beta·slot.
void multiply(const Matrix& A, const Matrix& B, const GradSlot& slot);

/// "OpenBLAS 0.3.21, Cooperlake kernel, OpenMP".
std::string blas_description();

/// A warning if the loaded BLAS is not OpenBLAS's OpenMP build, which competes with our threads; else "".
std::string blas_warning();

}}  // namespace norma
