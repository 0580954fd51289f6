// C is computed in blocks of 4 rows and 8 columns whose sums stay in registers: 4 × 2 vectors of 128 bits, as
// WebAssembly has them. A and B are copied first, so that the innermost loop reads both from end to end:
//
//     A: blocks of 4 rows, (k, 4) each      B: blocks of 8 columns, (k, 8) each
//
// What is missing at the edges is 0. Of k at most 512 at a time, so that a block of B stays in the cache.
#include "apps/lab/sgemm.h"

#include <algorithm>
#include <cstring>

#include "core/pool.h"

namespace norma {
namespace {

typedef float Four __attribute__((vector_size(16)));
constexpr Index rows = 4, columns = 8, depth = 512;

// Blocks of `width` out of `all` rows (or columns) of a factor, terms first … first + k − 1 of each:
// (block, k, width). `across`: the distance in memory of two terms, `along`: that of two rows.
void pack(const float* from, Index all, Index along, Index k, Index across, Index width, float factor,
          float* to) {
  for (Index i = 0; i < all; i += width) {
    const Index there = std::min(width, all - i);
    for (Index t = 0; t < k; ++t, to += width) {
      const float* at = from + i * along + t * across;
      for (Index j = 0; j < there; ++j) to[j] = factor * at[j * along];
      std::fill(to + there, to + width, 0.0f);
    }
  }
}

// sums (4, 8) ← Σₜ A(t, ·) B(t, ·)
void multiply_block(Index k, const float* A, const float* B, float* sums) {
  Four sum[rows][2] = {};
  for (Index t = 0; t < k; ++t, A += rows, B += columns) {
    Four b[2];
    std::memcpy(b, B, sizeof b);
    for (Index i = 0; i < rows; ++i) {
      const Four a = {A[i], A[i], A[i], A[i]};
      sum[i][0] += a * b[0];
      sum[i][1] += a * b[1];
    }
  }
  std::memcpy(sums, sum, sizeof sum);
}

// The part of C under a block of sums: C ← sums + beta·C
void store(const float* sums, Index height, Index width, float beta, float* C, Index stride) {
  for (Index i = 0; i < height; ++i, sums += columns, C += stride) {
    for (Index j = 0; j < width; ++j) C[j] = beta == 0 ? sums[j] : sums[j] + beta * C[j];
  }
}

Index whole_blocks(Index n, Index width) { return (n + width - 1) / width * width; }

}  // namespace

void sgemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const SgemmFactor& A,
           const SgemmFactor& B, float beta, float* C, std::int64_t stride) {
  const Index most = std::min(k, depth);
  const Scratch<float> a(whole_blocks(m, rows) * most), b(whole_blocks(n, columns) * most);
  const Index a_along = A.transposed ? 1 : A.stride, a_across = A.transposed ? A.stride : 1;
  const Index b_along = B.transposed ? B.stride : 1, b_across = B.transposed ? 1 : B.stride;
  Index first = 0;
  do {  // once even without terms, which leaves beta·C
    const Index terms = std::min(k - first, depth);
    pack(A.data + first * a_across, m, a_along, terms, a_across, rows, alpha, a.data());
    pack(B.data + first * b_across, n, b_along, terms, b_across, columns, 1, b.data());
    for (Index j = 0; j < n; j += columns) {
      for (Index i = 0; i < m; i += rows) {
        float sums[rows * columns];
        multiply_block(terms, a.data() + i * terms, b.data() + j * terms, sums);
        store(sums, std::min(rows, m - i), std::min(columns, n - j), first == 0 ? beta : 1,
              C + i * stride + j, stride);
      }
    }
    first += depth;
  } while (first < k);
}

}  // namespace norma
