// A folder for one test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <iterator>
#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// A new folder, removed with all it holds at the end of its scope.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "norma-test-XXXXXX").string();
    check(mkdtemp(pattern.data()) != nullptr, "cannot make a folder like ", pattern);
    path = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path / name; }

  /// Files and folders directly in it.
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }
};

}}  // namespace norma
