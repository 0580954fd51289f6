// Protobuf, byte by byte.
#include "data/formats/protobuf.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_protobuf_test {

std::string hex(const std::string& bytes) {
  std::string text;
  for (char c : bytes)
    for (int shift : {4, 0}) text += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return text;
}

TEST_CASE("the bytes of every kind of field") {
  auto integer = [](std::int64_t n) { return hex(ProtobufMessage().integer(1, n).bytes()); };
  CHECK(integer(0) == "0800");
  CHECK(integer(1) == "0801");
  CHECK(integer(127) == "087f");
  CHECK(integer(128) == "088001");
  CHECK(integer(150) == "089601");  // the example of the format's page
  CHECK(integer(300) == "08ac02");
  CHECK(integer(16383) == "08ff7f");
  CHECK(integer(16384) == "08808001");
  CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "08ffffffffffffffff7f");
  CHECK(integer(-1) == "08ffffffffffffffffff01");
  CHECK(hex(ProtobufMessage().integer(16, 1).bytes()) == "800101");  // a tag of two bytes
  CHECK(hex(ProtobufMessage().text(2, "testing").bytes()) == "120774657374696e67");
  CHECK(hex(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).bytes()) == "1a03089601");
  CHECK(hex(ProtobufMessage().number(2, 1.0f).bytes()) == "150000803f");
  CHECK(hex(ProtobufMessage().number(1, 1.0).bytes()) == "09000000000000f03f");
  const std::string text(200, 'x');
  CHECK(hex(ProtobufMessage().text(1, text).bytes()).substr(0, 6) == "0ac801");
  CHECK(field_of(ProtobufMessage().text(1, text).integer(2, 5).bytes(), 1).bytes == text);
}

}  // namespace data_formats_protobuf_test
}}  // namespace norma
