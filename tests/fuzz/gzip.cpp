// IDX.gz, whole and damaged. A fuzzer would not hit upon gzip's checksums, so it gives what is in the file:
// byte 0 is the level, byte 1 the damage, the rest is zipped; at an odd level as two members.
#include <optional>

#include "data/formats/idx.h"
#include "tests/fuzz/idx_files.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::optional<IdxFile> read(const std::string& bytes) {
  static const MemoryFile file;
  file.put(bytes);
  std::optional<IdxFile> idx;
  taken([&] { idx = read_idx(file.path(), 3); });
  return idx;
}

bool same(const std::optional<IdxFile>& a, const std::optional<IdxFile>& b) {
  return a.has_value() == b.has_value() && (!a || (a->shape == b->shape && a->values == b->values));
}

bool take(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const int level = static_cast<std::uint8_t>(bytes[0]) % 10, damage = static_cast<std::uint8_t>(bytes[1]);
  const std::string plain(bytes.substr(2));
  const std::size_t half = level % 2 ? plain.size() / 2 : plain.size();
  std::string zipped = gzipped(plain.substr(0, half), level);
  if (level % 2) zipped += gzipped(plain.substr(half), level);
  const auto whole = read(plain);
  must(same(read(zipped), whole), "what is zipped reads as what is plain");
  if (!whole) return false;

  std::string broken = zipped;
  const std::size_t at = static_cast<std::size_t>(damage) * zipped.size() / 256;
  broken[at] = static_cast<char>(broken[at] ^ (damage | 1));
  const auto changed = read(broken), cut = read(zipped.substr(0, at));
  must(!cut, "what is cut short is refused");
  must(!changed || same(changed, whole), "a changed byte is seen by the checksum, or is of no matter");
  return true;
}

std::vector<std::string> seeds() {
  return {std::string("\6\x80", 2) + idx_images(), std::string("\1\x10", 2) + idx_images(),
          std::string("\0\xf8", 2) + idx_images()};
}

}  // namespace

const FuzzTarget fuzz_gzip{"gzip", take, seeds};

}}  // namespace norma
