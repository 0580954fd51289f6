#include "apps/run/json.h"

namespace norma { inline namespace NORMA_BUILD {

json parse_json(const std::string& text) { return json::parse(text); }

json parse_json_or_discard(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string json_text(const json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

}}  // namespace norma
