// CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label and a picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// n pictures of 32×32.
struct CifarFile {
  std::vector<std::uint8_t> pixels;  // n · 3072: of each its red, its green and its blue, row by row
  std::vector<std::uint8_t> labels;  // n, of 0 … 9
};

/// Reads any number of whole records, at least one. Error, one line naming the file, if it cannot be read, is
/// empty, ends within a record, or a label is past 9.
CifarFile read_cifar(const std::filesystem::path& path);

/// The same of the bytes of a file; `where` stands for its name in errors.
CifarFile decode_cifar(std::string_view bytes, const std::string& where);

}}  // namespace norma
