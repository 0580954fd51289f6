// The gradient of every operation is right, and no operation is forgotten.
#include "apps/checks/gradient_cases.h"

#include <doctest/doctest.h>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace checks_gradient_cases_test {

using namespace reference;

#ifdef NORMA_DOUBLE
TEST_CASE("every operation's gradient is right") {
  for (const GradientCase& c : gradient_cases()) {
    const GradCheck r = check_gradients(c.inputs, c.compute, c.step);
    CHECK_MESSAGE(r.worst <= c.tolerance, c.name, ": ", r.where, ", worst ", r.worst);
    CHECK_MESSAGE(r.elements > 0, c.name);
  }
}
#endif

TEST_CASE("every operation is there") {
  std::string names;
  for (const GradientCase& c : gradient_cases()) names += c.name + '\n';
  for (const char* operation :
       {"add", "sub", "mul", "scale", "reshape", "sum", "mean", "matmul", "linear", "relu", "leaky_relu",
        "tanh", "sigmoid", "dropout", "softmax_cross_entropy", "mse", "normalize"})
    CHECK_MESSAGE(('\n' + names).find(std::string("\n") + operation) != names.npos, operation,
                  " is not checked");
}

}  // namespace checks_gradient_cases_test
}}  // namespace norma
