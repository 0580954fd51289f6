// The lesson mini-batch: four batches, both variances, a batch of one.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_mini_batch_test {

using Values = std::vector<double>;

TEST_CASE("four batches, both variances, a batch of one") {
  const Document d = mini_batch_lesson();
  Values mean, running_mean, biased, unbiased;
  double m[3] = {0, 0, 0}, v = 1, u = 1;
  for (int i = 0; i < 4; ++i) {
    const std::string batch = "batch " + std::to_string(i + 1);
    Values x, xhat;
    for (int row = 1; row <= 5; ++row) {
      for (int k = 0; k < 3; ++k) {
        x.push_back(5 * i + row + k);
        xhat.push_back(std::vector{-1.414, -0.707, 0., 0.707, 1.414}[static_cast<std::size_t>(row - 1)]);
      }
    }
    check_values(d, batch + ": x", x, 0);
    check_values(d, batch + ": x̂", xhat, 0.0005);
    v = 0.9 * v + 0.1 * 2;
    u = 0.9 * u + 0.1 * 2.5;
    for (int k = 0; k < 3; ++k) {
      mean.push_back(5 * i + 3 + k);
      running_mean.push_back(m[k] = 0.9 * m[k] + 0.1 * mean.back());
      biased.push_back(v);
      unbiased.push_back(u);
    }
  }
  CHECK((mean[0] == 3 && mean[2] == 5 && mean[3] == 8 && mean[5] == 10));
  check_values(d, "mean μ", mean, 1e-6);
  check_values(d, "variance σ², biased", Values(12, 2), 1e-6);
  check_values(d, "unbiased, m/(m − 1) σ²", Values(12, 2.5), 1e-6);
  check_values(d, "running_mean", running_mean, 1e-6);
  check_values(d, "running_var, biased", biased, 1e-6);
  check_values(d, "running_var, unbiased", unbiased, 1e-6);
  check_values(d, "running_mean, momentum=None", {10.5, 11.5, 12.5}, 1e-5);
  check_values(d, "running_var, momentum=None", {2.5, 2.5, 2.5}, 1e-6);
  Values y, y_biased;
  for (int k = 0; k < 3; ++k) {
    y.push_back((10 + k - m[k]) / std::sqrt(u + 1e-5));
    y_biased.push_back((10 + k - m[k]) / std::sqrt(v + 1e-5));
  }
  check_values(d, "y, unbiased", y, 1e-5);
  check_values(d, "y, biased", y_biased, 1e-5);
}

}  // namespace explain_mini_batch_test
}  // namespace norma
