// Protocol Buffers, the writing half (https://protobuf.dev/programming-guides/encoding/): what ONNX models
// and TensorBoard's events are made of. Our own, because the two need four kinds of field and no more;
// libprotobuf and libonnx would bring generated code and libraries to load for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// A message under construction. Fields go out in the order of the calls; a repeated field is one call per
/// element. Field numbers are 1 to 2²⁹ − 1.
class ProtobufMessage {
 public:
  ProtobufMessage& integer(int field, std::int64_t value);      ///< int32, int64, bool or enum, as a varint
  ProtobufMessage& number(int field, float value);              ///< float, 4 bytes
  ProtobufMessage& number(int field, double value);             ///< double, 8 bytes
  ProtobufMessage& text(int field, std::string_view value);     ///< string or bytes
  ProtobufMessage& message(int field, const ProtobufMessage&);  ///< a message inside

  const std::string& bytes() const { return bytes_; }

 private:
  void tag(int field, int wire_type);
  void varint(std::uint64_t value);
  std::string bytes_;
};

}}  // namespace norma
