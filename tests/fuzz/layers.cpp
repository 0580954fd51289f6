// The layer language, to a network that takes a step. Byte 0, '1' to '3', is the number of spatial dimensions
// of the samples.
#include <array>

#include "core/ops.h"
#include "core/random.h"
#include "layers/network/build.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Whether it is built in a moment: few layers, small numbers. Larger ones cost memory and time, as they say.
bool small(const Sentence& sentence) {
  int layers = 0;
  bool few = true;
  for_each_layer(sentence, false, [&](const LayerWord& layer, bool) {
    ++layers;
    for (double n : layer.numbers) few = few && n <= 12;
    for (const auto& s : layer.settings) few = few && s.value <= 4;
  });
  return few && layers <= 12;
}

void train_step(Sequential& net, const Shape& sample) {
  Tensor x(batch_shape(3, sample));
  Rng rng(1);
  for (real& v : x.values()) v = static_cast<real>(rng.uniform());
  const Tensor y = net(x);
  sum(mul(y, y)).backward();
  net.eval();
  net(x);
}

bool take(std::string_view bytes) {
  if (bytes.empty() || bytes[0] < '1' || bytes[0] > '3') return false;
  return taken([&] {
    const Sentence sentence = parse_layers(std::string(bytes.substr(1)));
    const std::string text = to_text(sentence);
    must(to_text(parse_layers(text)) == text, "what is read and written reads the same");
    if (!small(sentence)) return;
    const std::array<Shape, 3> images = {Shape{2, 9}, {1, 8, 8}, {2, 3, 4, 4}};
    BuildOptions options;
    options.sample =
        takes_flat_input(sentence) ? Shape{12} : images[static_cast<std::size_t>(bytes[0] - '1')];
    taken([&] {
      manual_seed(1);
      Sequential net = build(substitute_norm(sentence, "none"), options);
      train_step(net, options.sample);
    });
  });
}

std::vector<std::string> seeds() {
  return {
      "2conv 4 3, bn, relu, pool 2, flatten, linear 10",
      "1conv 4 3 stride 2 pad 1 dilation 2 nobias, brn eps 0.1 momentum 0.5, tanh, avgpool 2 stride 1 pad 1, globalpool",
      "3conv 2 3 groups 2 bias, in eps 1e-5, sigmoid, gn 2, flatten, linear 3, wn, meanbn momentum 0.2",
      "2residual(conv 4 3, l1bn | conv 4 1), leaky_relu -0.5, linfbn, lrn 3 alpha 1 beta 0.5 k 2, residual(relu)",
      "1linear 8, sn iterations 2, ln, noise, dropout 0.5, noise layer, linear 3 nobias"};
}

}  // namespace

const FuzzTarget fuzz_layers{"layers", take, seeds};

}}  // namespace norma
