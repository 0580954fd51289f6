// "did you mean": the known name nearest to a mistyped one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// The known name nearest to `given` by Damerau–Levenshtein distance (insert, delete, replace, swap
/// neighbours; capitals ignored, '-' and '_' equal; a beginning of a known name is near), or "" if none is
/// near enough. Of equals, the first known.
std::string nearest(const std::string& given, const std::vector<std::string>& known);

/// The end of an error message: "; did you mean 'lr'?" or, with nothing near, "; one of: a, b, c" (at most
/// 30 names, then "…"), or "" when nothing is known.
std::string did_you_mean(const std::string& given, const std::vector<std::string>& known);

/// What stands beside `word` in a table {{"sgd", x}, {"adam", y}}. Error, naming what the word is for, if it is not there.
template <class T>
T chosen(const std::string& what, const std::string& word,
         const std::vector<std::pair<std::string, T>>& table) {
  std::vector<std::string> known;
  for (const auto& [name, value] : table) {
    if (name == word) return value;
    known.push_back(name);
  }
  fail(what, ": '", word, "' given", did_you_mean(word, known));
}

}}  // namespace norma
