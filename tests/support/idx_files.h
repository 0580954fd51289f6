// IDX files made for tests.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

inline void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void write_gzip(const std::filesystem::path& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

/// The bytes of an IDX file.
inline std::string idx(int type, std::initializer_list<unsigned> sizes, const std::string& values) {
  std::string bytes{0, 0, static_cast<char>(type), static_cast<char>(sizes.size())};
  for (unsigned s : sizes)
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(s >> shift & 255);
  return bytes + values;
}

/// Images of 2 × 3 pixels, all of value n in the n-th, and the labels 0 1 2 0 1 2 …
inline std::string images(unsigned n) {
  std::string values;
  for (unsigned i = 0; i < n; ++i) values += std::string(6, static_cast<char>(i));
  return idx(8, {n, 2, 3}, values);
}
inline std::string labels(unsigned n) {
  std::string values;
  for (unsigned i = 0; i < n; ++i) values += static_cast<char>(i % 3);
  return idx(8, {n}, values);
}

}}  // namespace norma
