#include "apps/run/plan.h"

#include <algorithm>
#include <filesystem>

#include "core/ops.h"
#include "core/suggest.h"
#include "core/text.h"
#include "data/formats/safetensors.h"
#include "data/hold_out.h"
#include "layers/channel_norm.h"
#include "layers/network/build.h"
#include "layers/standardize.h"
#include "layers/weight_norm.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::vector<bool> held_out_by(const RunConfig& c, const Dataset& train) {
  return held_out(std::span(train.labels).first(static_cast<std::size_t>(c.train_size)), c.validation,
                  c.seed);
}

// Steps between evaluations: for about a hundred of them, but of no more samples in all than are trained on,
// and at least one per epoch. What --early-stop counts is epochs.
Index usual_eval_every(const RunConfig& c, Index per_epoch, Index judging) {
  if (c.early_stop > 0) return per_epoch;
  const double affordable = double(c.steps) * double(c.batch_size) / double(std::max<Index>(judging, 1));
  const auto evaluations = static_cast<Index>(std::clamp(affordable, 1.0, 100.0));
  return std::clamp<Index>(c.steps / evaluations, 1, per_epoch);
}

// The layers; Error in the words of the options that asked for them.
Sequential build_layers(const RunPlan& plan) {
  const RunConfig& c = plan.config;
  BuildOptions options;
  options.sample = plan.input;
  options.channels = plan.about.sample[0];
  if (plan.batch_statistics) options.batch_size = c.batch_size;
  options.eps = c.norm_eps;
  options.momentum = c.norm_momentum > 0 ? std::optional(c.norm_momentum) : std::nullopt;
  options.statistics_gradient = c.norm_gradient;
  options.renorm.r_max = c.renorm_r_max;
  options.renorm.d_max = c.renorm_d_max;
  options.renorm.warmup = c.renorm_warmup;
  // The proportions of the paper: 5,000, 25,000 and 40,000 steps.
  options.renorm.d_until = 5 * c.renorm_warmup;
  options.renorm.r_until = 8 * c.renorm_warmup;
  options.init = plan.init;
  try {
    return build(plan.network, options);
  } catch (const Error& e) {
    const std::string what = e.what();
    if (!c.layers.empty() || what.rfind("layers:", 0) != 0) fail("--", what);
    fail("--model ", c.model, normalizes(c) ? " --norm " + c.norm : "", what.substr(6));
  }
}

// Error unless the model makes one number per class, and can be trained on a batch of the run's size.
void check_output(Sequential& model, const RunPlan& plan) {
  NoGrad guard;
  const Index N = std::min<Index>(plan.config.batch_size, 2);
  model.eval(Statistics::batch);
  const Tensor y = model(Tensor::zeros(batch_shape(N, plan.input)));
  model.train();
  check(y.rank() == 2 && y.dim(1) == plan.about.classes, "--layers: expected the last layer to give (", N,
        ", ", plan.about.classes, ") for a batch of ", N, ", one number per class, got ", y.shape());
}

void load_weights(Sequential& model, const std::string& file) {
  std::error_code error;
  check(!std::filesystem::is_other(file, error), "--init-from ", file, ": not a regular file");
  try {
    const StateDict state = read_safetensors(file);
    check_finite("the network in it", state);
    model.load(state);
  } catch (const Error& e) {
    fail("--init-from ", file, ": ", e.what());
  }
}

// Data-dependent initialization, if there is weight normalization.
void initialize(Sequential& model, const RunPlan& plan, const Dataset& train) {
  constexpr std::size_t samples = 500;
  std::vector<std::uint32_t> order = drawn_order(train.size(), plan.config.seed);
  order.resize(std::min(samples, order.size()));
  Batch batch;
  fill(train, order, plan.loader.format, batch);
  initialize_from_data(model, batch.x);
}

// Mean and deviation of the training set; a channel that does not vary is only shifted to 0.
void standardize(Sequential& model, const RunPlan& plan, const Dataset& train) {
  model.for_each([&](Module& m) {
    auto* layer = dynamic_cast<Standardize*>(&m);
    if (!layer) return;
    const std::vector<ChannelStatistics> of = channel_statistics(train, plan.loader.format.binarize);
    for (Index c = 0; c < layer->num_channels; ++c) {
      layer->mean[c] = static_cast<real>(of[c].mean);
      layer->std[c] = static_cast<real>(of[c].deviation > 0 ? of[c].deviation : 1);
    }
  });
}

Sequential drawn_network(const RunPlan& plan) {
  manual_seed(plan.config.seed);
  Sequential model = build_layers(plan);
  check_output(model, plan);
  return model;
}

void freeze(Sequential& model, const Frozen& frozen) {
  model.for_each([&](Module& m) {
    auto* norm = dynamic_cast<ChannelNorm*>(&m);
    if (!norm) return;
    if (frozen.affine) norm->freeze_affine();
    if (frozen.statistics && norm->running_mean.defined()) norm->freeze_statistics();
  });
}

}  // namespace

void fill_in(RunConfig& c, Index samples, Index judging) {
  const Index per_epoch = batches_in(samples, c.batch_size, least_batch(c));
  constexpr Index most = 1'000'000'000'000;  // as for --steps
  check(c.steps > 0 || c.epochs <= most / per_epoch, "--epochs: expected at most ", most, " steps, got ",
        c.epochs, " epochs of ", per_epoch, " batches");
  if (c.steps == 0) c.steps = c.epochs * per_epoch;
  if (c.eval_every == 0) c.eval_every = usual_eval_every(c, per_epoch, judging);
  if (c.renorm_warmup == 0 && missing_requirement(c, "renorm-warmup").empty())
    c.renorm_warmup = (c.steps + 19) / 20;
  if (c.decay_every == 0 && missing_requirement(c, "decay-every").empty()) c.decay_every = (c.steps + 2) / 3;
  if (missing_requirement(c, "activation").empty()) c.activation = activation_of(c);
}

RunPlan resolve(RunConfig c, const DataPair& data) {
  reset_unused(c);
  validate(c);
  if (!c.init_from.empty()) c.init_from = std::filesystem::absolute(c.init_from).string();
  if (c.train_size == 0) c.train_size = data.train.size();
  check(c.train_size <= data.train.size(), "--train-size: expected at most ", data.train.size(),
        ", the training samples of ", data.train.name, ", got ", c.train_size);
  const Index samples = training_samples(c, data.train);
  check(c.validation == 0 || samples < c.train_size,
        "--validation: expected a share that holds out at least one of ", c.train_size,
        " training samples, got ", c.validation);
  check(c.batch_size <= samples, "--batch-size: expected at most ", samples,
        ", the number of training samples, got ", c.batch_size);
  fill_in(c, samples, c.validation > 0 ? c.train_size - samples : data.test.size());
  check(c.precise == 0 || (c.precise >= c.batch_size && c.precise <= samples), "--precise: expected ",
        c.batch_size, " (one batch) to ", samples, " (all training samples), got ", c.precise);
  c.precise -= c.precise % c.batch_size;
  try {
    check_augmentation(parse_augmentation(c.augment), data.train.sample);
  } catch (const Error& e) {
    fail("--", e.what());
  }
  for (const Option& o : run_options())  // now, not when the results are written
    check(is_utf8(o.get(c)), "--", o.name, ": expected UTF-8, got ", o.get(c));
  return plan_of(c, data.train);
}

RunSamples samples_of(const RunConfig& c, const Dataset& train) {
  if (c.validation == 0) return {c.train_size < train.size() ? train.first(c.train_size) : Dataset(), {}};
  const std::vector<bool> held = held_out_by(c, train);
  const Dataset first = train.first(c.train_size);
  return {selected(first, held, false), selected(first, held, true)};
}

Index training_samples(const RunConfig& c, const Dataset& train) {
  if (c.validation == 0) return c.train_size;
  const std::vector<bool> held = held_out_by(c, train);
  return c.train_size - std::count(held.begin(), held.end(), true);
}

RunPlan plan_of(const RunConfig& c, const Dataset& data) {
  RunPlan plan;
  plan.config = c;
  plan.about = data.without_samples();
  plan.network = network(c, data.classes);
  plan.batch_statistics = uses_batch_statistics(c);
  plan.frozen = frozen(c);
  const bool flat = takes_flat_input(plan.network);
  plan.input = flat ? Shape{data.sample.size()} : data.sample;
  plan.loader = {c.batch_size, c.shuffle, least_batch(c), {c.binarize, flat}, parse_augmentation(c.augment)};
  plan.order_seed = Rng(c.seed, /*stream=*/1).bits();  // the weights take stream 0
  plan.parts = c.accumulate;
  plan.group = plan.batch_statistics ? parts_in_group(c) : 1;
  plan.optimizer = &find_named(optimizers(), c.optimizer, "--optimizer");
  plan.schedule = {&find_named(schedules(), c.schedule, "--schedule"), c.steps,
                   std::max<Index>(1, c.decay_every), c.decay_factor, c.warmup};
  plan.init = find_named(initializations(), c.init, "--init").value;
  plan.init.scale = c.init_scale;
  plan.data_init = c.data_init && missing_requirement(c, "data-init").empty();
  return plan;
}

Sequential build_network(const RunPlan& plan) {
  Sequential model = drawn_network(plan);
  freeze(model, plan.frozen);
  return model;
}

Sequential build_model(const RunPlan& plan, const Dataset& train) {
  Sequential model = drawn_network(plan);
  standardize(model, plan, train);
  if (!plan.config.init_from.empty()) load_weights(model, plan.config.init_from);
  if (plan.data_init) initialize(model, plan, train);
  freeze(model, plan.frozen);
  return model;
}

}}  // namespace norma
