// Formulas for pages: a line of mathematics as the code's comments write it, made MathML.
#pragma once

#include <string>

namespace norma {

/// A <math> element of a line such as "x̂ = (x − μ)/√(σ² + ε)". Understood are letters (also with a hat),
/// words, numbers, superscripts and subscripts as Unicode has them, ^ before others, a/b without blanks as a
/// fraction, √ before a letter or ( ), and d before a letter as one quantity; two blanks or more are a gap.
/// All else is an operator.
std::string mathml(const std::string& plain);

}  // namespace norma
