// The fuzzers' targets over their seeds, the files in tests/fuzz/corpus and what is near them: they cannot rot, and what a
// fuzzer found stays mended.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/random.h"
#include "data/files.h"
#include "tests/fuzz/targets.h"

namespace norma::inline NORMA_BUILD {
namespace {

namespace fs = std::filesystem;
const fs::path corpus = fs::path(NORMA_SOURCE_DIR) / "tests/fuzz/corpus";

// Cut short at up to 200 places, and with bytes changed, put in and taken out.
void take_neighbours(const FuzzTarget& target, const std::string& bytes, Rng& rng) {
  const std::size_t step = bytes.size() / 200 + 1;
  for (std::size_t n = 0; n < bytes.size(); n += step) CHECK_NOTHROW(target.take(bytes.substr(0, n)));
  for (int i = 0; i < 300; ++i) {
    std::string changed = bytes;
    for (std::size_t k = rng.below(3) + 1; k > 0 && !changed.empty(); --k) {
      const std::size_t at = rng.below(changed.size());
      const char byte = static_cast<char>(rng.below(256));
      switch (rng.below(3)) {
        case 0:
          changed[at] = byte;
          break;
        case 1:
          changed.insert(at, 1, byte);
          break;
        default:
          changed.erase(at, 1);
      }
    }
    CHECK_NOTHROW(target.take(changed));
  }
}

TEST_CASE("fuzz: every target takes its seeds, and nothing near them breaks it") {
  for (const FuzzTarget& target : fuzz_targets()) {
    const std::string name = target.name;
    CAPTURE(name);
    Rng rng(1);
    CHECK_NOTHROW(CHECK_FALSE(target.take("")));
    for (const std::string& seed : target.seeds()) {
      CHECK_MESSAGE(target.take(seed), seed.substr(0, 200));
      take_neighbours(target, seed, rng);
    }
  }
}

TEST_CASE("fuzz: what is in the corpus breaks nothing") {
  std::set<std::string> names;
  for (const FuzzTarget& target : fuzz_targets()) {
    names.insert(target.name);
    std::error_code none;
    for (const auto& file : fs::directory_iterator(corpus / target.name, none)) {
      CAPTURE(file.path().string());
      CHECK_NOTHROW(target.take(read_file(file.path())));
    }
  }
  for (const auto& folder : fs::directory_iterator(corpus))
    CHECK_MESSAGE(names.count(folder.path().filename().string()), folder.path().string(), ": of no target");
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
