// Tables whose rows have names: the row of a name, the names as a list, and the nearest to a mistyped one.
#pragma once

#include <string>
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

/// A row that is a name and what it stands for.
template <class T>
struct Named {
  const char* name;
  T value;
};

/// `name`, or what it is called here if it is another program's name for it. `others`: theirs, and ours.
std::string our_name(const std::string& name, const std::vector<Named<const char*>>& others);

/// The names of a table's rows, in order.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.push_back(row.name);
  return names;
}

/// "sgd or adam"; "constant, step or cosine"
std::string one_of(const std::vector<std::string>& names, const std::string& last = " or ");

/// The row of `table` whose name is `name`. Error, saying what the name is for, if there is none.
template <class Table>
const typename Table::value_type& find_named(const Table& table, const std::string& name, const char* what) {
  for (const auto& row : table)
    if (row.name == name) return row;
  fail(what, ": unknown value '", name, "'", did_you_mean(name, names_of(table)));
}

}}  // namespace norma
