// What the two halves of `norma bench` share: training steps (bench.cpp) and single operations
// (bench_operations.cpp).
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// Microseconds of one call, over `calls` of them.
template <class F>
double microseconds(F& f, Index calls) {
  const auto start = std::chrono::steady_clock::now();
  for (Index i = 0; i < calls; ++i) f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
         double(calls);
}

/// The known names that `names` asks for: every one for {} and for "all". Error, naming the option, on
/// another.
std::set<std::string> asked_for(const std::string& option, const std::vector<std::string>& names,
                                std::vector<std::string> known);

/// Times these operations, or all of them for {"all"}, on one thread, and prints a table. Error on an unknown
/// name.
void bench_operations(const std::vector<std::string>& names, int rounds);

}}  // namespace norma
