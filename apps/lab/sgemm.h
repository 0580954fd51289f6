// A matrix product of our own, for where there is no OpenBLAS: in a browser.
#pragma once

#include <cstdint>

namespace norma {

/// A row-major matrix as BLAS takes it: the first element, the distance of rows in memory, and whether it is
/// read transposed.
struct SgemmFactor {
  const float* data;
  std::int64_t stride;
  bool transposed;
};

/// C ← alpha·A B + beta·C.     A (m, k)   B (k, n), as read   C (m, n), rows `stride` apart. With beta = 0
/// what was in C is not read. std::bad_alloc if there is no memory for (m + n) · min(k, 512) floats.
void sgemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const SgemmFactor& A,
           const SgemmFactor& B, float beta, float* C, std::int64_t stride);

}  // namespace norma
