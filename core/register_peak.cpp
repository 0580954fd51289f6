#include "core/register_peak.h"

#include <algorithm>
#include <chrono>

#include "core/lanes.h"

namespace norma { inline namespace NORMA_BUILD {

double register_peak() {
  constexpr int sums = 12, steps = 100'000;  // enough sums to hide the latency, few enough for 16 registers
  Reals sum[sums] = {};
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; ++i) {
      for (Reals& s : sum) s = s * real(0.999) + real(0.999);
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * steps * sums * lanes / time.count());
  }
  volatile real used = 0;  // or the sums would be left out
  for (const Reals& s : sum) used = used + s[0];
  return best;
}

}}  // namespace norma
