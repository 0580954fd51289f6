// An Inspection as a page: tables over all layers first, then each layer with its histograms.
#include <algorithm>
#include <cmath>

#include "apps/inspect/show.h"
#include "apps/report/figure.h"
#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

bool any(const Inspection& look, bool ActivationInspection::*what) {
  return std::any_of(look.layers.begin(), look.layers.end(), [&](const LayerInspection& layer) {
    return layer.activation && (*layer.activation).*what;
  });
}

Table activations(const Inspection& look) {
  std::vector<std::string> header = {"layer", "", "a unit's input, σ"};
  const bool limits = any(look, &ActivationInspection::has_limits),
             zero = any(look, &ActivationInspection::has_zero);
  if (limits) header.insert(header.end(), {"saturated", "always", "still"});
  if (zero) header.insert(header.end(), {"zero", "dead"});
  header.insert(header.end(), {"output, mean", "units"});
  Table table(header);
  table.align(0, Align::left);
  for_each_activation(look, [&](const LayerInspection& layer, const ActivationInspection& a) {
    std::vector<std::string> row = {layer.name, kind(layer), number(a.unit_deviation)};
    auto add = [&](bool known, const std::string& words) { row.push_back(known ? words : ""); };
    if (limits) {
      add(a.has_limits, percent(a.saturated, 1));
      add(a.has_limits, of(a.saturated_units, a.units));
      add(a.has_limits, of(a.still_units, a.units));
    }
    if (zero) {
      add(a.has_zero, percent(a.zeros, 1));
      add(a.has_zero, of(a.dead_units, a.units));
    }
    row.insert(row.end(), {number(a.output.mean()), count(double(a.units))});
    table.row(row);
  });
  for (std::size_t column = 2; column < table.columns(); ++column) table.align(column, Align::right);
  return table;
}

Table weights(const Inspection& look) {
  Table table({"no.", "weight", "update ‖ηg‖/‖w‖", "‖w‖", "‖g‖", "shape"});
  for_each_weight(look, [&](const LayerInspection& layer, const ParameterInspection& p) {
    table.row({count(double(table.rows() + 1)), layer.name + "." + p.name, ratio_words(p.update),
               number(p.values.length()), number(p.gradient.length()), text_of(p.shape)});
  });
  return table.align(1, Align::left).align(2, Align::right).align(5, Align::left);
}

Table statistics(const Inspection& look) {
  Table table({"layer", "", "mean off by, median", "largest", "variance ×, median", "least", "greatest"});
  table.align(0, Align::left);
  for (const LayerInspection& layer : look.layers) {
    if (!layer.statistics) continue;
    const StatisticsInspection& s = *layer.statistics;
    table.row({layer.name, kind(layer), number(s.mean_median, 2) + " σ", number(s.mean_largest, 2) + " σ",
               number(s.ratio_median), number(s.ratio_least), number(s.ratio_greatest)});
  }
  return table.align(2, Align::right).align(3, Align::right);
}

// A logarithmic axis from `low` to `high`, wider by decades if values are beyond; room at both ends of x.
Figure by_place(const std::string& x_label, const std::string& y_label, double low, double high,
                const std::vector<double>& values) {
  Figure f{.x_label = x_label, .y_label = y_label, .log_y = true, .y_min = low, .y_max = high};
  Series s;
  for (const double v : values) {
    s.x.push_back(double(s.x.size()) + 1);
    s.y.push_back(v > 0 ? v : NAN);
    while (v > 0 && v < f.y_min) f.y_min /= 10;
    while (v > f.y_max) f.y_max *= 10;
  }
  f.x_min = 0;
  f.x_max = double(values.size()) + 1;
  f.series = {s};
  return f;
}

// The usual update in the middle, and two decades at least on either side.
Figure updates(const Inspection& look) {
  std::vector<double> values;
  for_each_weight(look,
                  [&](const LayerInspection&, const ParameterInspection& p) { values.push_back(p.update); });
  Figure f = by_place("weight, numbered as in the table", "‖ηg‖/‖w‖", usual_update / 100, usual_update * 100,
                      values);
  f.series[0].draw = Series::Draw::points;
  f.series.push_back({.x = {0, f.x_max}, .y = {usual_update, usual_update}, .colour = 1, .dashed = true});
  return f;
}

Figure unit_deviations(const Inspection& look) {
  std::vector<double> values;
  for_each_activation(look, [&](const LayerInspection&, const ActivationInspection& a) {
    values.push_back(a.unit_deviation);
  });
  Figure f = by_place("activation, from the input on", "σ of the median unit's input", 0.001, 10, values);
  f.series[0].colour = 0;
  f.series.push_back(f.series[0]);
  f.series[1].draw = Series::Draw::points;
  return f;
}

// The histograms of one kind, one per layer, small and on the same axes.
struct Kind {
  std::string heading;
  std::vector<Figure> figures = {};
  std::vector<std::string> names = {}, captions = {};

  void add(const Summary& d, const LayerInspection& layer, const std::string& what, int colour) {
    const Histogram& h = d.histogram;
    Figure f{.title = "layer " + layer.name, .y_min = 0, .percent_y = true, .width = 169, .plot_height = 90};
    Series bars{.colour = colour, .draw = Series::Draw::steps};
    const double n = double(h.bins.size()), all = double(h.inside() + h.outside);
    const double room =
        h.high > h.low ? 0 : std::max(std::abs(h.low), 1.0) / 2;  // for numbers that are all equal
    const double low = h.low - room, high = h.high + room;
    for (std::size_t i = 0; i <= h.bins.size(); ++i) {
      bars.x.push_back(low + (high - low) * double(i) / n);
      bars.y.push_back(i < h.bins.size() ? double(h.bins[i]) / all : 0);
    }
    f.series = {bars};
    figures.push_back(f);
    names.push_back("layer-" + layer.name + "-" + what);
    captions.push_back(layer.name + ": " + layer.describe + ", mean " + number(d.mean()) + ", deviation " +
                       number(d.deviation()) + ", " + number(d.least) + " to " + number(d.greatest) + ".");
  }

  void show(Page& page, const fs::path& folder) {
    if (figures.empty()) return;
    std::vector<Figure*> all;
    for (Figure& f : figures) all.push_back(&f);
    share_axes(all);
    std::vector<PageFigure> row;
    for (std::size_t i = 0; i < figures.size(); ++i)
      row.push_back({drawn(figures[i], folder, "figures/" + names[i]), captions[i]});
    page.section(heading).figures(row);
  }
};

// Layer by layer, what is alike side by side.
void add_layers(Page& page, const Inspection& look, const fs::path& folder) {
  enum { values = 0, gradients = 1, learned = 2 };  // colours
  Kind weights{"Weights"}, slopes{"Gradients of the weights"}, biases{"Biases"}, scales{"Scales γ"},
      shifts{"Shifts β"}, inputs{"Inputs of the activations"}, outputs{"Outputs of the activations"};
  for (const LayerInspection& layer : look.layers) {
    for (const ParameterInspection& p : layer.parameters) {
      const bool bias = p.name == "bias";
      (layer.weighted ? bias ? biases : weights
       : bias         ? shifts
                      : scales)
          .add(p.values, layer, p.name, learned);
      if (layer.weighted && !bias) slopes.add(p.gradient, layer, p.name + "-gradient", gradients);
    }
    if (!layer.activation) continue;
    inputs.add(layer.activation->input, layer, "input", values);
    outputs.add(layer.activation->output, layer, "output", values);
  }
  for (Kind* kind : {&inputs, &outputs, &weights, &slopes, &biases, &scales, &shifts})
    kind->show(page, folder);
}

}  // namespace

Page look_page(const Inspection& look, const InspectedRun& at, const fs::path& folder) {
  Page page("Inside " + at.run);
  for (const std::string& sentence : findings(look)) page.lead(sentence);
  page.text(at.network + "; " + at.optimizer + ". " + batch_words(look));
  page.details("What the words mean", meanings(look, at));
  if (!have_gnuplot())
    page.text("There are no figures: gnuplot was not found. All numbers are in `figures/*.csv`.");
  const Table active = activations(look);
  if (active.rows()) page.section("Activations").table(active);
  page.section("Weights and their updates").table(weights(look));
  std::vector<PageFigure> figures = {
      {drawn(updates(look), folder, "figures/updates"), "One step of plain SGD at η = " + number(look.rate) +
                                                            " over the size of the weights" + at.rate +
                                                            "; dashed 1e-3, a rule of thumb."}};
  if (active.rows())
    figures.push_back({drawn(unit_deviations(look), folder, "figures/unit-deviations"),
                       "How much the input of an activation's median unit varies from image to image."});
  page.figures(figures);
  if (const Table table = statistics(look); table.rows())
    page.section("Running against batch statistics")
        .table(table,
               "Channel by channel: running mean against batch mean, in the batch's σ; running variance over "
               "the batch's.");
  add_layers(page, look, folder);
  return page;
}

}}  // namespace norma
