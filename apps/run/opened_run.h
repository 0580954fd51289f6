// A run that was opened: the trained network from the folder that it left (apps/run/run_folder.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/run/plan.h"
#include "data/formats/safetensors.h"

namespace norma { inline namespace NORMA_BUILD {

/// What model.safetensors carries beside the weights, so that the network can be used without its data and
/// its configuration: layers/network/load_run.h.
Metadata model_metadata(const RunPlan& plan);

struct OpenedRun {
  std::filesystem::path path;
  RunPlan plan;
  Sequential model;      // in inference mode
  std::string weights;   // "last" or "best"
  Index stopped_at = 0;  // of a run without an end, the steps of its checkpoint; 0: it has one
};

/// What --weights takes, besides "" (not given): the weights that the run was judged by.
inline const std::vector<std::string> weights_choices = {"last", "best"};

/// Opens RUN/config.json and RUN/model.safetensors, or the best weights' file, for `command`; of a run that
/// was stopped its checkpoint. A model without our metadata needs the data that its configuration names. Sets
/// the calling thread's number of threads to the run's. Error, naming the file, if something is missing or
/// does not fit, or if a weight is not finite.
OpenedRun open_run(const std::filesystem::path& path, const std::string& command,
                   const std::string& weights = {});

/// "; its best weights" of a run that has such besides its last; else "".
std::string weights_words(const OpenedRun& run);

/// Whether the run diverged, by its summary.json (a folded network has none): its last weights can be finite
/// all the same.
bool diverged(const std::filesystem::path& run);

/// Gives `data` the classes of what a network learned from, `about`: each label becomes that of the same name
/// there. Error, after `what`, that names a class of `data` that the network never saw.
void match_classes(const Dataset& about, Dataset& data, const std::string& what);

/// The probability of each class for sample i of `data`, which must have the size the network takes. Each
/// sample goes by itself, so that its answer does not depend on the others. Error if they are not finite: the
/// network diverged.
std::vector<double> probabilities(OpenedRun& run, const Dataset& data, Index i);

}}  // namespace norma
