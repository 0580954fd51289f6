// One cell of a CSV file (RFC 4180).
#pragma once

#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// `text`, in quotes if it needs them, a quote in it doubled.
inline std::string csv_cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}}  // namespace norma
