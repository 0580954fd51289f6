#include "data/formats/onnx_file.h"

#include "data/formats/little_endian.h"
#include "data/formats/protobuf.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr int ir_version = 8;  // of the file format, the one that came with opset 15
constexpr int type_float = 1, type_int64 = 7;

// AttributeProto: 1 name, 2 f, 3 i, 8 ints, 20 type (1 float, 2 int, 7 ints)
ProtobufMessage attribute(const OnnxAttribute& a) {
  ProtobufMessage m;
  m.text(1, a.name);
  if (const auto* i = std::get_if<std::int64_t>(&a.value)) return m.integer(3, *i).integer(20, 2);
  if (const auto* f = std::get_if<float>(&a.value)) return m.number(2, *f).integer(20, 1);
  for (std::int64_t i : std::get<std::vector<std::int64_t>>(a.value)) m.integer(8, i);
  return m.integer(20, 7);
}

// NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute
ProtobufMessage node(const OnnxNode& n) {
  ProtobufMessage m;
  for (const std::string& input : n.inputs) m.text(1, input);
  m.text(2, n.output).text(3, n.output).text(4, n.op);
  for (const OnnxAttribute& a : n.attributes) m.message(5, attribute(a));
  return m;
}

// TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data
ProtobufMessage constant(const OnnxConstant& c) {
  ProtobufMessage m;
  std::string raw;
  if (const auto* t = std::get_if<Tensor>(&c.value)) {
    for (int i = 0; i < t->rank(); ++i) m.integer(1, t->dim(i));
    for (real x : t->values()) append_value(raw, static_cast<float>(x));
    return m.integer(2, type_float).text(8, c.name).text(9, raw);
  }
  const auto& whole = std::get<std::vector<std::int64_t>>(c.value);
  append_values<std::int64_t>(raw, whole);
  return m.integer(1, static_cast<std::int64_t>(whole.size()))
      .integer(2, type_int64)
      .text(8, c.name)
      .text(9, raw);
}

// ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor_type; Tensor: 1 elem_type, 2 shape; TensorShapeProto: 1
// dim; Dimension: 1 dim_value, 2 dim_param
ProtobufMessage value(const std::string& name, const Shape& sample) {
  ProtobufMessage shape;
  shape.message(1, ProtobufMessage().text(2, "N"));
  for (int i = 0; i < sample.rank(); ++i) shape.message(1, ProtobufMessage().integer(1, sample[i]));
  const auto tensor = ProtobufMessage().integer(1, type_float).message(2, shape);
  return ProtobufMessage().text(1, name).message(2, ProtobufMessage().message(1, tensor));
}

}  // namespace

std::string encode_onnx(const OnnxGraph& g, const std::string& version) {
  // GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output
  ProtobufMessage graph;
  for (const OnnxNode& n : g.nodes) graph.message(1, node(n));
  graph.text(2, "norma");
  for (const OnnxConstant& c : g.constants) graph.message(5, constant(c));
  graph.message(11, value("input", g.input)).message(12, value("logits", g.output));
  // ModelProto: 1 ir_version, 2 producer_name, 3 producer_version, 6 doc_string, 7 graph, 8 opset_import (2
  // version), 14 metadata_props (1 key, 2 value)
  ProtobufMessage model;
  model.integer(1, ir_version)
      .text(2, "norma")
      .text(3, version)
      .text(6, g.words)
      .message(7, graph)
      .message(8, ProtobufMessage().text(1, "").integer(2, onnx_opset));
  for (const auto& [key, value] : g.metadata)
    model.message(14, ProtobufMessage().text(1, key).text(2, value));
  return model.bytes();
}

}}  // namespace norma
