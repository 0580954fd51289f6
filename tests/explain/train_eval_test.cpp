// The lesson train-eval: the mode decides, not the company.
#include <doctest/doctest.h>

#include <cmath>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"
#include "tests/support/lessons.h"

namespace norma { namespace explain_train_eval_test {

using Values = std::vector<double>;

TEST_CASE("the mode, not the company, decides") {
  const Document d = train_eval_lesson();
  const Values a = find(d, "A: y, eval()").values, b = find(d, "B: y, eval()").values;
  CHECK((a[0] == b[0] && a[1] == b[1]));
  CHECK(find(d, "A: y, train()").at(0) > 1);
  CHECK(find(d, "B: y, train()").at(0) < -1);
  CHECK(find(d, "running_mean before").values != find(d, "running_mean after").values);
  // y = (x − running_mean)/√(running_var + ε), with the numbers on the page
  CHECK(a[0] == doctest::Approx((1 - find(d, "running_mean after").at(0)) /
                                std::sqrt(find(d, "running_var after").at(0) + 1e-5)));
  const Numbers& accuracy = find(d, "accuracy in percent");
  REQUIRE(accuracy.height == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(accuracy.at(i, 0) > 85);
    CHECK(std::abs(accuracy.at(i, 0) - accuracy.at(0, 0)) <= 0.2);  // eval(): however the samples come
    CHECK(std::abs(accuracy.at(i, 2) - accuracy.at(0, 0)) <= 0.2);
    CHECK(accuracy.at(i, 3) < 30);  // one class per batch
  }
  CHECK(std::abs(accuracy.at(0, 1) - accuracy.at(0, 0)) < 3);
  CHECK(accuracy.at(1, 1) < accuracy.at(0, 1) - 2);
  CHECK(accuracy.at(3, 1) < accuracy.at(0, 1) - 20);
}

}  // namespace explain_train_eval_test
}  // namespace norma
