#include "data/cifar10.h"

#include <iterator>
#include <map>
#include <system_error>

#include "data/formats/cifar.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

constexpr const char* files[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                 "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

}  // namespace

bool has_cifar10(const fs::path& folder) {
  std::error_code ignored;
  for (const char* file : files)
    if (fs::exists(folder / file, ignored)) return true;
  return false;
}

DataPair read_cifar10(const fs::path& folder) {
  const Dataset none{.name = "CIFAR-10",
                     .source = folder.string(),
                     .sample = {3, 32, 32},
                     .classes = 10,
                     .pixels = {},
                     .labels = {},
                     .class_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse",
                                     "ship", "truck"}};
  DataPair pair{.train = none, .test = none};
  std::map<std::uint32_t, fs::path> seen;  // by checksum
  for (const char* name : files) {
    const fs::path path = folder / name;
    std::error_code ignored;
    check(fs::exists(path, ignored), folder.string(), ": has no ", name);
    Dataset part = none;
    CifarFile file = read_cifar(path);
    part.pixels = std::move(file.pixels);
    part.labels = std::move(file.labels);
    const auto [first, is_new] = seen.emplace(checksum(part), path);
    check(is_new, path.string(), ": holds what ", first->second.string(), " holds");
    Dataset& half = name == *std::rbegin(files) ? pair.test : pair.train;
    half.pixels.insert(half.pixels.end(), part.pixels.begin(), part.pixels.end());
    half.labels.insert(half.labels.end(), part.labels.begin(), part.labels.end());
  }
  return pair;
}

}}  // namespace norma
