#include "apps/run/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "apps/run/json.h"
#include "core/error.h"
#include "data/formats/csv.h"

namespace norma { inline namespace NORMA_BUILD {
std::vector<MetricsLine> parse_metrics(const std::string& text, const std::string& where) {
  std::vector<MetricsLine> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::string here = where + ": line " + std::to_string(lines.size() + 1);
    const json j = parse_json_or_discard(line);
    check(j.is_object(), here, " is not a JSON object");
    const auto step = j.find("step");
    check(step != j.end() && step->is_number_unsigned() && step->get<std::uint64_t>() >> 63 == 0, here,
          " has no whole \"step\" from 0");
    MetricsLine result{{}, step->get<std::int64_t>()};
    for (const auto& [key, value] : j.items()) {
      check(value.is_number() || value.is_null(), here, ": \"", key, "\" is not a number");
      const bool finite = value.is_number();
      result.entries.push_back({key, finite ? json_text(value) : "", finite ? value.get<double>() : NAN});
    }
    lines.push_back(std::move(result));
  }
  check(!lines.empty(), where, ": is empty");
  return lines;
}

std::string metrics_csv(const std::vector<MetricsLine>& lines) {
  std::vector<std::string> keys;
  for (const MetricsLine& line : lines)
    for (const auto& e : line.entries)
      if (std::find(keys.begin(), keys.end(), e.key) == keys.end()) keys.push_back(e.key);
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",") + csv_cell(key);
  text += '\n';
  for (const MetricsLine& line : lines) {
    for (const std::string& key : keys) {
      if (key != keys.front()) text += ',';
      for (const auto& e : line.entries)
        if (e.key == key) text += e.text;
    }
    text += '\n';
  }
  return text;
}

std::vector<Scalar> metrics_scalars(const std::vector<MetricsLine>& lines) {
  const std::map<std::string, std::string> tags = {
      {"train_loss", "loss/train"},           {"test_loss", "loss/test"},
      {"validation_loss", "loss/validation"}, {"batch_loss", "loss/batch"},
      {"test_accuracy", "accuracy/test"},     {"validation_accuracy", "accuracy/validation"}};
  std::vector<Scalar> scalars;
  for (const MetricsLine& line : lines) {
    for (const auto& e : line.entries) {
      const auto tag = tags.find(e.key);
      if (e.key != "step") scalars.push_back({tag == tags.end() ? e.key : tag->second, line.step, e.value});
    }
  }
  return scalars;
}

}}  // namespace norma
