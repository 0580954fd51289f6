#include "apps/checks/gradcheck_double.h"

#include <cmath>

#include "apps/checks/gradient_cases.h"

namespace norma {

std::vector<GradcheckLine> gradcheck_in_double() {
  std::vector<GradcheckLine> lines;
  for (const GradientCase& c : gradient_cases()) {
    try {
      const GradCheck r = check_gradients(c.inputs, c.compute, c.step);
      lines.push_back(
          {c.name, r.where, static_cast<long>(r.elements), r.worst, c.tolerance, r.worst <= c.tolerance});
    } catch (const Error& e) {
      lines.push_back({c.name, e.what(), 0, INFINITY, c.tolerance, false});
    }
  }
  return lines;
}

}  // namespace norma
