// What an Inspection says, in words.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "apps/inspect/show.h"
#include "apps/report/numbers.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Over all activations of a kind.
struct Totals {
  Index units = 0, saturated_units = 0, still_units = 0, dead_units = 0;
  double values = 0, saturated = 0, zeros = 0;
};

template <class Wanted>
Totals totals(const Inspection& look, const Wanted& wanted) {
  Totals t;
  for_each_activation(look, [&](const LayerInspection&, const ActivationInspection& a) {
    if (!wanted(a)) return;
    const double n = double(a.output.size);
    t.units += a.units;
    t.saturated_units += a.saturated_units;
    t.still_units += a.still_units;
    t.dead_units += a.dead_units;
    t.values += n;
    t.saturated += a.saturated * n;
    t.zeros += a.zeros * n;
  });
  return t;
}

// "Sigmoid", "Sigmoid and Tanh": the activations that are `wanted`.
template <class Wanted>
std::string kinds(const Inspection& look, const Wanted& wanted) {
  std::set<std::string> all;
  for_each_activation(look, [&](const LayerInspection& layer, const ActivationInspection& a) {
    if (wanted(a)) all.insert(kind(layer));
  });
  std::string words;
  for (const std::string& name : all) words += (words.empty() ? "" : " and ") + name;
  return words;
}

std::string activation_words(const Inspection& look) {
  auto limited = [](const ActivationInspection& a) { return a.has_limits; };
  auto with_zero = [](const ActivationInspection& a) { return a.has_zero; };
  std::string words;
  if (const Totals t = totals(look, limited); t.units)
    words += kinds(look, limited) + ": " + percent(t.saturated / t.values, 1) +
             " of the outputs are saturated; " + of(t.saturated_units, t.units) +
             " units are saturated at every image, " + of(t.still_units, t.units) +
             " are still (nearly the same output at every image). ";
  if (const Totals t = totals(look, with_zero); t.units)
    words += kinds(look, with_zero) + ": " + percent(t.zeros / t.values, 1) + " of the outputs are 0; " +
             of(t.dead_units, t.units) + " units are dead (0 at every image). ";
  std::string deviations;
  int layers = 0;
  for_each_activation(look, [&](const LayerInspection&, const ActivationInspection& a) {
    deviations += (layers++ ? "; " : "") + number(a.unit_deviation);
  });
  if (layers == 0) return "";
  return words + "From image to image the input of the median unit varies by σ = " + deviations +
         (layers > 1 ? ", layer by layer." : ".");
}

std::string statistics_words(const Inspection& look) {
  const LayerInspection* farthest = nullptr;
  for (const LayerInspection& layer : look.layers) {
    if (layer.statistics && !std::isnan(layer.statistics->mean_largest) &&
        (!farthest || layer.statistics->mean_largest > farthest->statistics->mean_largest))
      farthest = &layer;
  }
  if (!farthest) return "";
  const std::string words = "Running means are within " + number(farthest->statistics->mean_largest, 2) +
                            " σ of the batch's (layer " + farthest->name + " is farthest)";
  if (farthest->output.rank() > 1) return words + ".";  // a channel's positions are not independent
  return words + "; the mean of " + count(double(look.batch_size)) +
         " independent values is itself off by about " + number(1 / std::sqrt(double(look.batch_size)), 2) +
         " σ.";
}

std::string update_words(const Inspection& look) {
  double least = HUGE_VAL, greatest = -1;
  for_each_weight(look, [&](const LayerInspection&, const ParameterInspection& p) {
    if (std::isnan(p.update)) return;
    least = std::min(least, p.update);
    greatest = std::max(greatest, p.update);
  });
  if (greatest < 0) return "";
  return "A step of plain SGD at η = " + number(look.rate) + " moves the weights by " + ratio_words(least) +
         (greatest > least ? " to " + ratio_words(greatest) : "") + " of their length.";
}

}  // namespace

std::string of(Index part, Index all) { return count(double(part)) + " of " + count(double(all)); }

std::string kind(const LayerInspection& layer) { return layer.describe.substr(0, layer.describe.find('(')); }

std::string ratio_words(double ratio) {
  if (std::isnan(ratio)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", ratio);
  return text;
}

std::string batch_words(const Inspection& look) {
  std::string words =
      "Loss of the batch " + number(look.loss) + ", length of its gradient " + number(look.gradient) + ".";
  if (!look.sharpness) return words;
  words += " Sharpness λ₁ " + number(*look.sharpness);
  if (*look.sharpness > 0)
    words += ": near here gradient descent is stable at rates below 2/λ₁ = " + number(2 / *look.sharpness) +
             "; the run's is " + number(look.rate);
  return words + ".";
}

std::vector<std::string> findings(const Inspection& look) {
  std::vector<std::string> all;
  for (const std::string& words : {activation_words(look), statistics_words(look), update_words(look)})
    if (!words.empty()) all.push_back(words);
  return all;
}

std::vector<std::string> meanings(const Inspection& look, const InspectedRun& at) {
  auto any = [&](auto wanted) { return std::any_of(look.layers.begin(), look.layers.end(), wanted); };
  std::vector<std::string> all = {
      "Activations: over " + count(double(look.samples)) + ' ' + at.images +
      " images, drawn by the run's seed, in inference mode. A unit is an element, after a convolution a "
      "channel; its σ is taken over the images, and positions."};
  if (any([](const LayerInspection& l) { return l.activation && l.activation->has_limits; }))
    all.push_back(
        "Saturated: an output of a sigmoid below 0.01 or above 0.99, of a tanh beyond ±0.98: within 1% of "
        "the range of a limit; always: at every image. Still: a unit whose output has a σ below 1% of the "
        "range.");
  if (any([](const LayerInspection& l) { return l.activation && l.activation->has_zero; }))
    all.push_back("Dead: a ReLU whose output is 0 for every image, and at every position.");
  all.push_back("Gradients" +
                std::string(any([](const LayerInspection& l) { return l.statistics.has_value(); })
                                ? " and the statistics that running ones are held against"
                                : "") +
                ": of one batch of " + count(double(look.batch_size)) +
                " training images, the first that the run took, in training mode; of the loss alone, without "
                "weight decay and penalties.");
  all.push_back("Update: ‖ηg‖/‖w‖ of one step of plain SGD at η = " + number(look.rate) +
                ", the run's base rate" + at.rate + "; as a rule of thumb 1e-3 does well.");
  all.push_back(
      "Histograms: from the least to the greatest value, at most 4 σ from the mean; outputs of sigmoid and "
      "tanh over their range.");
  return all;
}

}}  // namespace norma
