// What is fuzzed: all that reads what somebody else may have written, a file a target. Built with libFuzzer
// by the preset `fuzz` (tests/fuzz/run.sh); tests/fuzz/fuzz_test.cpp takes the same functions over the same
// inputs in every build.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct FuzzTarget {
  const char* name;
  /// Reads any bytes: whether they were taken, rather than refused with Error. Whatever else happens is a
  /// bug: a crash, another exception, a broken promise.
  bool (*take)(std::string_view bytes);
  /// Inputs to start from; all are taken.
  std::vector<std::string> (*seeds)();
};

extern const FuzzTarget fuzz_checkpoint, fuzz_cifar, fuzz_config, fuzz_gzip, fuzz_idx, fuzz_image,
    fuzz_layers, fuzz_metrics, fuzz_safetensors;

/// All of them.
inline std::vector<FuzzTarget> fuzz_targets() {
  return {fuzz_checkpoint, fuzz_cifar,  fuzz_config,  fuzz_gzip,       fuzz_idx,
          fuzz_image,      fuzz_layers, fuzz_metrics, fuzz_safetensors};
}

/// std::logic_error unless a promise was kept.
inline void must(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(promise);
}

/// Whether `read` takes its input: false if it refuses it with Error.
template <class Read>
bool taken(const Read& read) {
  try {
    read();
    return true;
  } catch (const Error&) {
    return false;
  }
}

}}  // namespace norma
