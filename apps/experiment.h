// A run: one RunConfig in, one RunResult out. The training loop stands in experiment.cpp, in one function.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/config.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "layers/module.h"

namespace norma::inline NORMA_BUILD {

/// Mean loss (nats a sample) and share of samples that are classified correctly, 0 to 1. NaN: not measured.
struct Score {
  double loss = NAN, accuracy = NAN;
};

/// One look at the model during training.
struct Evaluation {
  Index step;    // optimizer steps taken
  double epoch;  // passes over the training set, with fractions
  double lr;     // rate of the last step
  // Mean over the batches since the last evaluation, in training mode (batch statistics, dropout, label smoothing):
  // not to be compared with test.loss.
  double train_loss;
  Score test;  // in inference mode
};

struct StepLoss {
  Index step;
  double loss;
};

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
  bool stopped = false;  // by Watch::stop, before its last step

  // At the end: with the running statistics, as in inference, and with each batch's own, as in training.
  // Without batch normalization they are the same.
  Score train_running, train_batch, test_running, test_batch;
  Score test_moving;  // with --precise: by the moving averages, before precise statistics took their place

  double train_seconds = 0, eval_seconds = 0;

  /// First evaluated step whose test accuracy is at least `accuracy`; none if there is none.
  std::optional<Index> steps_to(double accuracy) const;
};

/// Everything that a run needs to go on after `result.steps` steps as if it had never stopped.
struct Checkpoint {
  // Under "model." its state_dict, under "optimizer." and "penalty." theirs, under "random." the generators that layers
  // draw from. Handles: encode or clone them before the next step.
  StateDict state;
  RunResult result;  // so far
  Loader::Position position;
  double loss_sum = 0;  // of the batches since the last evaluation
  Index loss_count = 0;
  double limit = HUGE_VAL;  // the loss that counts as diverged
  std::uint32_t data = 0;   // checksum of the training and the test set
};

/// How far a run has come; the newest of each figure.
struct Progress {
  Index step, steps;
  double loss;
  Score test;
  double steps_per_second;
  bool evaluating = false;  // trained; the final scores are being measured
};

/// The model before a step, with the batch that it will take; and after the last one, with the batch that it took.
struct Moment {
  Index step;  // optimizer steps taken
  Sequential& model;
  const Batch& batch;
  double lr;  // the rate of this step
};

/// Who looks on while a run goes on. All may be empty.
struct Watch {
  /// Called about ten times a second.
  std::function<void(const Progress&)> progress = {};
  /// Called at every Moment. It may use the model and its gradients, and leaves values, running statistics and mode
  /// as they were.
  std::function<void(const Moment&)> observe = {};
  /// Called every checkpoint_every steps, and when `stop` ends the run.
  std::function<void(const Checkpoint&)> checkpoint = {};
  Index checkpoint_every = 0;  // 0: only then
  /// Asked after each step but the last: true ends the run there, with RunResult::stopped.
  std::function<bool()> stop = {};
  /// Whether the final scores are wanted; without them only test_running is measured, by the last evaluation.
  bool final_scores = true;
};

/// A finished run with its model, which belongs to the calling thread.
struct FinishedRun {
  Sequential model;
  RunResult result;
};

/// Fills in what `config` leaves to the data: steps from epochs, how often to evaluate and to drop the rate.
/// Error if the configuration does not fit the data.
RunConfig resolve(RunConfig config, const DataPair& data);

/// The Loader's seed for the run's order of samples.
std::uint64_t order_seed(const RunConfig& config);

/// How the model takes samples: binarized or not, flat or not.
BatchFormat batch_format(const RunConfig& config);

/// The shape of one sample as the model takes it: (D) if the network begins with a linear, else the data's (C, H, W).
Shape input_shape(const RunConfig& config, const Dataset& data);

/// The model of a configuration for samples of this data, with the weights its seed gives, or those of
/// --init-from.
Sequential build_model(const RunConfig& config, const Dataset& data);

/// As many of n threads as the system gives; if those are fewer, a line on stderr says so, once in a process.
int available_threads(Index n);

/// Trains and evaluates. A loss that is not finite, or a thousand times the first
/// (or ln K, if that is more), ends the run as diverged: a result, not an error. So does a test loss at the end that is
/// not finite.
/// With a checkpoint it goes on from there: the same bytes as if it had never stopped, given the same configuration and
/// data. Error if the checkpoint does not fit them.
FinishedRun run(const RunConfig& config, const DataPair& data, const Watch& watch = {},
                const Checkpoint* from = nullptr);

/// Samples in a batch of an evaluation while a run goes on: flat ones 1000, images, which fill the cache sooner, 100. The
/// final scores on the test set take each sample by itself, as norma eval and norma predict do: a sample's logits differ
/// by rounding in another company, and where two classes are near that is another answer.
Index evaluation_batch(const BatchFormat& format);

/// Loss and accuracy over all of `data` in inference mode, `batch_size` samples at a time; with Statistics::batch each
/// batch is normalized by itself, and a single sample that is left at the end joins the batch before it (NaN where there
/// is none). Batches are drawn by `seed`, so that each stands for the whole set; without it they are in the order of
/// `data`. `answer` gets the logits of each batch. The model is in training mode afterwards.
Score evaluate(Module& model, const Dataset& data, const BatchFormat& format, Index batch_size,
               Statistics statistics, std::optional<std::uint64_t> seed = {},
               const std::function<void(const Tensor& logits)>& answer = {});

/// Running statistics anew, as the plain mean over `samples` of the training set, drawn by the run's seed, in batches as
/// in training (Wu & Johnson 2021, arXiv 2105.07576, §3). The model is in training mode afterwards.
void precise_statistics(Module& model, const Dataset& data, const RunConfig& config, Index samples);

}  // namespace norma::inline NORMA_BUILD
