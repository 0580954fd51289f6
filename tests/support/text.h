// Values as text, and looking for a text in another.
#pragma once

#include <sstream>
#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// What << makes of it.
template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// How often `part` stands in `text`, without overlaps.
inline int occurrences(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++n;
  return n;
}

}}  // namespace norma
