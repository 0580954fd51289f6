#include "apps/run/experiment.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "apps/run/options.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/suggest.h"
#include "data/formats/safetensors.h"
#include "data/formats/strict_json.h"
#include "layers/channel_norm.h"
#include "layers/network/model.h"
#include "layers/spectral_norm.h"
#include "layers/weight_norm.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

InitOptions init_options(const RunConfig& c) {
  const InitRow& row = find_named(initializations(), c.init, "--init");
  return {row.kind, row.distribution, c.init_scale};
}

std::unique_ptr<Optimizer> make_optimizer(const RunConfig& c, std::vector<Parameter> parameters) {
  const OptimizerSettings settings{c.lr, c.momentum, c.dampening, c.nesterov, c.weight_decay, c.decay_all};
  return find_named(optimizers(), c.optimizer, "--optimizer").make(settings, std::move(parameters));
}

Schedule make_schedule(const RunConfig& c) {
  return {&find_named(schedules(), c.schedule, "--schedule"), c.steps, std::max<Index>(1, c.decay_every),
          c.decay_factor, c.warmup};
}

Loader::Options loader_options(const RunConfig& c) {
  const LastBatch last = uses_batch_statistics(c) ? LastBatch::drop_single : LastBatch::keep;
  return {c.batch_size, c.shuffle, last, batch_format(c)};
}

// The layers; Error in the words of the options that asked for them.
Sequential build_layers(const RunConfig& c, const Dataset& data, const BuildOptions& options) {
  try {
    return build(network(c, data.classes), options);
  } catch (const Error& e) {
    const std::string what = e.what();
    if (!c.layers.empty() || what.rfind("layers:", 0) != 0) fail("--", what);
    fail("--model ", c.model, c.norm == "none" ? "" : " --norm " + c.norm, what.substr(6));
  }
}

// Error unless the model makes a number for each class, and can be trained on a batch of that size.
void check_output(Sequential& model, const Dataset& data, const Shape& sample, Index batch_size) {
  NoGrad guard;
  const Index N = std::min<Index>(batch_size, 2);
  Shape batch = {N};
  for (int i = 0; i < sample.rank(); ++i) batch.append(sample[i]);
  model.eval(Statistics::batch);
  const Tensor y = model(Tensor::zeros(batch));
  model.train();
  check(y.rank() == 2 && y.dim(1) == data.classes, "--layers: the last layer gives ", y.shape(),
        " for a batch of ", N, ", (", N, ", ", data.classes, ") wanted: a number for each class");
}

// Data-dependent initialisation, where there is weight normalization.
void initialize(Sequential& model, const Dataset& data, const RunConfig& c) {
  constexpr std::size_t samples = 500;
  std::vector<std::uint32_t> order = drawn_order(data.size(), c.seed);
  order.resize(std::min(samples, order.size()));
  Batch batch;
  fill(data, order, batch_format(c), batch);
  initialize_from_data(model, batch.x);
}

std::uint32_t checksum_of(const DataPair& data) { return checksum(data.test, checksum(data.train)); }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Index evaluation_batch(const BatchFormat& format) { return format.flat ? 1000 : 100; }

RunConfig resolve(RunConfig c, const DataPair& data) {
  reset_unused(c);
  validate(c);
  if (!c.init_from.empty()) c.init_from = std::filesystem::absolute(c.init_from).string();
  if (c.train_size == 0) c.train_size = data.train.size();
  check(c.train_size <= data.train.size(), "--train-size: ", c.train_size, " given, ", data.train.name,
        " has ", data.train.size(), " training samples");
  check(c.batch_size <= c.train_size, "--batch-size: ", c.batch_size, " given, more than the ", c.train_size,
        " training samples");
  const Index per_epoch = batches_in(c.train_size, c.batch_size, loader_options(c).last);
  constexpr Index most = 1'000'000'000'000;  // as for --steps
  check(c.steps > 0 || c.epochs <= most / per_epoch, "--epochs: ", c.epochs, " of ", per_epoch,
        " batches given, ", most, " steps are the most");
  if (c.steps == 0) c.steps = c.epochs * per_epoch;
  if (c.eval_every == 0) c.eval_every = per_epoch;
  if (c.activation == "default" && missing_requirement(c, "activation").empty())
    c.activation = c.model == "mlp" ? "sigmoid" : "relu";
  if (c.renorm_warmup == 0 && missing_requirement(c, "renorm-warmup").empty())
    c.renorm_warmup = (c.steps + 19) / 20;
  check(c.precise == 0 || (c.precise >= c.batch_size && c.precise <= c.train_size), "--precise: ", c.precise,
        " given, ", c.batch_size, " (one batch) to ", c.train_size, " (all training samples) wanted");
  c.precise -= c.precise % c.batch_size;
  if (c.decay_every == 0 && missing_requirement(c, "decay-every").empty()) c.decay_every = (c.steps + 2) / 3;
  for (const Option& o : run_options())  // now, not when the results are written
    check(is_utf8(o.get(c)), "--", o.name, ": ", o.get(c), " given, which is not UTF-8");
  return c;
}

std::uint64_t order_seed(const RunConfig& c) {
  return Rng(c.seed, /*stream=*/1).bits();  // the weights take stream 0
}

BatchFormat batch_format(const RunConfig& c) { return {c.binarize, takes_flat_input(network(c))}; }

Shape input_shape(const RunConfig& c, const Dataset& data) {
  return takes_flat_input(network(c, data.classes)) ? Shape{data.sample.size()} : data.sample;
}

Sequential build_model(const RunConfig& c, const Dataset& data) {
  manual_seed(c.seed);
  BuildOptions options;
  options.sample = input_shape(c, data);
  if (uses_batch_statistics(c)) options.batch_size = c.batch_size;
  options.eps = c.norm_eps;
  options.momentum = c.norm_momentum > 0 ? std::optional(c.norm_momentum) : std::nullopt;
  options.statistics_gradient = c.norm_gradient;
  options.renorm.r_max = c.renorm_r_max;
  options.renorm.d_max = c.renorm_d_max;
  options.renorm.warmup = c.renorm_warmup;
  options.renorm.d_until =
      5 * c.renorm_warmup;  // the proportions of the paper: 5,000, 25,000 and 40,000 steps
  options.renorm.r_until = 8 * c.renorm_warmup;
  options.init = init_options(c);
  Sequential model = build_layers(c, data, options);
  check_output(model, data, options.sample, c.batch_size);
  if (!c.init_from.empty()) {
    std::error_code error;
    check(!std::filesystem::is_other(c.init_from, error), "--init-from ", c.init_from,
          ": not a regular file");
    try {
      const StateDict state = read_safetensors(c.init_from);
      check_finite("the network in it", state);
      model.load(state);
    } catch (const Error& e) {
      fail("--init-from ", c.init_from, ": ", e.what());
    }
  }
  if (c.data_init && missing_requirement(c, "data-init").empty()) initialize(model, data, c);
  model.for_each([&](Module& m) {
    auto* norm = dynamic_cast<ChannelNorm*>(&m);
    if (!norm) return;
    if (frozen(c).affine) norm->freeze_affine();
    if (frozen(c).statistics && norm->running_mean.defined()) norm->freeze_statistics();
  });
  return model;
}

void precise_statistics(Module& model, const Dataset& data, const RunConfig& c, Index samples) {
  NoGrad guard;
  Recalibration gather(model);
  model.eval(Statistics::batch);
  Batch batch;
  const BatchFormat format = batch_format(c);
  const std::vector<std::uint32_t> order = drawn_order(data.size(), c.seed);
  for (Index first = 0; first + c.batch_size <= samples; first += c.batch_size) {
    fill(data, std::span(order.data() + first, static_cast<std::size_t>(c.batch_size)), format, batch);
    model(batch.x);
  }
  model.train();
}

Score evaluate(Module& model, const Dataset& data, const BatchFormat& format, Index batch_size,
               Statistics statistics, std::optional<std::uint64_t> seed,
               const std::function<void(const Tensor& logits)>& answer) {
  NoGrad guard;
  model.eval(statistics);
  const bool together = statistics == Statistics::batch && batch_size > 1;
  const std::vector<std::uint32_t> order =
      seed ? drawn_order(data.size(), *seed) : std::vector<std::uint32_t>();
  Batch batch;
  double loss = 0;
  Index correct = 0, seen = 0;
  while (seen < data.size()) {
    const Index left = data.size() - seen;
    if (together && left == 1) break;  // all there is
    const Index n = together && left == batch_size + 1 ? left : std::min(batch_size, left);
    if (seed)
      fill(data, std::span(order.data() + seen, static_cast<std::size_t>(n)), format, batch);
    else
      fill(data, seen, n, format, batch);
    Tensor logits = model(batch.x);
    if (answer) answer(logits);
    loss += softmax_cross_entropy(logits, batch.labels).item() * static_cast<double>(n);
    correct += count_correct(logits, batch.labels);
    seen += n;
  }
  model.train();
  const double n = static_cast<double>(seen);
  return {loss / n, static_cast<double>(correct) / n};
}

// Loss and accuracy of the trained model on both sets, by running and by batch statistics; with --precise the running
// ones are computed anew first.
static void final_scores(Sequential& model, const Dataset& train, const Dataset& test, RunResult& r) {
  const RunConfig& c = r.config;
  const BatchFormat format = batch_format(c);
  const Index large = evaluation_batch(format);
  r.test_running = r.evaluations.back().test;
  if (c.precise > 0) {
    r.test_moving = r.test_running;
    precise_statistics(model, train, c, c.precise);
    r.test_running = evaluate(model, test, format, 1, Statistics::running);
  }
  r.train_running = evaluate(model, train, format, large, Statistics::running);
  const bool same = !uses_batch_statistics(c);
  auto by_batch = [&](const Dataset& data) {
    return evaluate(model, data, format, c.batch_size, Statistics::batch, c.seed);
  };
  r.test_batch = same ? r.test_running : by_batch(test);
  r.train_batch = same ? r.train_running : by_batch(train);
}

int available_threads(Index n) {
  const int came = obtainable_threads(static_cast<int>(n));
  static std::atomic<bool> said = false;
  if (came < n && !said.exchange(true))
    std::cerr << "warning: " << n << " threads asked for, " << came << (came == 1 ? " is" : " are")
              << " given (by OMP_THREAD_LIMIT, or by a limit on processes or memory); goes on with " << came
              << std::endl;
  return came;
}

FinishedRun run(const RunConfig& wanted, const DataPair& data, const Watch& watch, const Checkpoint* from) {
  using clock = std::chrono::steady_clock;
  RunResult result;
  const RunConfig& c = result.config = resolve(wanted, data);
  const Dataset subset = c.train_size < data.train.size() ? data.train.first(c.train_size) : Dataset();
  const Dataset& train = subset.size() ? subset : data.train;
  set_threads(available_threads(c.threads));

  RunConfig fresh = c;
  if (from) {  // its weights come from the checkpoint
    fresh.init_from = "";
    fresh.data_init = false;
  }
  Sequential model = build_model(fresh, train);
  auto optimizer = make_optimizer(c, model.parameters());
  std::optional<SpectralPenalty> penalty;
  if (c.spectral_penalty > 0) penalty.emplace(model.parameters(), c.spectral_penalty);
  const Schedule schedule = make_schedule(c);
  Loader loader(train, loader_options(c), order_seed(c));
  const BatchFormat format = batch_format(c);

  result.data = data.train.name + ", " + data.train.source;
  result.steps_per_epoch = loader.batches();
  result.dropped = loader.dropped();
  for (const Parameter& p : model.parameters()) result.parameters += p.tensor.size();
  result.evaluations.reserve(static_cast<std::size_t>(std::min<Index>(c.steps / c.eval_every + 1, 10'000)));

  double limit = HUGE_VAL;  // the loss that counts as diverged
  double loss_sum = 0;      // since the last evaluation
  double value = NAN;       // of the newest batch
  Index loss_count = 0, shown_step = 0;
  Index first = 1;
  if (from) {
    check(from->result.steps_per_epoch == loader.batches(), "checkpoint: of a run with ",
          from->result.steps_per_epoch, " batches in an epoch; these data give ", loader.batches());
    check(from->data == checksum_of(data), "checkpoint: of a run on other data than these, ",
          data.train.source);
    try {
      restore(from->state, model, *optimizer, penalty ? &*penalty : nullptr);
    } catch (const Error& e) {
      fail("checkpoint: does not fit its own configuration: ", e.what());
    }
    loader.seek(from->position);
    const RunConfig own = result.config;
    result = from->result;
    result.config = own;
    limit = from->limit;
    loss_sum = from->loss_sum;
    loss_count = from->loss_count;
    shown_step = result.steps;
    first = result.steps + 1;
  }
  result.about = data.train.without_samples();
  Score test = result.evaluations.empty() ? Score() : result.evaluations.back().test;
  const double seconds_before = result.train_seconds, evaluation_before = result.eval_seconds;
  auto start = clock::now(), shown = start;
  auto seconds = [&] {
    return seconds_before + seconds_since(start) - (result.eval_seconds - evaluation_before);
  };
  std::optional<std::uint32_t> data_checksum;
  auto keep = [&] {
    if (!watch.checkpoint) return;
    if (!data_checksum) data_checksum = checksum_of(data);
    result.train_seconds = seconds();
    watch.checkpoint({training_state(model, *optimizer, penalty ? &*penalty : nullptr), result,
                      loader.position(), loss_sum, loss_count, limit, *data_checksum});
  };
  for (Index t = first; t <= c.steps; ++t) {
    const Batch& batch = loader.next();
    optimizer->lr = rate_at(schedule, c.lr, t - 1);
    if (watch.observe) watch.observe({t - 1, model, batch, optimizer->lr});
    optimizer->zero_grad();
    const Tensor loss = softmax_cross_entropy(model(batch.x), batch.labels, c.label_smoothing);
    const Tensor objective = penalty ? add(loss, (*penalty)()) : loss;
    objective.backward();
    if (c.clip_norm > 0) optimizer->clip_grad_norm(c.clip_norm);
    optimizer->step();

    value = loss.item();
    if (t == 1) limit = 1000 * std::max<double>(value, std::log(train.classes));
    loss_sum += value;
    ++loss_count;
    result.steps = t;
    if (c.log_every && t % c.log_every == 0) result.losses.push_back({t, value});
    if (!(value < limit)) {  // NaN too
      result.diverged_at = t;
      break;
    }
    if (t % c.eval_every == 0 || t == c.steps) {
      const auto pause = clock::now();
      const bool final = t == c.steps && watch.final_scores;
      test = evaluate(model, data.test, format, final ? 1 : evaluation_batch(format), Statistics::running);
      const double epoch = static_cast<double>(t) / static_cast<double>(loader.batches());
      result.evaluations.push_back(
          {t, epoch, optimizer->lr, loss_sum / static_cast<double>(loss_count), test});
      loss_sum = 0;
      loss_count = 0;
      result.eval_seconds += seconds_since(pause);
      shown += clock::now() - pause;  // the progress line's speed is that of training
    }
    if (watch.observe && t == c.steps) watch.observe({t, model, batch, optimizer->lr});
    if (watch.progress) {
      const double elapsed = seconds_since(shown);
      if (elapsed > 0.1 || t == c.steps) {
        watch.progress(
            {t, c.steps, value, test, static_cast<double>(t - shown_step) / std::max(elapsed, 1e-9)});
        shown = clock::now();
        shown_step = t;
      }
    }
    result.stopped = t < c.steps && watch.stop && watch.stop();
    if (result.stopped || (watch.checkpoint_every && t % watch.checkpoint_every == 0 && t < c.steps)) keep();
    if (result.stopped) {
      result.train_seconds = seconds();
      return {std::move(model), std::move(result)};
    }
  }
  result.train_seconds = seconds();

  if (!result.diverged_at && !std::isfinite(test.loss))
    result.diverged_at = result.steps;  // by the last update
  if (!result.diverged_at) {
    if (!watch.final_scores && c.precise == 0) {
      result.test_running = test;
      return {std::move(model), std::move(result)};
    }
    if (watch.progress) watch.progress({c.steps, c.steps, value, test, 0, /*evaluating=*/true});
    start = clock::now();
    final_scores(model, train, data.test, result);
    result.eval_seconds += seconds_since(start);
  }
  return {std::move(model), std::move(result)};
}

}}  // namespace norma
