// A run: one RunConfig in, one RunResult out. The training loop stands in experiment.cpp, in one function.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/run/checkpoint.h"
#include "data/dataset.h"
#include "data/loader.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

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

}}  // namespace norma
