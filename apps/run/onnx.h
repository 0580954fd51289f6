// A network as ONNX sees it: which operators each layer is, at inference.
#pragma once

#include "data/formats/onnx_file.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The graph that computes what `model` does in evaluation, for samples of this shape. Constants have the
/// names of the state ("0.weight"), outputs those of the layers ("0"). Dropout is left out; a reparametrized
/// weight is the one it makes; BatchNorm and its relatives are BatchNormalization by their running
/// statistics, LayerNorm and GroupNorm an InstanceNormalization of groups. Leaves the model in evaluation
/// mode. Error that names the layer if ONNX has no operator for it: a local response normalization over an
/// even number of channels, means of windows with ceil_mode or their own divisor, adaptive pooling to more
/// than one, the caller's own layer.
OnnxGraph onnx_graph(Sequential& model, const Shape& sample);

}}  // namespace norma
