// What the processor could do at best: the measure beside which `norma bench` puts products and convolutions.
#pragma once

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Additions and multiplications per second that one thread can do on registers alone, as fused pairs: what
/// no product can exceed. Measures for some milliseconds.
double register_peak();

}}  // namespace norma
