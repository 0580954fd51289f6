// The library's one exception, and the check that throws it. A message names the operation,
// what it was given and what it wanted: "linear: x (2, 3) does not fit W (4, 5)".
#pragma once

#include <sstream>
#include <stdexcept>

#include "core/real.h"

namespace norma::inline NORMA_BUILD {

/// Bad input: a shape, a value or a file that the operation cannot take. what() is one line.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Error with all `parts` written one after the other.
template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(text.str());
}

/// Throws Error, made of `parts`, unless `ok`.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(parts...);
}

}  // namespace norma::inline NORMA_BUILD
