// Readers of the formats that Norma only writes, after the formats' own pages and without Norma's code: what
// they read back was written as it should be.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// The number at `at`, lowest byte first.
template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  REQUIRE(at + sizeof(T) <= bytes.size());
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// A CRC of 32 bits, bit by bit: of zip by the polynomial 0xedb88320, of TFRecord by 0x82f63b78.
inline std::uint32_t bitwise_crc(const std::string& bytes, std::uint32_t polynomial) {
  std::uint32_t c = ~0u;
  for (char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = (c ^ static_cast<unsigned char>(byte) >> bit) & 1;
      c = c >> 1 ^ (odd ? polynomial : 0);
    }
  return ~c;
}

/// One field of a protobuf message.
struct ProtobufField {
  int number = 0, wire_type = 0;
  std::uint64_t whole = 0;  // of a varint
  std::string bytes;        // of all others
};

inline std::uint64_t read_varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    REQUIRE((at < bytes.size() && shift < 64));
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

inline std::vector<ProtobufField> protobuf_fields(const std::string& bytes) {
  std::vector<ProtobufField> fields;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint64_t tag = read_varint(bytes, at);
    ProtobufField f{static_cast<int>(tag >> 3), static_cast<int>(tag & 7), 0, ""};
    if (f.wire_type == 0) {
      f.whole = read_varint(bytes, at);
    } else {
      REQUIRE((f.wire_type == 1 || f.wire_type == 2 || f.wire_type == 5));
      const std::size_t n = f.wire_type == 2 ? read_varint(bytes, at) : f.wire_type == 1 ? 8 : 4;
      REQUIRE(n <= bytes.size() - at);
      f.bytes = bytes.substr(at, n);
      at += n;
    }
    fields.push_back(f);
  }
  return fields;
}

/// The fields of that number, in their order.
inline std::vector<ProtobufField> fields_of(const std::string& message, int number) {
  std::vector<ProtobufField> found;
  for (const ProtobufField& f : protobuf_fields(message))
    if (f.number == number) found.push_back(f);
  return found;
}

/// The one field of that number.
inline ProtobufField field_of(const std::string& message, int number) {
  const auto found = fields_of(message, number);
  REQUIRE(found.size() == 1);
  return found[0];
}

/// The records of a TFRecord file, their masked sums checked.
inline std::vector<std::string> tf_records(const std::string& file) {
  auto masked = [](const std::string& bytes) {
    const std::uint32_t c = bitwise_crc(bytes, 0x82f63b78);
    return static_cast<std::uint32_t>(((c >> 15) | (c << 17)) + 0xa282ead8u);
  };
  std::vector<std::string> records;
  for (std::size_t at = 0; at < file.size();) {
    const std::uint64_t length = number_at<std::uint64_t>(file, at);
    REQUIRE(length <= file.size() - at);
    CHECK(number_at<std::uint32_t>(file, at + 8) == masked(file.substr(at, 8)));
    records.push_back(file.substr(at + 12, length));
    CHECK(number_at<std::uint32_t>(file, at + 12 + length) == masked(records.back()));
    at += 16 + length;
  }
  return records;
}

/// The members of a zip archive by name, found by its directory; sums and the members' own headers checked.
inline std::map<std::string, std::string> zip_members(const std::string& file) {
  REQUIRE(file.size() >= 22);
  const std::size_t end = file.size() - 22;
  REQUIRE(number_at<std::uint32_t>(file, end) == 0x06054b50);
  const auto count = number_at<std::uint16_t>(file, end + 10);
  CHECK(number_at<std::uint16_t>(file, end + 8) == count);
  std::size_t at = number_at<std::uint32_t>(file, end + 16);
  CHECK(at + number_at<std::uint32_t>(file, end + 12) == end);
  std::map<std::string, std::string> members;
  for (int i = 0; i < count; ++i) {
    REQUIRE(number_at<std::uint32_t>(file, at) == 0x02014b50);
    CHECK(number_at<std::uint16_t>(file, at + 10) == 0);  // stored
    const auto size = number_at<std::uint32_t>(file, at + 20),
               place = number_at<std::uint32_t>(file, at + 42);
    const auto name_size = number_at<std::uint16_t>(file, at + 28);
    const std::string name = file.substr(at + 46, name_size);
    REQUIRE(number_at<std::uint32_t>(file, place) == 0x04034b50);
    CHECK(file.substr(place + 4, 26) == file.substr(at + 6, 26));  // the same description twice
    CHECK(file.substr(place + 30, name_size) == name);
    const std::string bytes = file.substr(place + 30 + name_size, size);
    CHECK(bitwise_crc(bytes, 0xedb88320) == number_at<std::uint32_t>(file, at + 16));
    CHECK(number_at<std::uint32_t>(file, at + 24) == size);
    CHECK(members.emplace(name, bytes).second);
    at += 46 + name_size;
  }
  CHECK(at == end);
  return members;
}

/// A .npy file of version 1.0.
struct NpyFile {
  std::string header;  // the dict, without blanks at its end
  std::string data;

  explicit NpyFile(const std::string& file) {
    REQUIRE(file.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
    const std::size_t length = number_at<std::uint16_t>(file, 8);
    CHECK((10 + length) % 64 == 0);
    header = file.substr(10, length);
    REQUIRE(header.back() == '\n');
    header.resize(header.find_last_not_of(" \n") + 1);
    data = file.substr(10 + length);
  }

  template <class T>
  std::vector<T> values() const {
    CHECK(data.size() % sizeof(T) == 0);
    std::vector<T> all;
    for (std::size_t at = 0; at < data.size(); at += sizeof(T)) all.push_back(number_at<T>(data, at));
    return all;
  }
};

}}  // namespace norma
