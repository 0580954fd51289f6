// IDX files, plain or gzipped.
#include "data/formats/idx.h"

#include "tests/fuzz/idx_files.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

bool take(std::string_view bytes) {
  static const MemoryFile file;
  file.put(bytes);
  bool any = false;
  for (int rank : {1, 3})
    any |= taken([&] {
      const IdxFile idx = read_idx(file.path(), rank);
      must(idx.shape.rank() == rank, "the rank is the expected one");
      must(static_cast<Index>(idx.values.size()) == idx.shape.size(), "as many values as the shape says");
    });
  return any;
}

std::vector<std::string> seeds() {
  return {idx_images(), idx_labels(), gzipped(idx_images(), 9), gzipped(idx_labels(), 1),
          gzipped(idx_images(), 0)};
}

}  // namespace

const FuzzTarget fuzz_idx{"idx", take, seeds};

}}  // namespace norma
