// What a run is, resolved once: RunConfig is text as the user gave it, RunPlan what that text means for the
// data at hand. Whatever trains, evaluates or exports asks the plan and never parses the text again.
#pragma once

#include "apps/run/options.h"
#include "data/loader.h"
#include "layers/init.h"
#include "layers/module.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {

struct RunPlan {
  RunConfig config;  // every default resolved: enough to run again
  Dataset about;     // what it learns from, without samples
  Sentence network;  // --layers or the ready-made model, with --norm and its noise put in
  bool batch_statistics =
      false;        // it normalizes with the batch's statistics in training, with averages at inference
  Frozen frozen{};  // what --norm-freeze keeps
  Shape input;      // of one sample as the network takes it: (D) or (C, H, W)
  Loader::Options loader;        // how to make batches, with their format
  std::uint64_t order_seed = 0;  // of the Loader
  Index parts = 1;               // of each batch, and how many of them share its statistics
  Index group = 1;
  const OptimizerRow* optimizer = nullptr;
  Schedule schedule;
  InitOptions init;
  bool data_init = false;  // from samples, after that: there is weight normalization
};

/// Fills in what `config` leaves to the data (steps from epochs, how often to evaluate and to drop the rate),
/// drops what has no effect, and reads the rest. Error if the configuration does not fit the data.
RunPlan resolve(RunConfig config, const DataPair& data);

/// Fills in what follows from other options, for `samples` to train on and `judging` to judge by: steps from
/// epochs and what is counted in steps, and the model's usual activation.
void fill_in(RunConfig& config, Index samples, Index judging);

/// The plan of a configuration that was resolved before, as RUN/config.json is; the samples of `data` are not
/// used.
RunPlan plan_of(const RunConfig& config, const Dataset& data);

/// What a run takes of the training set: the first --train-size samples, without those that --validation
/// holds out of them by the run's seed. `train` is empty if it takes them all as they are.
struct RunSamples {
  Dataset train, validation;
};
RunSamples samples_of(const RunConfig& resolved, const Dataset& train);

/// How many samples it is trained on.
Index training_samples(const RunConfig& resolved, const Dataset& train);

/// The network of a plan with weights that its seed draws, for whoever loads others. Error if it does not
/// make one number per class.
Sequential build_network(const RunPlan& plan);

/// The model of a plan with the weights that a run starts from: drawn, those of --init-from, or set from
/// samples of `train` if there is weight normalization; standardize takes its statistics from all of `train`.
Sequential build_model(const RunPlan& plan, const Dataset& train);

}}  // namespace norma
