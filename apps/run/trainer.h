// The training loop: one RunPlan in, one RunResult out, by Trainer::step(), step for step.
#pragma once

#include <functional>
#include <memory>

#include "apps/run/checkpoint.h"
#include "apps/run/clock.h"
#include "apps/run/parts.h"
#include "apps/run/plan.h"

namespace norma { inline namespace NORMA_BUILD {

class SpectralPenalty;

/// How far a run has come; the newest of each figure.
struct Progress {
  Index step, steps;  // at the end of an early stop, as many as were taken
  double loss;
  Score score;  // on the validation set, or without one on the test set
  double steps_per_second;
  double epoch = 0;         // passes over the training set, with fractions
  bool evaluating = false;  // trained; the final scores are being measured
};

/// The model before a step, with the batch that it will take; and after the last one, with the batch that it
/// took.
struct StepEvent {
  Index step;  // optimizer steps taken
  Sequential& model;
  const Batch& batch;
  double lr;  // the rate of this step
};

/// Callbacks during a run. All may be empty.
struct RunHooks {
  /// Called about ten times a second.
  std::function<void(const Progress&)> progress = {};
  /// Called at every StepEvent. It may use the model and its gradients, and leaves values, running statistics
  /// and mode as they were.
  std::function<void(const StepEvent&)> observe = {};
  /// Called between the backward pass and the step of each batch. It may change the gradients.
  std::function<void(const StepEvent&)> gradients = {};
  /// Called when the run begins, or goes on, and after each evaluation.
  std::function<void(const RunResult& so_far)> record = {};
  /// Called every checkpoint_every steps, and when `stop` ends the run.
  std::function<void(const Checkpoint&)> checkpoint = {};
  Index checkpoint_every = 0;  // 0: only then
  /// Called after the last step, before its evaluation, unless the run ended early: from this checkpoint the
  /// run goes on as one of more steps does.
  std::function<void(const Checkpoint&)> last_checkpoint = {};
  /// Asked after each step except the last: true ends the run there, with RunResult::stopped.
  std::function<bool()> stop = {};
  /// Those that train this run together, and call the same hooks for `stop`; null: this one alone.
  Processes* processes = nullptr;
  /// Whether the final scores are needed; without them only test_running is measured, by the last evaluation.
  bool final_scores = true;
};

/// A finished run with its model, which belongs to the calling thread.
struct FinishedRun {
  Sequential model;  // with the last weights
  RunResult result;
  StateDict best = {};  // with --validation: the model's state at RunResult::best(); else empty
};

/// A run, one step at a time:
///   for (; trainer.running(); trainer.evaluate_if_due()) trainer.step();
/// A loss that is not finite, or a thousand times the first (or ln K, if that is more), ends the run as
/// diverged: a result, not an error. So does a loss at the last evaluation that is not finite. With
/// --validation nothing looks at the test set before the final scores.
class Trainer {
 public:
  /// Builds the model, or with a checkpoint continues from there: the same bytes as if the run had never
  /// stopped, given the same configuration and data, which must outlive the trainer. Sets the calling
  /// thread's number of threads. Error if the checkpoint does not fit them.
  Trainer(const RunPlan& plan, const DataPair& data, const RunHooks& hooks = {},
          const Checkpoint* from = nullptr);

  ~Trainer();

  /// Whether there are steps left to take: false after the last one, after --early-stop evaluations without a
  /// better one, and if the run diverged or was stopped.
  bool running() const { return !at_end() && !result_.diverged_at && !result_.stopped; }
  void step();
  /// Of the newest batch, before its step.
  double loss() const { return loss_; }
  /// That batch; null before the first step.
  const Batch* batch() const { return batch_; }
  /// The rate of the newest step.
  double rate() const { return optimizer_->lr; }
  Sequential& model() { return model_; }
  const RunResult& so_far() const { return result_; }
  /// After a step: evaluates every eval_every steps and at the end, and calls the hooks.
  void evaluate_if_due();
  /// Measures the final scores, unless the run diverged or was stopped. The last call.
  FinishedRun finish();

 private:
  void resume(const Checkpoint& from);
  void begin_step(const Batch& batch);
  double backward(const Batch& batch);
  void end_step(double loss);
  void evaluate_now();
  void report_progress();
  void stop_or_checkpoint();
  void write(const std::function<void(const Checkpoint&)>& checkpoint);
  void measure_final_scores();
  void swap_best();
  void keep_best();
  bool has_validation() const { return plan_.config.validation > 0; }
  bool took_all() const { return result_.steps == plan_.config.steps; }
  bool is_due() const { return result_.steps % plan_.config.eval_every == 0 || at_end(); }
  bool at_end() const { return took_all() || stops_early_; }
  Score newest_score() const {
    return result_.evaluations.empty() ? Score() : result_.evaluations.back().score;
  }
  double train_seconds() const { return seconds_before_ + seconds_since(start_) - result_.eval_seconds; }

  const RunPlan plan_;
  const RunHooks hooks_;
  const DataPair& data_;
  const RunSamples own_;
  const Dataset &train_, &judging_;  // judging_: the validation set, or without one the test set
  Sequential model_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<SpectralPenalty> penalty_;  // or none
  std::unique_ptr<Parts> parts_;              // or none: a batch goes through the model as a whole
  Loader loader_;
  StateDict best_;  // FinishedRun::best so far
  bool stops_early_ = false;
  Checkpoint so_far_;  // except `state` and `position`, which are taken when it is written
  RunResult& result_ = so_far_.result;
  const Batch* batch_ = nullptr;  // the newest,
  double loss_ = NAN;             // and its loss
  double seconds_before_ = 0;     // of training and evaluation, before the checkpoint
  Clock::time_point start_, shown_;
  Index shown_step_ = 0;  // at the last Progress
};

/// From the first step, or the checkpoint, to the final scores.
FinishedRun run(const RunPlan& plan, const DataPair& data, const RunHooks& hooks = {},
                const Checkpoint* from = nullptr);
/// The same for an unresolved configuration.
FinishedRun run(const RunConfig& config, const DataPair& data, const RunHooks& hooks = {},
                const Checkpoint* from = nullptr);

}}  // namespace norma
