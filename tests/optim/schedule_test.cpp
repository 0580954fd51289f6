// Learning-rate schedules.
#include "optim/schedule.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/suggest.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace optim_schedule_test {

using namespace reference;

TEST_CASE("the rate at the ends, at the drops and in warm-up") {
  const doctest::Approx zero = doctest::Approx(0).epsilon(1e-12);
  Schedule s;
  s.total = 100;
  CHECK(rate_at(s, 0.5, 0) == 0.5);
  CHECK(rate_at(s, 0.5, 99) == 0.5);

  s.row = &find_named(schedules(), "step", "schedule");
  s.every = 30;
  s.drop = 0.1;
  CHECK(rate_at(s, 1, 29) == 1);
  CHECK(rate_at(s, 1, 30) == doctest::Approx(0.1));
  CHECK(rate_at(s, 1, 59) == doctest::Approx(0.1));
  CHECK(rate_at(s, 1, 60) == doctest::Approx(0.01));
  CHECK(rate_at(s, 1, 99) == doctest::Approx(0.001));

  s.row = &find_named(schedules(), "cosine", "schedule");
  CHECK(rate_at(s, 2, 0) == 2);
  CHECK(rate_at(s, 2, 50) == doctest::Approx(1));
  CHECK(rate_at(s, 2, 25) == doctest::Approx(1 + std::sqrt(0.5)));
  CHECK(rate_at(s, 2, 99) == doctest::Approx(1 + std::cos(std::acos(-1.0) * 0.99)));
  CHECK(rate_at(s, 2, 99) > 0);
  CHECK(rate_at(s, 2, 100) == zero);
  for (Index t = 1; t < 100; ++t) CHECK(rate_at(s, 2, t) < rate_at(s, 2, t - 1));

  s.row = &find_named(schedules(), "constant", "schedule");
  s.warmup = 4;
  CHECK(rate_at(s, 1, 0) == 0.25);
  CHECK(rate_at(s, 1, 2) == 0.75);
  CHECK(rate_at(s, 1, 3) == 1);
  CHECK(rate_at(s, 1, 4) == 1);
  s.row = &find_named(schedules(), "cosine", "schedule");
  CHECK(rate_at(s, 1, 1) == doctest::Approx(0.5 * 0.5 * (1 + std::cos(std::acos(-1.0) * 0.01))));

  s.every = 0;
  CHECK(error_of([&] { rate_at(s, 1, 0); }) ==
        "schedule: expected at least 1 step between drops and 0 steps of warm-up, got 0 and 4");
  s.every = 1;
  s.warmup = -1;
  CHECK(error_of([&] { rate_at(s, 1, 0); }).find("schedule: ") == 0);
}

}  // namespace optim_schedule_test
}}  // namespace norma
