// An Inspection as JSON.

#include "apps/run/json.h"

#include "apps/inspect/show.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

json json_of(const Summary& d) {
  return {{"size", d.size},
          {"min", d.least},
          {"max", d.greatest},
          {"mean", d.mean()},
          {"deviation", d.deviation()},
          {"norm", d.length()},
          {"histogram",
           {{"low", d.histogram.low},
            {"high", d.histogram.high},
            {"counts", d.histogram.bins},
            {"outside", d.histogram.outside}}}};
}

json json_of(const ActivationInspection& a) {
  json j = {{"units", a.units},
            {"unit_deviation", a.unit_deviation},
            {"input", json_of(a.input)},
            {"output", json_of(a.output)}};
  if (a.has_limits) {
    j["saturated"] = a.saturated;
    j["saturated_units"] = a.saturated_units;
    j["still_units"] = a.still_units;
  }
  if (a.has_zero) {
    j["zeros"] = a.zeros;
    j["dead_units"] = a.dead_units;
  }
  return j;
}

json json_of(const StatisticsInspection& s) {
  return {
      {"channels", s.channels},
      {"mean_distance", {{"median", s.mean_median}, {"max", s.mean_largest}}},
      {"variance_ratio", {{"min", s.ratio_least}, {"median", s.ratio_median}, {"max", s.ratio_greatest}}}};
}

json json_of(const ParameterInspection& p) {
  json shape = json::array();
  for (int i = 0; i < p.shape.rank(); ++i) shape.push_back(p.shape[i]);
  return {{"shape", shape},
          {"median", p.median},
          {"values", json_of(p.values)},
          {"gradient", json_of(p.gradient)},
          {"update_to_weight", p.update}};
}

}  // namespace

std::string look_json(const Inspection& look, const InspectedRun& at) {
  json j = {{"network", at.network},   {"optimizer", at.optimizer}, {"data", at.data},
            {"images", at.images},     {"samples", look.samples},   {"batch_size", look.batch_size},
            {"lr", look.rate},         {"loss", look.loss},         {"gradient_norm", look.gradient},
            {"layers", json::object()}};
  if (look.sharpness) j["sharpness"] = *look.sharpness;
  for (const LayerInspection& layer : look.layers) {
    json one = {{"layer", layer.describe}};
    for (const ParameterInspection& p : layer.parameters) one["parameters"][p.name] = json_of(p);
    if (layer.statistics) one["running_statistics"] = json_of(*layer.statistics);
    if (layer.activation) one["activation"] = json_of(*layer.activation);
    j["layers"][layer.name] = one;
  }
  return json_text(j, 2) + "\n";
}

}}  // namespace norma
