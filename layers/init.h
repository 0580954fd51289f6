// Initial weights. Why they matter: with Var(w) = 1/fan_in a linear layer keeps its input's mean square; with
// w ~ N(0, 1) its root grows by √fan_in per layer.
#pragma once

#include <string_view>

#include "core/random.h"
#include "core/suggest.h"
#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// The form of the distribution that weights are drawn from.
enum class Distribution { normal, uniform };

/// What the width of the distribution is made from. std below is the standard deviation of the weights; a
/// uniform distribution of the same std lies within ±√3·std.
enum class Init {
  pytorch,  // U(±1/√fan_in), weights and biases: PyTorch's default for Linear and Conv
  kaiming,  // std = gain/√fan_in                    (He et al. 2015)
  xavier,   // std = gain·√(2/(fan_in + fan_out))    (Glorot & Bengio 2010)
  lecun,    // std = 1/√fan_in                       (LeCun et al. 1998)
  given,    // normal: std = scale; uniform: U(±scale)
};

/// `scale` multiplies the width (Init::given: is the width).
struct InitOptions {
  Init kind = Init::pytorch;
  Distribution distribution = Distribution::uniform;
  double scale = 1;
};

/// What --init takes, in the order of the help; the first is the default.
const std::vector<Named<InitOptions>>& initializations();

/// Of weights (out, in, kernel…): fan_in = in·∏kernel, the inputs that one output sums, and fan_out =
/// out·∏kernel, the outputs that one input reaches. Error below rank 2.
struct Fans {
  double in, out;
};
Fans fans(const Shape& weight);

/// torch.nn.init.calculate_gain: 1 for linear, conv and sigmoid, 5/3 for tanh, √2 for relu, √(2/(1 + slope²))
/// for leaky_relu. Error on another name.
double gain(std::string_view activation, double slope = 0.01);

/// The standard deviation that `options` give to weights of this shape. Error below rank 2.
double init_std(const Shape& weight, const InitOptions& options, double gain = 1);

/// Draws new weights (out, in, kernel…). Error below rank 2.
void init_weight(const Tensor& weight, const InitOptions& options, double gain, Rng& rng);

/// Draws the bias of a layer whose weights have fan_in inputs: as PyTorch does for Init::pytorch, else 0.
void init_bias(const Tensor& bias, double fan_in, const InitOptions& options, Rng& rng);

}}  // namespace norma
