#include "data/formats/idx.h"

#include <sys/mman.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iomanip>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr Index max_side = 4096;             // of an image
constexpr Index max_bytes = Index{1} << 32;  // of a file's values
constexpr Index step = Index{1} << 18;       // bytes taken at a time: what a cache holds

/// A file read through zlib, which passes on what is not gzip unchanged.
class GzipReader {
 public:
  explicit GzipReader(const std::filesystem::path& path) : name_(path.string()) {
    std::error_code ignored;
    check(!std::filesystem::is_directory(path, ignored), name_, ": expected a file, got a folder");
    check(!std::filesystem::is_other(path, ignored), name_, ": is a device or a pipe, expected a file");
    errno = 0;
    file_.reset(gzopen(path.c_str(), "rb"));
    check(file_ != nullptr, name_, ": cannot be opened: ", std::generic_category().message(errno));
    gzbuffer(file_.get(), 1 << 15);
  }

  /// Fills bytes[0 … n) as far as the file goes; returns how far.
  /// Error if the gzip data are damaged or cut short.
  Index read(std::uint8_t* bytes, Index n) {
    errno = 0;
    int got = gzread(file_.get(), bytes, static_cast<unsigned>(n));
    int system_error = errno, code = Z_OK;
    std::string message = gzerror(file_.get(), &code);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code == Z_BUF_ERROR) fail(name_, ": its gzip data end too early: the file is cut short");
    if (code == Z_ERRNO) fail(name_, ": cannot be read: ", std::generic_category().message(system_error));
    if (got < 0 || code != Z_OK)
      fail(name_, ": damaged gzip data: ", message.substr(message.rfind(": ") + 2));
    return got;
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string name_;
  std::unique_ptr<gzFile_s, Close> file_;
};

using Word = std::array<std::uint8_t, 4>;

/// The next four bytes of the header.
Word read_word(GzipReader& file, const std::string& name, Index at) {
  Word w{};
  Index got = file.read(w.data(), 4);
  check(got == 4, name, ": is cut short: ", at + got, " bytes found, the IDX header is longer");
  return w;
}

Index big_endian(const Word& w) {
  return Index{w[0]} << 24 | Index{w[1]} << 16 | Index{w[2]} << 8 | Index{w[3]};
}

/// Header: 0 0 type rank, then the sizes.
Shape read_header(GzipReader& file, const std::string& name, int rank) {
  Word magic = read_word(file, name, 0);
  const char* expected = rank == 3 ? "0x00000803 (images)" : "0x00000801 (labels)";
  std::ostringstream found;
  found << "0x" << std::hex << std::setfill('0') << std::setw(8) << big_endian(magic);
  // zlib 1.3.2 passes on a gzip header that it cannot read as if it were not gzip.
  check(magic[0] != 0x1f || magic[1] != 0x8b, name, ": damaged gzip data: its header cannot be read");
  check(magic[0] == 0 && magic[1] == 0, name, ": not an IDX file: expected it to begin with ", expected,
        ", got ", found.str());
  check(magic[2] == 0x08, name, ": its values are not unsigned bytes: expected it to begin with ", expected,
        ", got ", found.str());
  check(magic[3] == rank, name, ": has rank ", int{magic[3]}, ": expected it to begin with ", expected,
        ", got ", found.str());

  std::vector<Index> sizes;
  std::string declared;
  for (int i = 0; i < rank; ++i) {
    sizes.push_back(big_endian(read_word(file, name, 4 + 4 * i)));
    declared += (i ? ", " : "(") + std::to_string(sizes[i]);
  }
  for (int i = 1; i < rank; ++i)
    check(sizes[i] >= 1 && sizes[i] <= max_side, name, ": expected images with sides of 1 to ", max_side,
          ", got ", declared, ")");
  Shape shape;
  for (Index n : sizes) shape.append(n);  // at most 2³² · 2¹² · 2¹²: no overflow
  check(shape[0] > 0, name, ": declares ", shape, ": it is empty");
  check(shape.size() <= max_bytes, name, ": declares ", shape, " = ", shape.size(), " bytes, at most ",
        max_bytes, " are read");
  return shape;
}

/// Asks for huge pages for n bytes that nobody has touched yet: handing out small ones one by one would take
/// as long as half the inflating.
void want_huge_pages([[maybe_unused]] std::uint8_t* bytes, [[maybe_unused]] Index n) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t page = 4096;
  const auto at = reinterpret_cast<std::uintptr_t>(bytes);
  const std::uintptr_t first = (at + page - 1) / page * page;
  const std::uintptr_t last = (at + static_cast<std::uintptr_t>(n)) / page * page;
  if (last > first) madvise(bytes + (first - at), last - first, MADV_HUGEPAGE);  // a wish: it may fail
#endif
}

}  // namespace

IdxFile read_idx(const std::filesystem::path& path, int rank) {
  std::string name = path.string();
  GzipReader file(path);
  IdxFile idx{.shape = read_header(file, name, rank), .values = {}};
  Index wanted = idx.shape.size(), have = 0;
  // Room for all of it at once, if the file is long enough to
  // hold it: deflate makes at most 1032 bytes of one.
  std::error_code unknown;
  const auto file_bytes = std::filesystem::file_size(path, unknown);
  if (!unknown && static_cast<Index>(file_bytes) >= wanted / 1032) {
    idx.values.reserve(wanted);
    want_huge_pages(idx.values.data(), wanted);
  }
  while (have < wanted) {
    Index n = std::min(step, wanted - have);
    idx.values.resize(have + n);
    Index got = file.read(idx.values.data() + have, n);
    have += got;
    check(got == n, name, ": is cut short: ", have, " bytes of values found, its header declares ", idx.shape,
          " = ", wanted);
  }
  std::uint8_t more;
  check(file.read(&more, 1) == 0, name, ": goes on after the ", wanted, " bytes of values ", idx.shape,
        " that its header declares");
  return idx;
}

}}  // namespace norma
