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

// A factor's rows (or columns) as they lie in memory: `along`: the distance of two of them, `across`: that of
// two terms.
struct Layout {
  Index along, across;
};

// Blocks of `width` out of `all` rows, terms 0 … k − 1 of each: (block, k, width).
template <Index width>
void pack(const float* from, Index all, Index k, const Layout& at, float factor, float* to) {
  for (Index i = 0; i < all; i += width, to += k * width) {
    const float* block = from + i * at.along;
    const Index there = std::min(width, all - i);
    if (there == width && at.along == 1) {  // a row of the block lies in one piece
      for (Index t = 0; t < k; ++t)
        for (Index j = 0; j < width; ++j) to[t * width + j] = factor * block[t * at.across + j];
    } else if (there == width && at.across == 1) {  // its columns do
      for (Index t = 0; t < k; ++t)
        for (Index j = 0; j < width; ++j) to[t * width + j] = factor * block[t + j * at.along];
    } else {
      std::fill_n(to, k * width, 0.0f);
      for (Index t = 0; t < k; ++t)
        for (Index j = 0; j < there; ++j) to[t * width + j] = factor * block[t * at.across + j * at.along];
    }
  }
}

// A block of C, 4 × 8.
struct Sums {
  Four of[rows][2];
};

// Σₜ A(t, ·) B(t, ·)
Sums multiply_block(Index k, const float* A, const float* B) {
  Sums sum = {};
  for (Index t = 0; t < k; ++t, A += rows, B += columns) {
    Four b[2];
    std::memcpy(b, B, sizeof b);
    for (Index i = 0; i < rows; ++i) {
      const Four a = {A[i], A[i], A[i], A[i]};
      sum.of[i][0] += a * b[0];
      sum.of[i][1] += a * b[1];
    }
  }
  return sum;
}

// C ← sums + beta·C, for the part of the block that is in C.
void store(const Sums& sum, Index height, Index width, float beta, float* C, Index stride) {
  for (Index i = 0; i < height; ++i, C += stride) {
    Four row[2] = {sum.of[i][0], sum.of[i][1]}, before[2] = {};
    const auto bytes = static_cast<std::size_t>(width) * sizeof(float);
    if (beta != 0) {
      std::memcpy(before, C, width == columns ? sizeof before : bytes);
      for (Index half : {0, 1}) row[half] += beta * before[half];
    }
    std::memcpy(C, row, width == columns ? sizeof row : bytes);
  }
}

Index whole_blocks(Index n, Index width) { return (n + width - 1) / width * width; }

}  // namespace

void sgemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const SgemmFactor& A,
           const SgemmFactor& B, float beta, float* C, std::int64_t stride) {
  const Index most = std::min(k, depth);
  const Scratch<float> a(whole_blocks(m, rows) * most), b(whole_blocks(n, columns) * most);
  const auto layout = [](const SgemmFactor& f, bool of_rows) {
    return f.transposed == of_rows ? Layout{1, f.stride} : Layout{f.stride, 1};
  };
  const Layout of_a = layout(A, true), of_b = layout(B, false);
  Index first = 0;
  do {  // once even without terms, which leaves beta·C
    const Index terms = std::min(k - first, depth);
    pack<rows>(A.data + first * of_a.across, m, terms, of_a, alpha, a.data());
    pack<columns>(B.data + first * of_b.across, n, terms, of_b, 1, b.data());
    for (Index j = 0; j < n; j += columns) {
      for (Index i = 0; i < m; i += rows) {
        const Sums sum = multiply_block(terms, a.data() + i * terms, b.data() + j * terms);
        store(sum, std::min(rows, m - i), std::min(columns, n - j), first == 0 ? beta : 1, C + i * stride + j,
              stride);
      }
    }
    first += depth;
  } while (first < k);
}

}  // namespace norma
