// norma gradcheck.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_gradcheck_test {

TEST_CASE("gradcheck is right, with a line for every operation") {
  const Finished f = Place().run("gradcheck");
  CHECK((f.code == 0 && f.err.empty() && !has(f.out, "WRONG")));
  for (const char* o :
       {"add", "sub", "mul", "scale", "sum", "mean", "reshape", "matmul", "linear", "relu", "leaky_relu",
        "tanh", "sigmoid", "dropout", "softmax_cross_entropy", "mse", "normalize"})
    CHECK_MESSAGE(has(f.out, std::string("\n") + o), o);
}

}  // namespace commands_gradcheck_test
}}  // namespace norma
