#include "apps/run/trainer.h"

#include <algorithm>
#include <cmath>

#include "apps/run/evaluate.h"
#include "apps/run/threads.h"
#include "apps/run/training_state.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "layers/spectral_norm.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::unique_ptr<Optimizer> make_optimizer(const RunPlan& plan, std::vector<Parameter> parameters) {
  const RunConfig& c = plan.config;
  return plan.optimizer->make({c.lr, c.momentum, c.dampening, c.nesterov, c.weight_decay, c.decay_all},
                              std::move(parameters));
}

std::uint32_t checksum_of(const DataPair& data) { return checksum(data.test, checksum(data.train)); }

Sequential first_model(const RunPlan& plan, const Dataset& train, const Checkpoint* from) {
  set_threads(available_threads(plan.config.threads));
  return from ? build_network(plan) : build_model(plan, train);
}

}  // namespace

Trainer::Trainer(const RunPlan& plan, const DataPair& data, const RunHooks& hooks, const Checkpoint* from)
    : plan_(plan),
      hooks_(hooks),
      data_(data),
      own_(samples_of(plan.config, data.train)),
      train_(own_.train.size() ? own_.train : data.train),
      judging_(own_.validation.size() ? own_.validation : data.test),
      model_(first_model(plan, train_, from)),
      optimizer_(make_optimizer(plan, model_.parameters())),
      loader_(train_, plan.loader, plan.order_seed) {
  const RunConfig& c = plan_.config;
  if (c.spectral_penalty > 0)
    penalty_ = std::make_unique<SpectralPenalty>(model_.parameters(), c.spectral_penalty);
  if (plan_.parts > 1) parts_ = std::make_unique<Parts>(plan_, model_, hooks_.processes);
  result_.data = data.train.name + ", " + data.train.source;
  result_.steps_per_epoch = loader_.batches();
  result_.dropped = loader_.dropped();
  for (const Parameter& p : model_.parameters()) result_.parameters += p.tensor.size();
  if (from) resume(*from);
  result_.config = c;
  result_.about = plan_.about;
  result_.evaluations.reserve(std::min<Index>(c.steps / c.eval_every + 1, 10'000));
  seconds_before_ = result_.train_seconds + result_.eval_seconds;
  shown_step_ = result_.steps;
  if (hooks_.record) hooks_.record(result_);
  start_ = shown_ = Clock::now();
  // From a last checkpoint, whose step may have no evaluation yet.
  if (from && is_due() && (result_.evaluations.empty() || result_.evaluations.back().step < result_.steps)) {
    optimizer_->lr = rate_at(plan_.schedule, c.lr, result_.steps - 1);
    evaluate_now();
  }
}

Trainer::~Trainer() = default;

void Trainer::resume(const Checkpoint& from) {
  check(from.result.steps_per_epoch == loader_.batches(), "checkpoint: from a run with ",
        from.result.steps_per_epoch, " batches in an epoch; these data give ", loader_.batches());
  check(from.data == checksum_of(data_), "checkpoint: from a run on other data than these, ",
        data_.train.source);
  try {
    best_ = restore(from.state, model_, *optimizer_, penalty_.get());
  } catch (const Error& e) {
    fail("checkpoint: does not fit its own configuration: ", e.what());
  }
  const bool has_best = has_validation() && from.result.best();
  check(best_.empty() != has_best, "checkpoint: expected ", has_best ? "" : "no ",
        "weights of the best validation, got ", has_best ? "none" : "some");
  loader_.seek(from.position);
  so_far_ = from;
  so_far_.state.clear();
  result_.stopped = false;
}

void Trainer::step() {
  const Batch& batch = loader_.next();
  begin_step(batch);
  optimizer_->zero_grad();
  const double loss = backward(batch);
  if (hooks_.gradients) hooks_.gradients({result_.steps, model_, batch, optimizer_->lr});
  if (plan_.config.clip_norm > 0) optimizer_->clip_grad_norm(plan_.config.clip_norm);
  optimizer_->step();
  end_step(loss);
}

void Trainer::begin_step(const Batch& batch) {
  batch_ = &batch;
  optimizer_->lr = rate_at(plan_.schedule, plan_.config.lr, result_.steps);
  if (hooks_.observe) hooks_.observe({result_.steps, model_, batch, optimizer_->lr});
}

double Trainer::backward(const Batch& batch) {
  if (parts_) {
    const double loss = parts_->backward(batch, hooks_.stop && hooks_.stop());
    if (penalty_) (*penalty_)().backward();
    return loss;
  }
  const Tensor loss = softmax_cross_entropy(model_(batch.x), batch.labels, plan_.config.label_smoothing);
  (penalty_ ? add(loss, (*penalty_)()) : loss).backward();
  return loss.item();
}

void Trainer::end_step(double loss) {
  const Index log_every = plan_.config.log_every, t = ++result_.steps;
  loss_ = loss;
  if (t == 1) so_far_.limit = 1000 * std::max<double>(loss, std::log(train_.classes));
  so_far_.loss_sum += loss;
  ++so_far_.loss_count;
  if (log_every && t % log_every == 0) result_.losses.push_back({t, loss});
  if (!(loss < so_far_.limit)) result_.diverged_at = t;  // NaN too
}

void Trainer::evaluate_if_due() {
  if (result_.diverged_at) return;
  if (took_all() && hooks_.last_checkpoint) write(hooks_.last_checkpoint);
  if (is_due()) evaluate_now();
  if (hooks_.observe && at_end()) hooks_.observe({result_.steps, model_, *batch_, optimizer_->lr});
  if (hooks_.progress) report_progress();
  if (!at_end()) stop_or_checkpoint();
}

void Trainer::evaluate_now() {
  const auto pause = Clock::now();
  const BatchFormat& format = plan_.loader.format;
  const bool is_final = at_end() && hooks_.final_scores && !has_validation();
  const Index batch_size = is_final ? 1 : evaluation_batch(format);
  const Score score = evaluate(model_, judging_, format, batch_size, Statistics::running);
  const double epoch = double(result_.steps) / double(loader_.batches());
  const double train_loss = so_far_.loss_sum / double(so_far_.loss_count);
  result_.evaluations.push_back({result_.steps, epoch, optimizer_->lr, train_loss, score});
  if (has_validation()) keep_best();
  so_far_.loss_sum = 0;
  so_far_.loss_count = 0;
  if (hooks_.record) hooks_.record(result_);
  result_.eval_seconds += seconds_since(pause);
  shown_ += Clock::now() - pause;  // the progress line's speed is that of training
}

void Trainer::report_progress() {
  const double elapsed = seconds_since(shown_);
  if (elapsed <= 0.1 && !at_end()) return;
  const double steps = double(result_.steps - shown_step_);
  hooks_.progress({result_.steps, at_end() ? result_.steps : plan_.config.steps, loss_, newest_score(),
                   steps / std::max(elapsed, 1e-9), double(result_.steps) / double(loader_.batches())});
  shown_ = Clock::now();
  shown_step_ = result_.steps;
}

void Trainer::stop_or_checkpoint() {
  result_.stopped = parts_ ? parts_->stops() : hooks_.stop && hooks_.stop();
  const bool due = hooks_.checkpoint_every && result_.steps % hooks_.checkpoint_every == 0;
  if (hooks_.checkpoint && (due || result_.stopped)) write(hooks_.checkpoint);
}

void Trainer::write(const std::function<void(const Checkpoint&)>& checkpoint) {
  if (!so_far_.data) so_far_.data = checksum_of(data_);
  result_.train_seconds = train_seconds();
  so_far_.position = loader_.position();
  so_far_.state = training_state(model_, *optimizer_, penalty_.get(), best_);
  checkpoint(so_far_);
  so_far_.state.clear();
}

FinishedRun Trainer::finish() {
  result_.train_seconds = train_seconds();
  if (!result_.stopped && !result_.diverged_at) {
    if (std::isfinite(newest_score().loss))
      measure_final_scores();
    else
      result_.diverged_at = result_.steps;  // by the last update
  }
  return {std::move(model_), std::move(result_), std::move(best_)};
}

// After an evaluation.
void Trainer::keep_best() {
  const Evaluation *best = result_.best(), *newest = &result_.evaluations.back();
  if (best == newest) best_ = clone(model_.state_dict());
  stops_early_ = plan_.config.early_stop > 0 && best && newest - best >= plan_.config.early_stop;
}

void Trainer::swap_best() {
  StateDict now = clone(model_.state_dict());
  model_.load(best_);
  best_ = std::move(now);
}

// Loss and accuracy on both sets, by running and by batch statistics, of the weights that are judged; with
// --precise the running ones are recomputed first, those of the best weights too.
void Trainer::measure_final_scores() {
  const RunConfig& c = plan_.config;
  const BatchFormat& format = plan_.loader.format;
  RunResult& r = result_;
  if (!has_validation()) r.test_running = newest_score();
  if (!hooks_.final_scores && c.precise == 0 && !has_validation()) return;
  if (hooks_.progress) hooks_.progress({r.steps, r.steps, loss_, newest_score(), 0, 0, /*evaluating=*/true});
  const auto start = Clock::now();
  const auto recompute = [&] {
    if (c.precise > 0) precise_statistics(model_, train_, format, c.batch_size, c.seed, c.precise);
  };
  const bool has_best = !best_.empty(), by_best = r.judged_by_best();
  if (has_best != by_best) swap_best();  // to the weights that are not judged, if there are any
  if (has_best) recompute();
  if (has_best) swap_best();
  if (has_validation()) r.test_running = evaluate(model_, data_.test, format, 1, Statistics::running);
  if (c.precise > 0) {
    r.test_moving = r.test_running;
    recompute();
    r.test_running = evaluate(model_, data_.test, format, 1, Statistics::running);
  }
  r.train_running = evaluate(model_, train_, format, evaluation_batch(format), Statistics::running);
  r.test_batch = r.test_running;
  r.train_batch = r.train_running;
  if (plan_.batch_statistics) {
    r.test_batch = evaluate(model_, data_.test, format, c.batch_size, Statistics::batch, c.seed);
    r.train_batch = evaluate(model_, train_, format, c.batch_size, Statistics::batch, c.seed);
  }
  if (by_best) swap_best();  // the last weights are the model's
  r.eval_seconds += seconds_since(start);
}

FinishedRun run(const RunPlan& plan, const DataPair& data, const RunHooks& hooks, const Checkpoint* from) {
  Trainer trainer(plan, data, hooks, from);
  for (; trainer.running(); trainer.evaluate_if_due()) trainer.step();
  return trainer.finish();
}

FinishedRun run(const RunConfig& config, const DataPair& data, const RunHooks& hooks,
                const Checkpoint* from) {
  return run(resolve(config, data), data, hooks, from);
}

}}  // namespace norma
