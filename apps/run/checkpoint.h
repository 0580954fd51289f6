// Checkpoints of a run: what they hold, and as a file: one safetensors file, RUN/checkpoint.safetensors, that
// holds all a run needs to continue, with its configuration. It is written whole or not at all.
#pragma once

#include <filesystem>

#include "apps/run/result.h"
#include "core/state.h"
#include "data/loader.h"

namespace norma { inline namespace NORMA_BUILD {

/// Everything that a run needs to continue after `result.steps` steps as if it had never stopped.
struct Checkpoint {
  // Under "model." its state_dict, under "optimizer." and "penalty." theirs, under "random." the generators
  // that layers draw from, under "best." the model's state at the best validation. Handles: encode or clone
  // them before the next step.
  StateDict state;
  RunResult result;  // so far
  Loader::Position position;
  double loss_sum = 0;  // of the batches since the last evaluation
  Index loss_count = 0;
  double limit = HUGE_VAL;  // the loss that counts as diverged
  std::uint32_t data = 0;   // checksum of the training and the test set
};

/// Its bytes.
std::string encode_checkpoint(const Checkpoint& checkpoint);

/// The checkpoint in such bytes; result.config is the run's configuration. The file is not trusted: Error,
/// one line beginning with `where`, on anything that is not a checkpoint.
Checkpoint decode_checkpoint(std::string_view bytes, const std::string& where);

/// RUN/checkpoint.safetensors, written and read.
std::filesystem::path checkpoint_file(const std::filesystem::path& run);
void write_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint);
bool has_checkpoint(const std::filesystem::path& run);
/// Removes it, if it is there.
void remove_checkpoint(const std::filesystem::path& run);
/// Error that says so if there is none, and whether the run is finished.
Checkpoint read_checkpoint(const std::filesystem::path& run);

}}  // namespace norma
