// IDX files for the targets idx and gzip, in memory.
#pragma once

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <string>
#include <string_view>

#include "core/error.h"
#include "tests/support/pictures.h"

namespace norma { inline namespace NORMA_BUILD {

/// A file that lives in memory, with a path: read_idx goes through zlib, which reads files.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("idx", MFD_CLOEXEC)) { check(fd_ >= 0, "no file in memory"); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }

  void put(std::string_view bytes) const {
    const auto n = static_cast<off_t>(bytes.size());
    check(ftruncate(fd_, n) == 0 && pwrite(fd_, bytes.data(), bytes.size(), 0) == n, "no room in memory");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

/// Three images of 2 × 4; four labels.
inline std::string idx_images() {
  return std::string("\0\0\x08\3", 4) + big_endian(3) + big_endian(2) + big_endian(4) +
         "abcdefghABCDEFGH12345678";
}
inline std::string idx_labels() { return std::string("\0\0\x08\1", 4) + big_endian(4) + "0120"; }

/// One gzip member.
inline std::string gzipped(std::string_view bytes, int level) {
  z_stream z{};
  constexpr int window = 9, with_gzip = 16, little_memory = 1;
  check(deflateInit2(&z, level, Z_DEFLATED, window + with_gzip, little_memory, Z_DEFAULT_STRATEGY) == Z_OK,
        "deflateInit2");
  std::string out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}}  // namespace norma
