#include "data/formats/protobuf.h"

#include "data/formats/little_endian.h"

namespace norma { inline namespace NORMA_BUILD {

// Seven bits per byte, the lowest first; the eighth says that more follow. A negative number takes ten bytes.
void ProtobufMessage::varint(std::uint64_t value) {
  for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
  bytes_ += static_cast<char>(value);
}

// Wire types: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes.
void ProtobufMessage::tag(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

ProtobufMessage& ProtobufMessage::integer(int field, std::int64_t value) {
  tag(field, 0);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::number(int field, float value) {
  tag(field, 5);
  append_value(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::number(int field, double value) {
  tag(field, 1);
  append_value(bytes_, value);
  return *this;
}

ProtobufMessage& ProtobufMessage::text(int field, std::string_view value) {
  tag(field, 2);
  varint(value.size());
  bytes_ += value;
  return *this;
}

ProtobufMessage& ProtobufMessage::message(int field, const ProtobufMessage& inside) {
  return text(field, inside.bytes());
}

}}  // namespace norma
