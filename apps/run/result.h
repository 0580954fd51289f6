// The result of a run: its curves, its final scores and how it ended.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "apps/run/config.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Mean loss (nats per sample) and share of samples that are classified correctly, 0 to 1. NaN: not measured.
struct Score {
  double loss = NAN, accuracy = NAN;
};

/// One look at the model during training.
struct Evaluation {
  Index step;    // optimizer steps taken
  double epoch;  // passes over the training set, with fractions
  double lr;     // rate of the last step
  // Mean over the batches since the last evaluation, in training mode (batch statistics, dropout, label
  // smoothing): not to be compared with score.loss.
  double train_loss;
  Score score;  // in inference mode, on the validation set, or without one on the test set
};

struct StepLoss {
  Index step;
  double loss;
};

/// What judges a run while it goes on: "validation" if there is such a set, else "test".
inline const char* judging_set(const RunConfig& config) {
  return config.validation > 0 ? "validation" : "test";
}

struct RunResult {
  RunConfig config;  // with every default resolved
  std::string data;  // "MNIST, 60,000 + 10,000 images from …"
  Dataset about;     // the same in its parts: name, image size and classes, without samples
  Index steps_per_epoch = 0;
  Index parameters = 0;
  Index dropped = 0;  // samples left out of each epoch: a last batch of one
  std::vector<Evaluation> evaluations;
  std::vector<StepLoss> losses;  // every log_every steps
  Index steps = 0;               // taken
  std::optional<Index> diverged_at;
  bool stopped = false;  // by RunHooks::stop, before its last step

  // At the end, with the weights that are judged: with the running statistics, as in inference, and with each
  // batch's own, as in training. Without batch normalization they are the same.
  Score train_running, train_batch, test_running, test_batch;
  Score test_moving;  // with --precise: by the moving averages, before precise statistics took their place

  double train_seconds = 0, eval_seconds = 0;

  /// The evaluation with the greatest accuracy, of equals that with the least loss, of those the first; null
  /// if no loss was finite.
  const Evaluation* best() const {
    const Evaluation* best = nullptr;
    for (const Evaluation& e : evaluations) {
      const bool better = !best || e.score.accuracy > best->score.accuracy ||
                          (e.score.accuracy == best->score.accuracy && e.score.loss < best->score.loss);
      if (better && std::isfinite(e.score.loss)) best = &e;
    }
    return best;
  }

  /// Whether the final scores are those of the best weights, not of the last.
  bool judged_by_best() const { return config.early_stop > 0; }

  /// The evaluation of the weights that the final scores are of; null if there is none.
  const Evaluation* judged() const {
    return judged_by_best() ? best() : evaluations.empty() ? nullptr : &evaluations.back();
  }

  /// First evaluated step whose accuracy is at least `accuracy`; infinite if there is none.
  double steps_to(double accuracy) const {
    for (const Evaluation& e : evaluations)
      if (e.score.accuracy >= accuracy) return double(e.step);
    return HUGE_VAL;
  }
};

}}  // namespace norma
