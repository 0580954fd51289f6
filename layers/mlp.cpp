#include "layers/mlp.h"

namespace norma::inline NORMA_BUILD {

Sequential mlp(const MlpOptions& o) {
  Sequential net;
  const double hidden_gain = gain(o.activation);
  Index in = o.inputs;
  for (Index out : o.hidden) {
    const bool before = o.batch_norm && o.norm_position == NormPosition::before;
    const bool after = o.batch_norm && o.norm_position == NormPosition::after;
    net.append(Linear(in, out, /*bias=*/!before)).reset(o.init, hidden_gain, default_rng());
    if (before) net.append(BatchNorm1d(out, o.norm));
    net.append(Activation(o.activation));
    if (after) net.append(BatchNorm1d(out, o.norm));
    if (o.dropout > 0) net.append(Dropout(o.dropout));
    in = out;
  }
  net.append(Linear(in, o.classes)).reset(o.init, 1, default_rng());
  return net;
}

}  // namespace norma::inline NORMA_BUILD
