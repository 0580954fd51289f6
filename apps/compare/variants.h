// What a comparison varies: options with their values, and the arms, each with one value of every option.
#pragma once

#include <string>
#include <vector>

#include "apps/run/config.h"

namespace norma { inline namespace NORMA_BUILD {

/// An option with the values it takes: {"norm", {"none", "batch"}}.
struct Factor {
  std::string name;
  std::vector<std::string> values;
};

/// An arm to be: a configuration, and its value of each factor; "" of an option that has no effect in it.
struct Variant {
  std::vector<std::string> values;
  RunConfig config;
};

struct Variants {
  std::vector<Factor> factors;
  std::vector<Variant> arms;

  /// Whether the arms are all combinations of the values, the last factor varying fastest.
  bool is_grid() const;
  /// An arm as options, "norm=batch, lr=0.1", and for readers, "with BN, lr=0.1". Of arms that are no grid
  /// only the options that have an effect.
  std::string name(const Variant& arm) const;
  std::string words(const Variant& arm) const;
};

/// A value as readers call it: "with BN" if there are only networks with and without BN, else the value.
std::string value_words(const Factor& factor, const std::string& value);

/// "norm=none,batch" → Factor. Error that says what is expected.
Factor parse_factor(const std::string& text);

/// Every combination of the factors' values, the last varying fastest, with `base` changed by it. Error if a
/// value is not allowed, or given twice.
Variants combinations(const RunConfig& base, const std::vector<Factor>& factors);

/// Each text is an arm: "model=cnn lr=0.03", with `base` changed by it; a value with blanks stands in single
/// quotes, "layers='linear 8, relu, linear 10'". The factors are the options that are named. Error if a text
/// or a value is not such, an option has no effect in its arm, or two arms are the same.
Variants parse_arms(const RunConfig& base, const std::vector<std::string>& texts);

}}  // namespace norma
