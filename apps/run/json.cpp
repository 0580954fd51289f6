#include "apps/run/json.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

json parse_json(const std::string& text) { return json::parse(text); }

json parse_json_or_discard(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string words_of(const json::exception& error) {
  const std::string words = error.what();  // "[json.exception…] parse error at line 1, …"
  return words.substr(std::min(words.find("] ") + 2, words.size()));
}

std::string json_text(const json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

double number_of(const json& value) { return value.is_null() ? NAN : value.get<double>(); }

Index count_of(const json& value) {
  constexpr std::uint64_t most = 1'000'000'000'000;
  check(value.is_number_unsigned() && value.get<std::uint64_t>() <= most, "expected a count of at most ",
        most, ", got ", value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 50));
  return value.get<Index>();
}

}}  // namespace norma
