#include "data/formats/event_file.h"

#include <array>

#include "data/formats/little_endian.h"
#include "data/formats/protobuf.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// What one byte does to the sum: eight steps of division by the polynomial, its bits reversed.
constexpr std::array<std::uint32_t, 256> table = [] {
  std::array<std::uint32_t, 256> t{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t c = byte;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1;
    t[byte] = c;
  }
  return t;
}();

// TFRecord's sum: rotated by 15 bits and shifted, so that a file of records in a record has no sums of sums.
void append_sum(std::string& to, std::string_view bytes) {
  const std::uint32_t c = crc32c(bytes);
  append_value<std::uint32_t>(to, (c >> 15 | c << 17) + 0xa282ead8);
}

// length (8 bytes), its sum, the message, its sum
void append_record(std::string& to, const ProtobufMessage& message) {
  std::string length;
  append_value<std::uint64_t>(length, message.bytes().size());
  to += length;
  append_sum(to, length);
  to += message.bytes();
  append_sum(to, message.bytes());
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t c = 0xffffffff;
  for (char byte : bytes) c = table[(c ^ static_cast<unsigned char>(byte)) & 255] ^ c >> 8;
  return ~c;
}

std::string encode_events(const std::vector<Scalar>& scalars) {
  // Event: 1 wall_time, 2 step, 3 file_version, 5 summary; Summary: 1 value; Value: 1 tag, 2 simple_value
  std::string bytes;
  append_record(bytes, ProtobufMessage().number(1, 0.0).text(3, "brain.Event:2"));
  for (const Scalar& s : scalars) {
    const auto value = ProtobufMessage().text(1, s.tag).number(2, static_cast<float>(s.value));
    const auto summary = ProtobufMessage().message(1, value);
    append_record(bytes, ProtobufMessage().number(1, 0.0).integer(2, s.step).message(5, summary));
  }
  return bytes;
}

}}  // namespace norma
