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

/// The names of a table's rows, in order.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.push_back(row.name);
  return names;
}

/// "sgd or adam"; "constant, step or cosine"
std::string one_of(const std::vector<std::string>& names);

/// The row of `table` whose name is `name`. Error, saying what the name is for, if there is none.
template <class Table>
const typename Table::value_type& find_named(const Table& table, const std::string& name,
                                             const std::string& what) {
  for (const auto& row : table)
    if (row.name == name) return row;
  fail(what, ": '", name, "' given", did_you_mean(name, names_of(table)));
}

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
