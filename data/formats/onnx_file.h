// ONNX models (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), written: a graph of operators from
// one input to one output. Which operators a network is made of, apps/run/onnx.h says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// The operator set, of 2021: read by onnx from 1.10, OpenCV 4.6, ONNX Runtime from 1.9. In those before 14 a
/// reader may take BatchNormalization's momentum, which has a default, for a wish to train (onnx's own
/// reference does).
constexpr int onnx_opset = 15;

struct OnnxAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

/// One operator; `output` is its name as well.
struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs;  // names of outputs, of constants, or "input"
  std::string output;
  std::vector<OnnxAttribute> attributes = {};
};

/// An initializer, in ONNX's words: float32, or int64 of one dimension.
struct OnnxConstant {
  std::string name;
  std::variant<Tensor, std::vector<std::int64_t>> value;
};

/// A function of "input" (N, input…), N any batch, to `output` (N, …).
struct OnnxGraph {
  std::vector<OnnxNode> nodes;  // each after those whose outputs it takes
  std::vector<OnnxConstant> constants;
  Shape input, output;                               // of one sample
  std::string words;                                 // for people: what goes in and what comes out
  std::map<std::string, std::string> metadata = {};  // for programs
};

/// The bytes of a model whose output is "logits", the last node's. `version` is the producer's, Norma's.
std::string encode_onnx(const OnnxGraph& graph, const std::string& version);

}}  // namespace norma
