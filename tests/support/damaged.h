// Files of pictures that are cut short or changed.
#pragma once

#include <string>

#include "core/random.h"
#include "data/read_image.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD {

/// Makes sure that the file is read; cut short anywhere it is refused; and changed at random it is read or
/// refused.
inline void check_cut_and_changed(const std::string& whole) {
  auto refusal = [](const std::string& file) { return error_of([&] { decode_image(file, "x"); }); };
  CHECK(refusal(whole) == "no error");
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK(refusal(whole.substr(0, n)) != "no error");
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    std::string file = whole;
    for (int n = 0; n < 3; ++n) file[rng.below(file.size())] = static_cast<char>(rng.below(256));
    refusal(file);
  }
}

}}  // namespace norma
