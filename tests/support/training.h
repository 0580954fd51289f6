// Small networks made of sentences, and trained on drawn digits.
#pragma once

#include "core/ops.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/network/build.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "optim/optimizer.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD {

inline Sequential made(const std::string& text, const Shape& sample, double momentum = 0.1) {
  manual_seed(1);
  BuildOptions o;
  o.sample = sample;
  o.momentum = momentum;
  return build(parse_layers(text), o);
}

/// Running statistics that a few dozen steps gather.
inline Sequential ready(const std::string& model, const std::string& norm, const Shape& sample,
                        const std::string& first = "") {
  const Sentence network =
      substitute_norm(parse_layers(preset_layers({.model = model, .hidden = {30, 20}})), norm);
  return made(first + to_text(network), sample, 0.3);
}

inline void train(Module& net, Optimizer& optimizer, const Tensor& x, const Labels& labels) {
  optimizer.zero_grad();
  softmax_cross_entropy(net(x), labels).backward();
  optimizer.step();
}

inline const Dataset& drawn_digits() {
  static const Dataset all = draw_digits(2400, 3);
  return all;
}

/// Trains on the first 1800 digits, batches of 32, at a rate that goes to 0; the share of the last 600 that
/// are right by running statistics.
inline double accuracy_after(Module& net, int steps, bool flat = false) {
  const Dataset training = drawn_digits().first(1800);
  Adam adam(net.parameters(), {});
  Loader loader(training, {.batch_size = 32, .format = {.flat = flat}}, 1);
  for (int step = 0; step < steps; ++step) {
    const Batch& batch = loader.next();
    adam.lr = 0.005 * (1 - double(step) / steps);
    train(net, adam, batch.x, batch.labels);
  }
  net.eval();
  NoGrad guard;
  Batch test;
  fill(drawn_digits(), 1800, 600, {.flat = flat}, test);
  return static_cast<double>(count_correct(net(test.x), test.labels)) / 600;
}

}}  // namespace norma
