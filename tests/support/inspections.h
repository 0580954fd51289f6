// Networks, batches and looks at them, for the tests of inspect.
#pragma once

#include <string>
#include <vector>

#include "apps/inspect/measure.h"
#include "core/random.h"
#include "data/loader.h"
#include "layers/network/build.h"

namespace norma { inline namespace NORMA_BUILD {

inline Batch batch_of(const Dataset& data, const BatchFormat& format = {}) {
  Batch batch;
  fill(data, 0, data.size(), format, batch);
  return batch;
}

inline Inspection look_at(Sequential& model, const Dataset& data, double rate = 0.1,
                          const BatchFormat& format = {}) {
  return inspect(model, data, batch_of(data, format),
                 {.samples = data.size(), .rate = rate, .format = format});
}

inline Dataset noise(const Shape& sample, Index n) {
  Dataset data{.name = "noise", .source = "here", .sample = sample, .classes = 3, .pixels = {}, .labels = {}};
  Rng rng(3);
  for (Index i = 0; i < n * sample.size(); ++i)
    data.pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
  for (Index i = 0; i < n; ++i) data.labels.push_back(static_cast<std::uint8_t>(i % 3));
  return data;
}

inline const std::vector<std::string> sentences = {
    "conv 4 3, bn, relu, pool 2, flatten, dropout 0.5, linear 3",
    "conv 4 3, sn, brn, tanh, residual(conv 4 3, gn 2, relu | conv 4 "
    "1, in), relu, globalpool, flatten, linear 3",
    "conv 4 3, wn, meanbn, sigmoid, noise, residual(conv 4 3, l1bn, "
    "leaky_relu), lrn, flatten, linear 8, ln, relu, "
    "linear 3"};

inline Sequential net_of(const std::string& sentence) {
  manual_seed(5);
  return build(parse_layers(sentence), {.sample = {1, 6, 6}});
}

inline constexpr BatchFormat as_images{.binarize = false, .flat = false};

}}  // namespace norma
