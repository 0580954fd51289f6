#include "apps/compare/variants.h"

#include <algorithm>
#include <map>
#include <set>

#include "apps/report/palette.h"
#include "apps/run/options.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Error if no arm may have its own `name`; `given` is the option that asks for it.
void check_can_vary(const std::string& given, const std::string& name) {
  for (const char* own :
       {"seed", "threads", "data", "data-dir", "validation", "colour", "resize", "split", "split-seed"}) {
    check(name != own, given, ": ", own, " cannot be varied",
          name == "seed"         ? "; use --seeds N"
          : name == "validation" ? ": it is what all arms are judged by"
                                 : "");
  }
}

// "model=cnn layers='linear 8, relu'" → the values by the options' names.
std::map<std::string, std::string> parse_arm(const std::string& text) {
  const std::string expected =
      "--arm: expected OPTION=VALUE OPTION='VALUE WITH BLANKS' ..., got '" + text + "'";
  std::map<std::string, std::string> values;
  for (std::size_t at = text.find_first_not_of(' '); at < text.size(); at = text.find_first_not_of(' ', at)) {
    const std::size_t equals = text.find_first_of("= ", at);
    check(equals < text.size() && text[equals] == '=' && equals > at, expected);
    const std::string name = find_option(text.substr(at, equals - at)).name;
    check_can_vary("--arm", name);
    const bool quoted = equals + 1 < text.size() && text[equals + 1] == '\'';
    const std::size_t first = equals + 1 + quoted, end = text.find(quoted ? '\'' : ' ', first);
    check(!quoted || end != text.npos, "--arm: '", text, "' has no closing quote for ", name);
    const std::string value = text.substr(first, end - first);
    check(!value.empty(), "--arm: '", text, "' has an empty value");
    check(values.emplace(name, value).second, "--arm: '", text, "' gives ", name, " twice");
    at = end == text.npos ? end : end + quoted;
    check(at >= text.size() || text[at] == ' ', expected);
  }
  check(!values.empty(), expected);
  check(!values.contains("steps") || !values.contains("epochs"), "--arm: '", text,
        "' gives both steps and epochs");
  return values;
}

}  // namespace

std::string value_words(const Factor& factor, const std::string& value) {
  const bool bn = factor.name == "norm" && std::ranges::all_of(factor.values, [](const std::string& v) {
                    return v == "none" || v == "batch";
                  });
  return bn ? with_or_without(value) : value;
}

bool Variants::is_grid() const {
  std::size_t all = 1;
  for (const Factor& f : factors) all *= f.values.size();
  if (all != arms.size()) return false;
  for (std::size_t i = 0; i < all; ++i) {
    std::size_t place = i;
    for (std::size_t f = factors.size(); f-- > 0; place /= factors[f].values.size())
      if (arms[i].values[f] != factors[f].values[place % factors[f].values.size()]) return false;
  }
  return true;
}

std::string Variants::name(const Variant& arm) const {
  const bool all = is_grid();
  std::string name;
  for (std::size_t f = 0; f < factors.size(); ++f)
    if (all || !arm.values[f].empty())
      name += (name.empty() ? "" : ", ") + factors[f].name + "=" + arm.values[f];
  return name;
}

std::string Variants::words(const Variant& arm) const {
  const bool all = is_grid();
  std::string words;
  for (std::size_t f = 0; f < factors.size(); ++f) {
    const std::string& value = arm.values[f];
    if (!all && value.empty()) continue;
    const std::string own = value_words(factors[f], value);
    words += (words.empty() ? "" : ", ") + (own == value ? factors[f].name + "=" + value : own);
  }
  return words;
}

Factor parse_factor(const std::string& text) {
  const std::size_t equals = text.find('=');
  check(equals != std::string::npos && equals > 0, "--vary: expected OPTION=VALUE,VALUE,…, got '", text, "'");
  Factor factor{find_option(text.substr(0, equals)).name, {}};
  const char between = factor.name == "layers" ? ';' : ',';  // whose values have commas
  for (std::size_t at = equals + 1; at <= text.size();) {
    const std::size_t end = std::min(text.find(between, at), text.size());
    factor.values.push_back(text.substr(at, end - at));
    check(!factor.values.back().empty(), "--vary: '", text, "' has an empty value");
    at = end + 1;
  }
  check_can_vary("--vary", factor.name);
  return factor;
}

Variants combinations(const RunConfig& base, const std::vector<Factor>& factors) {
  std::vector<Variant> all = {{{}, base}};
  for (std::size_t f = 0; f < factors.size(); ++f) {
    const Option& option = find_option(factors[f].name);
    for (std::size_t g = 0; g < f; ++g)
      check(factors[f].name != factors[g].name, "--vary: ", factors[f].name, " given twice");
    std::vector<Variant> next;
    for (const Variant& arm : all) {
      std::set<std::string> seen;
      for (const std::string& value : factors[f].values) {
        Variant more = arm;
        more.values.push_back(value);
        option.set(more.config, value);
        check(seen.insert(option.get(more.config)).second, "--vary: ", option.name, "=", value,
              " given twice");
        next.push_back(std::move(more));
        check(next.size() <= 10'000, "--vary: more than 10,000 combinations");
      }
    }
    all = std::move(next);
  }
  return {factors, std::move(all)};
}

Variants parse_arms(const RunConfig& base, const std::vector<std::string>& texts) {
  Variants variants;
  std::vector<std::map<std::string, std::string>> given;
  std::set<std::string> named, seen;
  for (const std::string& text : texts) {
    given.push_back(parse_arm(text));
    Variant arm{{}, base};
    for (const Option& o : run_options())
      if (const auto it = given.back().find(o.name); it != given.back().end()) o.set(arm.config, it->second);
    for (const auto& entry : given.back()) {
      const std::string missing = missing_requirement(arm.config, entry.first);
      check(missing.empty(), "--arm: '", text, "': ", entry.first, " has no effect here, it needs ", missing);
      named.insert(entry.first);
    }
    RunConfig effective = arm.config;
    reset_unused(effective);
    check(seen.insert(to_json(effective)).second, "--arm: '", text, "' is the same as an arm before it");
    variants.arms.push_back(std::move(arm));
  }
  for (const Option& o : run_options()) {
    if (!named.contains(o.name)) continue;
    Factor factor{o.name, {}};
    for (std::size_t i = 0; i < given.size(); ++i) {
      const RunConfig& config = variants.arms[i].config;
      const bool effective = missing_requirement(config, o.name).empty();
      const std::string value = given[i].contains(o.name) ? given[i][o.name] : effective ? o.get(config) : "";
      variants.arms[i].values.push_back(value);
      if (!value.empty() && std::ranges::count(factor.values, value) == 0) factor.values.push_back(value);
    }
    variants.factors.push_back(std::move(factor));
  }
  return variants;
}

}}  // namespace norma
