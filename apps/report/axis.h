// The range of an axis and the places and words of its ticks.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct Tick {
  double at = 0;
  std::string label = {};  ///< "" = a minor tick
};

struct Axis {
  double low = 0, high = 1;
  bool log = false;
  std::vector<Tick> ticks = {};  ///< in order, all within [low, high]
};

enum class Fit { exact, nice };  ///< the range as given, or widened to the next ticks

/// An axis over [low, high] with four to eight ticks at 1, 2 or 5 times a power of ten: labels "0.2",
/// "10,000", "10⁻⁶" or, for fractions as percent, "20%". An empty, infinite or (on a log axis) not positive
/// range is replaced by one that can be drawn.
Axis make_axis(double low, double high, bool log, bool percent, Fit fit);

}}  // namespace norma
