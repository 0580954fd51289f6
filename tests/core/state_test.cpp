// Named tensors: whether all of them are finite.
#include "core/state.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_state_test {

using namespace reference;

TEST_CASE("check_finite names the first tensor that is not; counters always are") {
  StateDict state = {{"0.weight", Tensor::from({2}, {1, -1e30}), nullptr},
                     {"steps", {}, std::make_shared<std::int64_t>(7)},
                     {"0.bias", Tensor::zeros({3}), nullptr}};
  CHECK(error_of([&] { check_finite("the model", state); }) == "no error");
  state[2].tensor[1] = real(NAN);
  CHECK(error_of([&] { check_finite("the model", state); }) ==
        "the model diverged: 0.bias holds nan, which is not finite");
  state[0].tensor[0] = real(-HUGE_VAL);
  CHECK(error_of([&] { check_finite("the model", state); }) ==
        "the model diverged: 0.weight holds -inf, which is not finite");
}

}  // namespace core_state_test
}}  // namespace norma
