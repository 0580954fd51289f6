// The library's exceptions, and the check that throws the first. A message names the operation,
// what it was given and what it wanted: "linear: x (2, 3) does not fit W (4, 5)".
#pragma once

#include <exception>
#include <new>
#include <sstream>
#include <stdexcept>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// Bad input: a shape, a value or a file that the operation cannot take. what() is one line.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that cannot be written although its place is good: the disk is full, or broken. No fault of the
/// input.
struct DiskError : Error {
  using Error::Error;
};

/// Throws Error with all `parts` written one after the other.
template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Error(text.str());
}

/// In a catch: what was thrown, as Error with "WHO: " before its words. DiskError and std::bad_alloc stay
/// what they are.
[[gnu::cold]] inline std::exception_ptr with_context(const std::string& who) {
  try {
    throw;
  } catch (const DiskError&) {
    return std::current_exception();
  } catch (const std::bad_alloc&) {
    return std::current_exception();
  } catch (const std::exception& e) {
    return std::make_exception_ptr(Error(who + ": " + e.what()));
  }
}

/// Throws Error, made of `parts`, unless `ok`.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(parts...);
}

}}  // namespace norma
