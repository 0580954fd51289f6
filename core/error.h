// The library's exceptions, and the check that throws the first. A message names the operation, what it got
// and what it expected: "linear: x (2, 3) does not fit W (4, 5)".
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Bad input: a shape, a value or a file that the operation cannot take. what() is one line.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that cannot be written because the disk is full or failing; the input is not at fault.
struct DiskError : Error {
  using Error::Error;
};

/// All `parts`, printed one after the other.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

/// Throws Error with the message concat(parts…).
template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  throw Error(concat(parts...));
}

/// Throws Error with the message concat(parts…) unless `ok`.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(parts...);
}

}}  // namespace norma
