// Formulas as MathML.
#include "apps/explain/engine/mathml.h"

#include <doctest/doctest.h>

#include "apps/report/table.h"
#include "tests/support/pages.h"
#include "tests/support/run_command.h"

namespace norma { namespace explain_engine_mathml_test {

TEST_CASE("MathML of a formula as the code writes it") {
  const auto inside = [](const std::string& plain) {
    const std::string all = mathml(plain), open = "<math display=\"block\">";
    return all.substr(open.size(), all.size() - open.size() - std::string("</math>").size());
  };
  CHECK(inside("y = γ") == "<mi>y</mi><mo>=</mo><mi>γ</mi>");
  CHECK(inside("1/m") == "<mfrac><mn>1</mn><mi>m</mi></mfrac>");
  CHECK(inside("x̂") == "<mover accent=\"true\"><mi>x</mi><mo>^</mo></mover>");
  CHECK(inside("σₖ²") == "<msubsup><mi>σ</mi><mrow><mi>k</mi></mrow><mrow><mn>2</mn></mrow></msubsup>");
  CHECK(inside("Wᵀ") == "<msup><mi>W</mi><mrow><mi>T</mi></mrow></msup>");
  CHECK(inside("√n") == "<msqrt><mi>n</mi></msqrt>");
  CHECK(inside("(x − μ)/√(σ + ε)") ==
        "<mfrac><mrow><mi>x</mi><mo>−</mo><mi>μ</mi></mrow>"
        "<msqrt><mrow><mi>σ</mi><mo>+</mo><mi>ε</mi></mrow></msqrt></mfrac>");
  CHECK(inside("dy") == "<mrow><mi>d</mi><mi>y</mi></mrow>");
  CHECK(inside("m′") == "<mrow><mi>m</mi><mo lspace=\"0\" rspace=\"0\">′</mo></mrow>");
  CHECK(has(inside("Wᵢ₋₁"), "<mi>i</mi><mo>−</mo><mn>1</mn>"));
  CHECK(inside("∂L/∂w") ==
        "<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow><mrow><mi>∂</mi><mi>w</mi></mrow></mfrac>");
  CHECK(has(inside("∂L/∂(a W)"), "<mi>∂</mi><mrow><mo>(</mo>"));
  CHECK(inside("running_mean") == "<mi>running_mean</mi>");
  CHECK(inside("a  b") == "<mi>a</mi><mspace width=\"2em\"/><mi>b</mi>");
  CHECK(inside("a < b") == "<mi>a</mi><mo>&lt;</mo><mi>b</mi>");
  CHECK(has(inside("a^(−3/2)"), "<msup><mi>a</mi><mrow><mo>−</mo><mfrac>"));
  for (const char* broken : {"", "(", ")", "a/", "√", "^", "a^", "((x)", "_", "d", "∂"})
    CHECK_MESSAGE(fault_of(mathml(broken)) == "", broken);
}

}  // namespace explain_engine_mathml_test
}  // namespace norma
