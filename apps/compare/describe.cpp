#include "apps/compare/describe.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "apps/report/numbers.h"
#include "apps/run/options.h"
#include "apps/run/plan.h"
#include "core/suggest.h"
#include "data/loader.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {

std::string network_words(const RunConfig& c, const Dataset& data) {
  if (!c.layers.empty()) return to_text(network(c, data.classes));
  if (!find_named(presets(), c.model, "--model").by_sizes)
    return c.model + ": " + to_text(network(c, data.classes));
  std::string words = std::to_string(data.sample.size()) + '-';
  for (Index n : c.hidden) words += std::to_string(n) + '-';
  words += std::to_string(data.classes);
  if (c.hidden.empty()) return words;
  words += ", " + activation_of(c);
  if (c.standardize) words += ", standardized inputs";
  if (normalizes(c)) {
    const std::string printed = find_norm(c.norm).printed;
    words += ", " + (printed.empty() ? c.norm + " normalization" : printed);
    if (missing_requirement(c, "norm-position").empty()) words += ' ' + c.norm_position + " it";
  }
  if (c.norm_noise != norm_noises().front().name) words += ", noise by " + c.norm_noise;
  if (c.dropout > 0) words += ", dropout " + number(c.dropout);
  return words;
}

std::string optimizer_words(const RunConfig& c) {
  std::string words =
      find_named(optimizers(), c.optimizer, "--optimizer").printed + std::string(", lr ") + number(c.lr);
  if (c.schedule != schedules().front().name) words += ", " + c.schedule + " schedule";
  if (c.momentum > 0) words += ", momentum " + number(c.momentum);
  if (c.weight_decay > 0) words += ", weight decay " + number(c.weight_decay);
  if (c.spectral_penalty > 0) words += ", spectral penalty " + number(c.spectral_penalty);
  return words + ", batches of " + count(double(c.batch_size));
}

std::string sample_words(const RunConfig& c, const Dataset& train) {
  std::string words;
  const bool averages = uses_batch_statistics(c);
  const Index samples = training_samples(c, train), least = least_batch(c);
  const Index left = samples - batches_in(samples, c.batch_size, least) * c.batch_size;
  if (c.validation > 0)
    words = count(double(c.train_size - samples)) + " of the " + count(double(c.train_size)) +
            " training samples are held out for validation. ";
  if (left > 0 && c.accumulate > 1)
    words += "Each epoch leaves out " + count(double(left)) +
             " samples, a last batch that is too small for " + count(double(c.accumulate)) + " parts. ";
  else if (left > 0)
    words +=
        "Each epoch leaves out one sample, which would be a last batch of its own: it has no statistics to "
        "normalize with. ";
  if (averages && !c.shuffle)
    words +=
        "Batches are in the order of the file (--shuffle off), and the running statistics are those of the last "
        "of them. ";
  const auto classes = [&](Index n) {
    return std::set(train.labels.begin(), train.labels.begin() + n).size();
  };
  if (const auto some = classes(c.train_size), all = classes(train.size()); some < all)
    words += "The first " + count(double(c.train_size)) + " samples (--train-size) hold " +
             std::to_string(some) + " of the " + std::to_string(all) + " classes. ";
  if (!words.empty()) words.pop_back();
  return words;
}

std::string ending_words(const RunResult& r, const DataPair& data) {
  // Of an accuracy p over n samples.
  const auto two_errors = [](double p, Index n) { return 2 * std::sqrt(p * (1 - p) / double(n)); };
  const bool validates = r.config.validation > 0;
  std::string words;
  const Evaluation* best = r.best();
  const Index judging =
      validates ? r.config.train_size - training_samples(r.config, data.train) : data.test.size();
  if (best && !r.judged_by_best()) {
    const double top = best->score.accuracy, end = r.evaluations.back().score.accuracy;
    if (end < top - std::max(0.01, two_errors(top, judging)))
      words = "The end, " + percent(end) + ", is far below the best, which was " + percent(top) +
              " at step " + count(double(best->step)) +
              (validates ? "; --weights best takes it, and --early-stop N stops there. "
                         : "; --validation 0.1 --early-stop N keeps it. ");
  }
  std::vector<Index> images(static_cast<std::size_t>(data.test.classes));
  for (std::uint8_t label : data.test.labels) ++images.at(label);
  const double chance = double(*std::max_element(images.begin(), images.end())) / double(data.test.size());
  if (r.test_running.accuracy <= chance + two_errors(chance, data.test.size()))
    words += "The test accuracy, " + percent(r.test_running.accuracy) +
             ", is at chance: the largest class alone makes " + percent(chance) + ". ";
  if (!words.empty()) words.pop_back();
  return words;
}

}}  // namespace norma
