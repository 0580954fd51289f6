// One target for libFuzzer: NORMA_FUZZ_TARGET.
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norma::NORMA_FUZZ_TARGET.take({reinterpret_cast<const char*>(data), size});
  return 0;
}
