// The network of the claims about images: two strided convolutions, small enough for hundreds of runs.
#pragma once

#include <string>

#include "apps/run/config.h"

namespace norma { inline namespace NORMA_BUILD {

/// `--layers` for it; `norm` stands for what --norm says; `after`: more behind each activation, such as ",
/// lrn 5".
inline std::string small_cnn_layers(const std::string& after = "") {
  return "conv 8 5 stride 2, norm, relu" + after + ", conv 16 3 stride 2, norm, relu" + after +
         ", flatten, linear 10";
}

inline RunConfig small_cnn(const std::string& norm, const std::string& after = "") {
  RunConfig c;
  c.layers = small_cnn_layers(after);
  c.norm = norm;
  c.batch_size = 64;
  return c;
}

/// The same with a hidden fully connected layer, for claims about what a batch holds. A convolution's channel
/// has hundreds of positions in a single image, nearly enough for its statistics; a unit of this layer has
/// one value per image, so its statistics are the batch's.
inline RunConfig small_cnn_with_hidden(const std::string& norm) {
  RunConfig c = small_cnn(norm);
  c.layers =
      "conv 8 5 stride 2, norm, relu, conv 16 3 stride 2, norm, relu, flatten, linear 64, norm, relu, linear "
      "10";
  return c;
}

}}  // namespace norma
