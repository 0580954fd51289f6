// Walking through a model, layer by layer.
#include "apps/inspect/walk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "layers/activation.h"
#include "layers/batchnorm_variants.h"
#include "tests/support/inspections.h"

namespace norma { inline namespace NORMA_BUILD { namespace inspect_walk_test {

TEST_CASE("a walk computes what the model does, and names layers as the state dict") {
  const Dataset data = noise({1, 6, 6}, 9);
  const Batch batch = batch_of(data, as_images);
  for (const std::string& sentence : sentences) {
    CAPTURE(sentence);
    Sequential net = net_of(sentence);
    net.eval();
    std::set<std::string> seen, wanted;
    const Tensor y =
        walk(net, batch.x, [&](const std::string& name, Module& layer, const Tensor&, const Tensor&) {
          CHECK(seen.insert(name).second);
          for (const Parameter& p : layer.parameters()) wanted.insert(name + "." + p.name);
        });
    const Tensor same = net(batch.x);
    CHECK(std::equal(y.values().begin(), y.values().end(), same.values().begin()));
    std::set<std::string> parameters;
    for (const Parameter& p : net.parameters()) parameters.insert(p.name);
    CHECK(wanted == parameters);
  }
}

}  // namespace inspect_walk_test
}}  // namespace norma
