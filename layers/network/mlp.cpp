#include "layers/network/mlp.h"

#include "layers/network/build.h"
#include "layers/network/norm.h"

namespace norma { inline namespace NORMA_BUILD {

Sequential mlp(const MlpOptions& o) {
  const std::string layers =
      preset_layers({"mlp", o.hidden, o.activation, o.norm_position, o.dropout, o.classes});
  const bool normalizes = o.batch_norm && !o.hidden.empty();
  return build(substitute_norm(parse_layers(layers), normalizes ? "batch" : "none"),
               {.sample = {o.inputs}, .eps = o.norm_eps, .momentum = o.norm_momentum, .init = o.init});
}

}}  // namespace norma
