// "did you mean": the nearest name.
#include "core/suggest.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace norma { inline namespace NORMA_BUILD { namespace core_suggest_test {

TEST_CASE("the nearest name") {
  const std::vector<std::string> known{"lr", "momentum", "batch-size", "steps", "seed", "norm"};
  CHECK(nearest("lrr", known) == "lr");
  CHECK(nearest("LR", known) == "lr");
  CHECK(nearest("momentmu", known) == "momentum");
  CHECK(nearest("batch_size", known) == "batch-size");
  CHECK(nearest("batch", known) == "batch-size");
  CHECK(nearest("stpes", known) == "steps");
  CHECK(nearest("zebra", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("x", known).empty());
  CHECK(did_you_mean("sede", known) == "; did you mean 'seed'?");
  CHECK(did_you_mean("zebra", {"a", "b"}) == "; one of: a, b");
  CHECK(did_you_mean("zebra", {}).empty());
}

}  // namespace core_suggest_test
}}  // namespace norma
