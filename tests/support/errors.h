// What went wrong, as text, for the tests of errors.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// What the Error that `action` throws says; it must be one line.
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    const std::string text = e.what();
    CHECK(text.find('\n') == text.npos);
    return text;
  }
  return "no error";
}

/// Whether `text` holds all the parts; shows it if not.
inline bool says(const std::string& text, std::initializer_list<std::string> parts) {
  const bool all =
      std::all_of(parts.begin(), parts.end(), [&](auto& part) { return text.find(part) != text.npos; });
  if (!all) MESSAGE("it says: ", text);
  return all;
}

}}  // namespace norma
