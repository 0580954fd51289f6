#include "layers/mlp.h"

namespace norma::inline NORMA_BUILD {

Sequential mlp(const MlpOptions& o) {
  Sequential net;
  // Each layer draws from a stream of its own, weights first: networks that differ only in normalization, bias
  // or dropout start from the same weights.
  const std::uint64_t seed = default_rng().bits();
  std::uint64_t layer = 0;
  auto add_linear = [&](Index in, Index out, bool bias, double gain) {
    Rng rng(seed, layer++);
    net.append(Linear(in, out, bias)).reset(o.init, gain, rng);
  };
  const double hidden_gain = gain(o.activation);
  Index in = o.inputs;
  for (Index out : o.hidden) {
    const bool before = o.batch_norm && o.norm_position == NormPosition::before;
    const bool after = o.batch_norm && o.norm_position == NormPosition::after;
    add_linear(in, out, /*bias=*/!before, hidden_gain);
    if (before) net.append(BatchNorm1d(out, o.norm));
    net.append(Activation(o.activation));
    if (after) net.append(BatchNorm1d(out, o.norm));
    if (o.dropout > 0) net.append(Dropout(o.dropout));
    in = out;
  }
  add_linear(in, o.classes, /*bias=*/true, 1);
  return net;
}

}  // namespace norma::inline NORMA_BUILD
