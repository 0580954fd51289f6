// Arms of different batch sizes that see the same images.
#include "apps/claims/engine/batch_sizes.h"

#include <doctest/doctest.h>

#include "tests/support/claims.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_batch_sizes_test {

TEST_CASE("every arm sees the same images, whatever its batch") {
  const Plan plan = {.work = 0.1};
  CHECK((batch_size_cells(plan, "layer", 8).size() == 1 && batch_size_cells(Plan(), "layer", 8).size() == 3));
  for (Index size : batch_sizes) {
    for (const Cell& cell : batch_size_cells(plan, "layer", size)) {
      CHECK(cell.cache_key == "batch-sizes");
      CHECK(cell.settings.find("\"train_size\": 1472") != std::string::npos);
      CHECK(cell.settings.find("\"steps\": " + std::to_string(1472 / size) + ",") != std::string::npos);
    }
  }
}

TEST_CASE("each arm speaks by its best rate over all seeds, of those that were run") {
  Results r({1, 2});
  CHECK(error_of([&] { best_rate(r, "layer", 8); }) ==
        "results: none of 3 arms such as 'norm=layer, size=8, lr=0.05'");
  auto put = [&](double lr, std::uint64_t seed, double accuracy) {
    r.put(batch_size_arm("layer", 8, lr), seed, {{"test_accuracy", {0.5, accuracy}}, {"chance", {0.1}}});
  };
  put(0.05, 1, 0.9);
  put(0.05, 2, 0.9);
  CHECK(best_error({r, 1}, "layer", 8) == doctest::Approx(0.1));
  put(0.5, 1, 0.85);
  put(0.5, 2, 0.97);
  CHECK(best_rate(r, "layer", 8) == "norm=layer, size=8, lr=0.5");
  CHECK(best_error({r, 1}, "layer", 8) == doctest::Approx(0.15));  // the rate is chosen for all seeds alike
  CHECK(rates_at(8).size() == 3);
}

TEST_CASE("statistics are compared at the end, and leave no trace") {
  const Plan plan = {.work = 0.05};
  const Cell with = batch_size_cells(plan, "batch", 8).at(0);
  const DataPair& data = toy_data();
  const Outcome o = with.work({data, data, data}, 1);
  for (const char* kind : {"batch", "moving", "precise"}) {
    for (const char* set : {"train", "test"}) {
      const double a = last(o, statistics_row(set, kind));
      CHECK(a > 0.2);
      CHECK(a <= 1);
    }
  }
  CHECK(last(o, statistics_row("test", "one")) == doctest::Approx(last(o, statistics_row("test", "moving"))));
  CHECK(last(o, statistics_row("test", "batch")) != last(o, statistics_row("test", "moving")));
}

}  // namespace claims_engine_batch_sizes_test
}}  // namespace norma
