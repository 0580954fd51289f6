// config.json: a RunConfig as JSON and back, by the table of apps/run/options.h.
#include <algorithm>
#include <map>
#include <set>

#include "apps/run/json.h"
#include "apps/run/options.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// An object of options, none of them given twice.
json parse_options(const std::string& text, const std::string& where) {
  std::set<std::string> seen;
  std::string last;  // key read
  auto watch = [&](int depth, json::parse_event_t event, json& value) {
    const bool opens =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    check(depth < 2 || !opens, where, ": ", last, last.empty() ? "" : ": ",
          "nested too deep for the options of a run");
    if (event == json::parse_event_t::key && depth == 1) {
      const std::string key = value.get<std::string>();
      check(seen.insert(key_of(key)).second, where, ": '", key, "' is given twice");
      last = key;
    }
    return true;
  };
  json all;
  try {
    all = json::parse(text, watch);
  } catch (const json::exception& e) {
    fail(where, ": not JSON: ", words_of(e));
  }
  check(all.is_object(), where, ": expected a JSON object with the options of a run");
  return all;
}

// The value as it would be written on the command line.
std::string written(const Option& option, const json& value) {
  auto want = [&](bool right, const char* what) {
    check(right, "--", option.name, ": expected ", what, ", got ", json_text(value));
  };
  switch (option.kind) {
    case Option::Kind::text:
      want(value.is_string(), "a string");
      return value.get<std::string>();
    case Option::Kind::flag:
      want(value.is_boolean(), "true or false");
      return value.get<bool>() ? "on" : "off";
    case Option::Kind::number:
      want(value.is_number(), "a number");
      return json_text(value);
    case Option::Kind::list:
      break;
  }
  want(value.is_array(), "a list of whole numbers");
  std::string sizes;
  for (const auto& size : value) {
    want(size.is_number_integer(), "a list of whole numbers");
    sizes += (sizes.empty() ? "" : ",") + json_text(size);
  }
  return sizes.empty() ? "none" : sizes;
}

}  // namespace

std::string to_json(const RunConfig& config) {
  json all;
  for (const Option& o : run_options()) {
    const std::string value = o.get(config);
    auto& slot = all[key_of(o.name)];
    switch (o.kind) {
      case Option::Kind::text:
        slot = value;
        break;
      case Option::Kind::flag:
        slot = value == "on";
        break;
      case Option::Kind::number:
        slot = parse_json(value);
        break;
      case Option::Kind::list:
        slot = config.hidden;
        break;
    }
  }
  return json_text(all, 2) + "\n";
}

void read_json(RunConfig& config, const std::string& text, const std::string& where) {
  const json all = parse_options(text, where);
  std::map<std::string, std::string> given;
  try {
    for (const auto& item : all.items()) {
      const Option& option = find_option(item.key());
      given[option.name] = written(option, item.value());
    }
    for (const Option& o : run_options())  // in the table's order: steps after epochs
      if (given.contains(o.name)) o.set(config, given[o.name]);
  } catch (const Error& e) {
    fail(where, ": ", e.what());
  }
}

}}  // namespace norma
