#include "apps/experiment.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "apps/options.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "data/safetensors.h"
#include "layers/mlp.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace norma::inline NORMA_BUILD {
namespace {

constexpr Index evaluation_batch = 1000;
constexpr std::uint64_t order_stream = 1;  // of the seed's random numbers; the weights take stream 0

InitOptions init_options(const RunConfig& c) {
  InitOptions options;
  options.scale = c.init_scale;
  auto begins = [&](const char* word) { return c.init.rfind(word, 0) == 0; };
  options.kind = c.init == "default"  ? Init::pytorch
                 : begins("kaiming_") ? Init::kaiming
                 : begins("xavier_")  ? Init::xavier
                 : begins("lecun_")   ? Init::lecun
                                      : Init::given;
  options.distribution =
      c.init.find("normal") != std::string::npos ? Distribution::normal : Distribution::uniform;
  return options;
}

std::unique_ptr<Optimizer> make_optimizer(const RunConfig& c, std::vector<Parameter> parameters) {
  if (c.optimizer == "adam") {
    AdamOptions o;
    o.lr = c.lr;
    o.weight_decay = c.weight_decay;
    o.decay_all = c.decay_all;
    return std::make_unique<Adam>(std::move(parameters), o);
  }
  return std::make_unique<Sgd>(std::move(parameters), SgdOptions{c.lr, c.momentum, c.dampening, c.nesterov,
                                                                 c.weight_decay, c.decay_all});
}

Schedule make_schedule(const RunConfig& c) {
  const Decay decay = c.schedule == "step"     ? Decay::step
                      : c.schedule == "cosine" ? Decay::cosine
                                               : Decay::constant;
  return {decay, c.steps, std::max<Index>(1, c.decay_every), c.decay_factor, c.warmup};
}

Loader::Options loader_options(const RunConfig& c) {
  const LastBatch last = c.norm == "batch" ? LastBatch::drop_single : LastBatch::keep;
  return {c.batch_size, c.shuffle, last, {c.binarize, /*flat=*/true}};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::optional<Index> RunResult::steps_to(double accuracy) const {
  for (const Evaluation& e : evaluations) {
    if (e.test.accuracy >= accuracy) return e.step;
  }
  return std::nullopt;
}

RunConfig resolve(RunConfig c, const DataPair& data) {
  drop_unused(c);
  validate(c);
  if (!c.init_from.empty()) c.init_from = std::filesystem::absolute(c.init_from).string();
  if (c.train_size == 0) c.train_size = data.train.size();
  check(c.train_size <= data.train.size(), "--train-size: ", c.train_size, " given, ", data.train.name,
        " has ", data.train.size(), " training samples");
  check(c.batch_size <= c.train_size, "--batch-size: ", c.batch_size, " given, more than the ", c.train_size,
        " training samples");
  Index per_epoch = (c.train_size + c.batch_size - 1) / c.batch_size;
  if (c.norm == "batch" && c.train_size % c.batch_size == 1) --per_epoch;
  if (c.steps == 0) c.steps = c.epochs * per_epoch;
  if (c.eval_every == 0) c.eval_every = per_epoch;
  if (c.schedule == "step" && c.decay_every == 0) c.decay_every = (c.steps + 2) / 3;
  return c;
}

Sequential build_model(const RunConfig& c, const Dataset& data) {
  manual_seed(c.seed);
  MlpOptions options;
  options.inputs = data.sample.size();
  options.classes = data.classes;
  options.hidden = c.hidden;
  options.activation = c.activation;
  options.batch_norm = c.norm == "batch";
  options.norm_position = c.norm_position == "after" ? NormPosition::after : NormPosition::before;
  options.norm.eps = c.norm_eps;
  options.norm.momentum = c.norm_momentum > 0 ? std::optional(c.norm_momentum) : std::nullopt;
  options.dropout = c.dropout;
  options.init = init_options(c);
  Sequential model = mlp(options);
  if (!c.init_from.empty()) {
    std::error_code error;
    check(!std::filesystem::is_other(c.init_from, error), "--init-from ", c.init_from,
          ": not a regular file");
    try {
      model.load(read_safetensors(c.init_from));
    } catch (const Error& e) {
      fail("--init-from ", c.init_from, ": ", e.what());
    }
  }
  return model;
}

Score evaluate(Module& model, const Dataset& data, const BatchFormat& format, Index batch_size,
               Statistics statistics) {
  NoGrad guard;
  model.eval(statistics);
  Batch batch;
  double loss = 0;
  Index correct = 0, seen = 0;
  while (seen < data.size()) {
    const Index n = std::min(batch_size, data.size() - seen);
    if (n == 1 && statistics == Statistics::batch) break;
    fill(data, seen, n, format, batch);
    Tensor logits = model(batch.x);
    loss += softmax_cross_entropy(logits, batch.labels).item() * static_cast<double>(n);
    correct += count_correct(logits, batch.labels);
    seen += n;
  }
  model.train();
  const double n = static_cast<double>(seen);
  return {loss / n, static_cast<double>(correct) / n};
}

FinishedRun run(const RunConfig& wanted, const DataPair& data,
                const std::function<void(const Progress&)>& progress) {
  using clock = std::chrono::steady_clock;
  RunResult result;
  const RunConfig& c = result.config = resolve(wanted, data);
  const Dataset subset = c.train_size < data.train.size() ? data.train.first(c.train_size) : Dataset();
  const Dataset& train = subset.size() ? subset : data.train;
  set_threads(static_cast<int>(c.threads));

  Sequential model = build_model(c, train);
  auto optimizer = make_optimizer(c, model.parameters());
  const Schedule schedule = make_schedule(c);
  Loader loader(train, loader_options(c), Rng(c.seed, order_stream).bits());
  const BatchFormat format = loader_options(c).format;

  result.data = data.train.name + ", " + data.train.source;
  result.steps_per_epoch = loader.batches();
  result.dropped = loader.dropped();
  for (const Parameter& p : model.parameters()) result.parameters += p.tensor.size();
  result.evaluations.reserve(static_cast<std::size_t>(std::min<Index>(c.steps / c.eval_every + 1, 10'000)));

  double limit = HUGE_VAL;  // the loss that counts as diverged
  double loss_sum = 0;      // since the last evaluation
  Index loss_count = 0, shown_step = 0;
  Score test;
  auto start = clock::now(), shown = start;
  for (Index t = 1; t <= c.steps; ++t) {
    const Batch& batch = loader.next();
    optimizer->lr = rate_at(schedule, c.lr, t - 1);
    optimizer->zero_grad();
    Tensor loss = softmax_cross_entropy(model(batch.x), batch.labels, c.label_smoothing);
    loss.backward();
    if (c.clip_norm > 0) optimizer->clip_grad_norm(c.clip_norm);
    optimizer->step();

    const double value = loss.item();
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
      test = evaluate(model, data.test, format, evaluation_batch, Statistics::running);
      const double epoch = static_cast<double>(t) / static_cast<double>(loader.batches());
      result.evaluations.push_back(
          {t, epoch, optimizer->lr, loss_sum / static_cast<double>(loss_count), test});
      loss_sum = 0;
      loss_count = 0;
      result.eval_seconds += seconds_since(pause);
      shown += clock::now() - pause;  // the progress line's speed is that of training
    }
    if (progress) {
      const double elapsed = seconds_since(shown);
      if (elapsed > 0.1 || t == c.steps) {
        progress({t, c.steps, value, test, static_cast<double>(t - shown_step) / std::max(elapsed, 1e-9)});
        shown = clock::now();
        shown_step = t;
      }
    }
  }
  result.train_seconds = seconds_since(start) - result.eval_seconds;

  if (!result.diverged_at && !std::isfinite(test.loss))
    result.diverged_at = result.steps;  // by the last update
  if (!result.diverged_at) {
    start = clock::now();
    result.test_running = result.evaluations.back().test;
    result.train_running = evaluate(model, train, format, evaluation_batch, Statistics::running);
    const bool same = c.norm == "none";
    result.test_batch =
        same ? result.test_running : evaluate(model, data.test, format, c.batch_size, Statistics::batch);
    result.train_batch =
        same ? result.train_running : evaluate(model, train, format, c.batch_size, Statistics::batch);
    result.eval_seconds += seconds_since(start);
  }
  return {std::move(model), std::move(result)};
}

}  // namespace norma::inline NORMA_BUILD
