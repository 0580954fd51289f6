// An Inspection as text for a terminal, as a page, as JSON.
#pragma once

#include <filesystem>
#include <string>

#include "apps/inspect/measure.h"
#include "apps/report/html.h"

namespace norma { inline namespace NORMA_BUILD {

/// What is known of the run beside its Inspection.
struct InspectedRun {
  std::string run;        // "runs/001-train"
  std::string network;    // "784-100-100-100-10, sigmoid"
  std::string optimizer;  // "SGD, lr 0.1, batches of 60"
  std::string images;     // "test": whose images the activations saw
  std::string data;       // "MNIST"
  std::string rate = {};  // what the rate of the updates leaves out of the run's own: "; momentum …", or ""
};

/// The order of magnitude at which ‖ηg‖/‖w‖ is said to do well: an update a thousandth of the weights.
constexpr double usual_update = 1e-3;

/// A histogram as a row of blocks ▁ to █, each bin of the tallest's height; a bin that holds anything is at
/// least ▁, an empty one a blank.
std::string blocks(const Histogram& histogram);

/// A ratio on a log scale from 10⁻⁶ to 1, a mark in a line of dots with a bar where 10⁻³ is:
/// "····●····│·········". Past the ends at the ends; NaN has no mark.
std::string gauge(double ratio);

/// "Linear(784, 100)" → "Linear"
std::string kind(const LayerInspection& layer);
/// "3 of 100"
std::string of(Index part, Index all);
/// "1.6e-04"; NaN is "–"
std::string ratio_words(double ratio);

/// Calls f(layer, parameter) for each weight: every parameter but biases, γ and β.
template <class F>
void for_each_weight(const Inspection& look, const F& f) {
  for (const LayerInspection& layer : look.layers) {
    for (const ParameterInspection& p : layer.parameters) {
      if (layer.weighted && p.name != "bias") f(layer, p);
    }
  }
}

/// Calls f(layer, activation) for each layer that is an activation.
template <class F>
void for_each_activation(const Inspection& look, const F& f) {
  for (const LayerInspection& layer : look.layers)
    if (layer.activation) f(layer, *layer.activation);
}

/// A few sentences: what a reader should see first.
std::vector<std::string> findings(const Inspection& look);
/// Loss, gradient and, if it was measured, sharpness of the batch, in sentences.
std::string batch_words(const Inspection& look);

/// What each word of the measures means, exactly.
std::vector<std::string> meanings(const Inspection& look, const InspectedRun& at);

/// At most 80 columns wide. `colour`: with escape sequences that colour it.
std::string terminal_text(const Inspection& look, const InspectedRun& at, bool colour);

/// The page; its figures are drawn into `folder`/figures.
Page look_page(const Inspection& look, const InspectedRun& at, const std::filesystem::path& folder);

/// Everything that was measured, with the histograms' counts.
std::string look_json(const Inspection& look, const InspectedRun& at);

}}  // namespace norma
