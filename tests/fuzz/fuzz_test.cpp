// The fuzzers' targets over their seeds, the files in tests/fuzz/corpus and what is near them: they cannot
// rot, and what a fuzzer found stays mended.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "apps/run/metrics.h"
#include "apps/run/options.h"
#include "core/random.h"
#include "data/formats/files.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD { namespace fuzz_fuzz_test {

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

TEST_CASE("config.json cut at any byte is refused; metrics.jsonl is, or has the lines before the cut") {
  RunConfig config;
  config.layers = "conv 4 3, bn, flatten, linear 10";
  const std::string whole = to_json(config);
  for (std::size_t n = 0; n + 2 < whole.size(); ++n)
    CHECK_THROWS_AS(read_json(config, whole.substr(0, n), "it"), Error);

  const std::string lines = fuzz_metrics.seeds()[0];
  const auto all = parse_metrics(lines, "it").size();
  std::size_t read = 0;
  for (std::size_t n = 0; n < lines.size(); ++n) try {
      const std::string cut = lines.substr(0, n);
      const auto found = parse_metrics(cut, "it").size();
      CHECK((cut.ends_with('}') || cut.ends_with('\n')));
      CHECK(found <= all);
      ++read;
    } catch (const Error&) {
    }
  CHECK(read == 2 * all - 1);  // after each '}' and each line's end
}

}  // namespace fuzz_fuzz_test
}}  // namespace norma
