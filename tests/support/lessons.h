// The numbers that a lesson shows, by their names.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/explain/engine/document.h"

namespace norma {

/// The matrix of that name.
inline const Numbers& find(const Document& d, std::string_view name) {
  for (const Block& block : d.blocks) {
    if (const auto* all = std::get_if<std::vector<Numbers>>(&block)) {
      for (const Numbers& n : *all) {
        if (n.name == name) return n;
      }
    }
  }
  FAIL("no numbers named ", name);
  std::abort();
}

inline void check_values(const Document& d, const std::string& name, const std::vector<double>& wanted,
                         double tolerance) {
  const Numbers& n = find(d, name);
  REQUIRE_MESSAGE(n.values.size() == wanted.size(), name);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK_MESSAGE(std::abs(n.values[i] - wanted[i]) <= tolerance, name, " ", i, ": ", n.values[i],
                  ", expected ", wanted[i]);
}

}  // namespace norma
