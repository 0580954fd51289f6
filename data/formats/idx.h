// IDX, the file format of MNIST and its many relatives
// (https://yann.lecun.com/exdb/mnist/): two zero bytes, a type, a rank, the sizes as
// big-endian 32-bit numbers, then the values. Read from plain or gzip files alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

/// The contents of an IDX file of unsigned bytes.
struct IdxFile {
  Shape shape;                       // (images, height, width) or (labels,)
  std::vector<std::uint8_t> values;  // row-major, shape.size() of them
};

/// Reads `path`, which may be gzipped whatever its name. `rank` is 3 for images and 1 for labels. The file is
/// not trusted: memory grows with the bytes that are there, not with the sizes it declares. Error, naming the
/// file, what was found and what was expected, if it cannot be read, is a device or a pipe, is no IDX file of
/// unsigned bytes or has another rank, declares a size of zero, an image side past 4096 or more than 4 GiB,
/// holds fewer or more bytes than declared, or if its gzip data are damaged.
IdxFile read_idx(const std::filesystem::path& path, int rank);

}}  // namespace norma
