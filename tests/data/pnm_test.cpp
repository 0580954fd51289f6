// PBM, PGM and PPM: every kind that is read, and what is refused.
#include <doctest/doctest.h>

#include "data/read_image.h"
#include "tests/support/damaged.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_pnm_test {

using Bytes = std::vector<std::uint8_t>;
using namespace std::string_literals;

Bytes pixels(const std::string& file) { return decode_image(file, "x").pixels; }

TEST_CASE("PBM, PGM and PPM, plain and binary") {
  CHECK(pixels("P5\n# a comment\n3 1\n255\n\0\x07\xff"s) == Bytes{0, 7, 255});
  CHECK(pixels("P5 3 1 15\n\0\x05\x0f"s) == Bytes{0, 85, 255});
  CHECK(pixels("P5 2 1 65535\n\x12\xff\xff\xff"s) == Bytes{0x13, 255});
  CHECK(pixels("P6 1 1 255\n\xff\xff\xff") == Bytes{255});
  CHECK(pixels("P4 10 2\n\xa0\x40\x00\x80"s) ==
        Bytes{0, 255, 0, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 255});
  CHECK(pixels("P1\n# a comment\n3 2\n1 0 1\n0 1 0\n") == Bytes{0, 255, 0, 255, 0, 255});
  CHECK(pixels("P1 3 2\n101010") == Bytes{0, 255, 0, 255, 0, 255});
  CHECK(pixels("P2\n3 1\n# a comment\n255\n0 7 255\n") == Bytes{0, 7, 255});
  CHECK(pixels("P2 2 2 15 0\n5\t10   15") == Bytes{0, 85, 170, 255});
  CHECK(pixels("P2 2 1 65535\n4863 65535") == Bytes{0x13, 255});
  CHECK(pixels("P3 2 1 255\n255 0 0\n80 80 80") == Bytes{77, 80});
  CHECK(pixels("P2 1 1 100\n101") == Bytes{255});  // as the binary one: at most all
}

std::string refusal(const std::string& file) {
  return error_of([&] { decode_image(file, "x.bmp"); });
}

TEST_CASE("PBM, PGM and PPM: what is damaged or cut short is named") {
  CHECK(says(refusal("P5 1 1 0\n7"), {"0 as its greatest value"}));
  CHECK(says(refusal("P2 1 1 65536\n7"), {"65536 as its greatest value"}));
  CHECK(says(refusal("P5 1 -1 255\n7"), {"damaged PBM, PGM or PPM"}));
  CHECK(says(refusal("P2 2 1 255\n1 x"), {"damaged PBM, PGM or PPM: no number at byte 13"}));
  CHECK(says(refusal("P2 2 1 255\n1 -2"), {"no number"}));
  CHECK(says(refusal("P1 2 1\n02"), {"neither 0 nor 1 at byte 8"}));
  CHECK(says(refusal("P2 9 9 255\n1 2 3"), {"is cut short"}));
  CHECK(says(refusal("P2 2 1 255\n100"), {"is cut short"}));
  CHECK(says(refusal("P5 0 3 255\n"), {"0×3", "no pixel"}));
  CHECK(says(refusal("P2 0 3 255\n"), {"0×3", "no pixel"}));
  for (const char* kind :
       {"P1", "P2", "P3", "P4", "P5", "P6"}) {  // nothing is asked for that cannot be there
    CHECK(says(refusal(kind + " 9000000000000000000 9000000000000000000 255\n"s), {"64 million"}));
    CHECK(says(refusal(kind + " 8000 8000 255\n"s), {"is cut short"}));
    CHECK(refusal(kind + " 99999999999999999999 1 255\n"s) != "no error");
  }
  CHECK(says(refusal("P5 8001 8000 255\n"), {"8001×8000", "64 million"}));
}

TEST_CASE("PBM, PGM and PPM: a file cut short anywhere is refused, a changed one read or refused") {
  for (const char* file :
       {"P6 2 2 255\nabcdefghijkl", "P4 10 2\nabcd", "P1 3 2\n1 0 1\n0 1 0", "P3 2 1 9\n1 2 3 4 5 6"})
    check_cut_and_changed(file);
}

}  // namespace data_pnm_test
}}  // namespace norma
