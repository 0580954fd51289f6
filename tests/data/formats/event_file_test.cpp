// TensorBoard's event files, byte by byte.
#include "data/formats/event_file.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_event_file_test {

TEST_CASE("crc32c of the standard's examples") {
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("") == 0);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720, B.4
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(bitwise_crc("123456789", 0x82f63b78) == 0xe3069283);
}

TEST_CASE("a record of its version, then one per point, without a time") {
  const std::vector<Scalar> points = {
      {"loss/train", 0, 2.5}, {"lr", 300, 0.1}, {"loss/test", std::int64_t{1} << 40, NAN}};
  const std::string file = encode_events(points);
  const auto records = tf_records(file);
  REQUIRE(records.size() == 4);
  CHECK(field_of(records[0], 3).bytes == "brain.Event:2");
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(number_at<double>(field_of(records[i], 1).bytes, 0) == 0);
    if (i == 0) continue;
    const Scalar& point = points[i - 1];
    CHECK(static_cast<std::int64_t>(field_of(records[i], 2).whole) == point.step);
    const std::string value = field_of(field_of(records[i], 5).bytes, 1).bytes;
    CHECK(field_of(value, 1).bytes == point.tag);
    const float number = number_at<float>(field_of(value, 2).bytes, 0);
    CHECK((number == static_cast<float>(point.value) || (std::isnan(number) && std::isnan(point.value))));
  }
  CHECK(encode_events(points) == file);
  CHECK(tf_records(encode_events({})).size() == 1);
}

}  // namespace data_formats_event_file_test
}}  // namespace norma
