// Short runs on a few drawn digits.
#pragma once

#include "apps/run/config.h"
#include "data/formats/safetensors.h"
#include "data/load.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

inline const DataPair& digits() {
  static const DataPair data = load_data("digits", {}, {.train = 601, .test = 250, .seed = 3});
  return data;
}

inline RunConfig small(const std::string& norm = "batch") {
  RunConfig c;
  c.hidden = {20, 15};
  c.norm = norm;
  c.steps = 40;
  c.eval_every = 15;
  c.log_every = 4;
  c.momentum = 0.9;
  c.dropout = 0.1;
  return c;
}

inline std::string bytes_of(const Module& model) { return encode_safetensors(model.state_dict()); }

}}  // namespace norma
