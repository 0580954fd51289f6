// What is UTF-8, and names that are not.
#include "core/text.h"

#include <doctest/doctest.h>

#include <set>

namespace norma { inline namespace NORMA_BUILD { namespace core_text_test {

TEST_CASE("UTF-8 is told from what is not") {
  for (const char* good : {"", "plain", "ü", "€", "😀", "\xf4\x8f\xbf\xbf"}) CHECK(is_utf8(good));
  for (const char* bad : {"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xf8\x88\x80\x80\x80", "\xf0\x8f\xbf\xbf", "a\xc3z"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("names that are not UTF-8 are escaped, and two never become one") {
  CHECK(escaped_name("café €😀 a\\b") == "café €😀 a\\b");
  CHECK(escaped_name("caf\xe9") == "caf\\xE9");
  CHECK(escaped_name("caf\xc3") == "caf\\xC3");
  CHECK(escaped_name("caf\\xE9") == "caf\\x5CxE9");
  CHECK(escaped_name("a\nb\x1b\x7f") == "a\\x0Ab\\x1B\\x7F");
  std::set<std::string> names;
  for (int a = 1; a < 256; ++a)
    for (int b = 1; b < 256; ++b) {
      const std::string name = escaped_name(std::string{static_cast<char>(a), static_cast<char>(b)});
      CHECK(is_utf8(name));
      names.insert(name);
    }
  CHECK(names.size() == 255 * 255);
}

}  // namespace core_text_test
}}  // namespace norma
