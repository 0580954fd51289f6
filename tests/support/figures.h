// A figure to draw.
#pragma once

#include "apps/report/figure.h"

namespace norma { inline namespace NORMA_BUILD {

inline Figure accuracy() {
  Figure figure;
  figure.x_label = "training steps";
  figure.y_label = "test accuracy";
  figure.log_x = figure.percent_y = true;
  figure.series.push_back({.label = "with BN",
                           .x = {100, 1000, 10000},
                           .y = {.5, .9, .98},
                           .low = {.4, .88, .97},
                           .high = {.6, .92, .99}});
  figure.series.push_back({.label = "without", .x = {100, 1000, 10000}, .y = {.1, .5, .9}, .dashed = true});
  return figure;
}

}}  // namespace norma
