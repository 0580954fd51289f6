// The gradient check's results, carried from the double build into the command, which is built in float.
#pragma once

#include <string>
#include <vector>

namespace norma {

struct GradcheckLine {
  std::string name, where;  // the operation, and its worst element with both derivatives
  long elements;            // derivatives compared
  double worst, tolerance;
  bool passed;
};

/// Checks every operation in double.
std::vector<GradcheckLine> gradcheck_in_double();

}  // namespace norma
