// JSON, by nlohmann-json. Its parser and its printer take longer to compile than most files of ours, so they
// are compiled once, in json.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

using json =
    nlohmann::ordered_json;  // keys in the order they were put in; a number that is not finite becomes null

/// What `text` says; json::parse_error, with line and column, if it is not JSON.
json parse_json(const std::string& text);

/// The same; json::value_t::discarded if it is not JSON.
json parse_json_or_discard(const std::string& text);

/// What is wrong, without the name that nlohmann-json gives its error.
std::string words_of(const json::exception& error);

/// On one line, or with each level indented by `indent`. Bytes that are not UTF-8 become U+FFFD.
std::string json_text(const json& value, int indent = -1);

/// A number; null is one that is not finite.
double number_of(const json& value);

/// A count: a whole number from 0 to the most steps a run may have, 10¹². Error if it is none.
Index count_of(const json& value);

}}  // namespace norma
