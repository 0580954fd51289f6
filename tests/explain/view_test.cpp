// The lesson view: shares are what the definitions say.
#include <doctest/doctest.h>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/lessons.h"

namespace norma { namespace explain_view_test {

TEST_CASE("shares are what the definitions say, and what the layers do") {
  const Document d = view_lesson();
  std::vector<const Grid*> grids;
  for (const Block& block : d.blocks) {
    if (const auto* g = std::get_if<Grid>(&block)) grids.push_back(g);
    if (const auto* rows = std::get_if<Rows>(&block)) {
      CHECK(rows->rows.size() == 4);
      for (const auto& row : rows->rows) CHECK(row.back() == "yes");
    }
  }
  REQUIRE(grids.size() == 10);  // of each layer the samples and the memory; then two of γ and β
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 4; ++c) {
      for (int s = 0; s < 3; ++s) {
        const int wanted[] = {c, n, 4 * n + c, 2 * n + c / 2, c, 3 * c + s};
        const std::size_t at = static_cast<std::size_t>(3 * c + s), sample = static_cast<std::size_t>(n);
        for (std::size_t layer = 0; layer < 4; ++layer) {
          CHECK(grids[2 * layer]->panels.at(sample).shares.at(at) == wanted[layer]);
          CHECK(grids[2 * layer + 1]->panels.at(0).shares.at(12 * sample + at) == wanted[layer]);
        }
        for (std::size_t affine : {4u, 5u})
          CHECK(grids[4 + affine]->panels.at(sample).shares.at(at) == wanted[affine]);
      }
    }
  }
}

}  // namespace explain_view_test
}  // namespace norma
