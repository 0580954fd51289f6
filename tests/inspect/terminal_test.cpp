// What inspect shows on a terminal.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "apps/inspect/measure.h"
#include "apps/inspect/show.h"
#include "apps/report/text.h"
#include "core/ops.h"
#include "layers/batchnorm_variants.h"
#include "tests/support/inspections.h"

namespace norma { inline namespace NORMA_BUILD { namespace inspect_terminal_test {

std::string without_colour(std::string text) {
  for (std::size_t at = text.find('\033'); at != text.npos; at = text.find('\033'))
    text.erase(at, text.find('m', at) - at + 1);
  return text;
}

TEST_CASE("the text fits 80 columns; colour adds nothing but colour") {
  const Dataset data = noise({1, 6, 6}, 30);
  for (const std::string& sentence : sentences) {
    for (const double scale : {1.0, 1e6}) {
      Sequential net = net_of(sentence);
      for (const Parameter& p : net.parameters()) {
        for (real& v : p.tensor.values()) v = static_cast<real>(v * scale);
      }
      const Inspection look = look_at(net, data, 0.1, as_images);
      const InspectedRun at{
          .run = "run", .network = sentence, .optimizer = "SGD", .images = "test", .data = "noise"};
      const std::string plain = terminal_text(look, at, false), coloured = terminal_text(look, at, true);
      CHECK(plain.find('\033') == plain.npos);
      CHECK(coloured.find("\033[") != coloured.npos);
      CHECK(without_colour(coloured) == plain);
      std::istringstream lines(plain);
      for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(display_width(line) <= 80, line);
      for (const LayerInspection& layer : look.layers) {
        if (layer.activation || !layer.parameters.empty())
          CHECK_MESSAGE(plain.find("\n" + layer.name + "  " + kind(layer) + "  (N, ") != plain.npos,
                        layer.name);
      }
    }
  }
}

}  // namespace inspect_terminal_test
}}  // namespace norma
