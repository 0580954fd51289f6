// Zip files, read back.
#include "data/formats/zip.h"

#include <doctest/doctest.h>

#include "tests/support/errors.h"
#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_zip_test {

TEST_CASE("any bytes come back, and what the format cannot hold is refused") {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += static_cast<char>(i * i);
  const auto members = zip_members(encode_zip({{"a", ""}, {"folder/b", all}, {"c", "PK\x05\x06"}}));
  CHECK(members == std::map<std::string, std::string>{{"a", ""}, {"folder/b", all}, {"c", "PK\x05\x06"}});
  CHECK(zip_members(encode_zip({})).empty());
  CHECK(bitwise_crc("123456789", 0xedb88320) == 0xcbf43926);  // the reader's own sum
  CHECK(says(error_of([] { encode_zip({{"a", ""}, {"a", ""}}); }), {"two members", "'a'"}));
  CHECK(says(error_of([] { encode_zip({{"", "x"}}); }), {"a name of", "got 0"}));
  CHECK(says(error_of([] { encode_zip({{std::string(65536, 'n'), ""}}); }), {"a name of", "got 65536"}));
  CHECK(says(error_of([] { encode_zip(std::vector<ZipMember>(65536)); }), {"members, got 65536"}));
}

}  // namespace data_formats_zip_test
}}  // namespace norma
