// How fast the product for browsers is: compiled as WebAssembly, called by speed.js.
#include <chrono>
#include <vector>

#include "apps/lab/sgemm.h"

/// 10⁹ multiplications and additions per second, of the best of `rounds` products (m, k) (k, n).
extern "C" double sgemm_speed(int m, int n, int k, int rounds) {
  std::vector<float> A(m * k, 0.5f), B(k * n, 0.25f), C(m * n);
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    norma::sgemm(m, n, k, 1, {A.data(), k, false}, {B.data(), n, false}, 0, C.data(), n);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2e-9 * m * n * k / time.count());
  }
  return C[0] == 0.125f * static_cast<float>(k) ? best : 0;
}
