#include "apps/inspect/measure.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/inspect/walk.h"
#include "apps/report/statistics.h"
#include "core/ops.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr double near = 0.01;  // of the range's width: saturated, still

double ratio(double a, double b) { return a / b; }
double share(Index part, Index all) { return ratio(double(part), double(all)); }

// Calls f(unit, value) for every value of y (N, C, S…).
template <class F>
void for_each_unit(const Tensor& y, const F& f) {
  const Index N = y.dim(0), C = y.dim(1), S = y.size() / (N * C);
  for (Index n = 0; n < N; ++n) {
    for (Index c = 0; c < C; ++c) {
      for (Index s = 0; s < S; ++s) f(c, double(y[(n * C + c) * S + s]));
    }
  }
}

// --- activations -----------------------------------------------------------------------------------------

// The deviation of numbers that go by; sums are of what differs from the first, which keeps them exact.
struct Sums {
  Index n = 0;
  double first = 0, sum = 0, squares = 0;

  void add(double v) {
    if (n++ == 0) first = v;
    v -= first;
    sum += v;
    squares += v * v;
  }
  double deviation() const {
    const double mean = ratio(sum, double(n));
    return std::sqrt(std::max(0.0, ratio(squares, double(n)) - mean * mean));
  }
};

// What one unit has shown so far.
struct Unit {
  Sums in, out;
  Index saturated = 0, zero = 0;
};

// An activation while the samples go by.
struct Watched {
  ActivationInspection look;
  double low = 0, high = 0;  // the limits, if it has some
  std::vector<Unit> units;

  explicit Watched(const std::string& kind) {
    look.has_limits = kind == "Sigmoid()" || kind == "Tanh()";
    look.has_zero = kind == "ReLU()";
    low = kind == "Tanh()" ? -1 : 0;
    high = 1;
  }

  void see(const Tensor& x, const Tensor& y) {
    look.input.see(x.values());
    look.output.see(y.values());
    units.resize(y.dim(1));
    for_each_unit(x, [&](std::size_t u, double v) { units[u].in.add(v); });
    const double edge = near * (high - low);
    for_each_unit(y, [&](std::size_t u, double v) {
      units[u].out.add(v);
      units[u].zero += v == 0;
      units[u].saturated += v < low + edge || v > high - edge;
    });
  }

  void lay_out() {
    look.input.lay_out();
    look.has_limits ? look.output.lay_out(low, high) : look.output.lay_out();
  }

  ActivationInspection result() {
    std::vector<double> deviations;
    Index saturated = 0, zeros = 0;
    for (const Unit& u : units) {
      deviations.push_back(u.in.deviation());
      saturated += u.saturated;
      zeros += u.zero;
      look.saturated_units += look.has_limits && u.saturated == u.out.n;
      look.still_units += look.has_limits && u.out.deviation() < near * (high - low);
      look.dead_units += look.has_zero && u.zero == u.out.n;
    }
    look.units = static_cast<Index>(units.size());
    look.unit_deviation = median(deviations);
    if (look.has_limits) look.saturated = share(saturated, look.output.size);
    if (look.has_zero) look.zeros = share(zeros, look.output.size);
    return look;
  }
};

// Two passes over the samples, a hundred at a time: ranges, then histograms.
void look_at_activations(Module& model, const Dataset& data, const InspectionOptions& o,
                         std::vector<LayerInspection>& layers) {
  constexpr Index at_a_time = 100;
  NoGrad guard;
  model.eval();
  const std::vector<std::uint32_t> order = drawn_order(data.size(), o.seed);
  std::map<std::string, Watched> watched;
  Batch batch;
  for (const bool first_pass : {true, false}) {
    for (Index seen = 0; seen < o.samples; seen += batch.labels.size()) {
      const auto n = static_cast<std::size_t>(std::min(at_a_time, o.samples - seen));
      fill(data, std::span(order.data() + seen, n), o.format, batch);
      walk(model, batch.x, [&](const std::string& name, Module& layer, const Tensor& x, const Tensor& y) {
        if (!dynamic_cast<Activation*>(&layer)) return;
        Watched& w = watched.try_emplace(name, layer.describe()).first->second;
        if (first_pass) return w.see(x, y);
        w.look.input.count(x.values());
        w.look.output.count(y.values());
      });
    }
    for (auto& [name, w] : watched) {
      check(w.look.input.finite && w.look.output.finite, "the activation ", name,
            " takes or gives a number that is not finite");
      if (first_pass) w.lay_out();
    }
  }
  for (LayerInspection& layer : layers) {
    if (const auto it = watched.find(layer.name); it != watched.end()) layer.activation = it->second.result();
  }
}

// --- statistics ------------------------------------------------------------------------------------------

// A channel of a batch.
struct Channel {
  double mean = 0, variance = 0;  // biased
  double l1 = 0, linf = 0;        // mean and largest absolute deviation
  Index n = 0;
};

std::vector<Channel> channels_of(const Tensor& x) {
  std::vector<Channel> all(x.dim(1));
  for_each_unit(x, [&](std::size_t c, double v) {
    all[c].mean += v;
    ++all[c].n;
  });
  for (Channel& c : all) c.mean /= double(c.n);
  for_each_unit(x, [&](std::size_t k, double v) {
    Channel& c = all[k];
    const double away = std::abs(v - c.mean), m = double(c.n);
    c.variance += away * away / m;
    c.l1 += away / m;
    c.linf = std::max(c.linf, away);
  });
  return all;
}

// The square of running spread / this batch's, as the kind of normalizer measures it.
double spread_ratio(const ChannelNorm& norm, const Channel& batch, Index c) {
  auto squared = [](double v) { return v * v; };
  if (const auto* bn = dynamic_cast<const BatchNorm*>(&norm))
    return ratio(bn->running_var[c], batch.variance * ratio(double(batch.n), double(batch.n - 1)));
  if (const auto* brn = dynamic_cast<const BatchRenorm*>(&norm))
    return ratio(squared(brn->running_std[c]), batch.variance + brn->schedule.eps);
  if (const auto* other = dynamic_cast<const SpreadBatchNorm*>(&norm)) {
    return squared(
        ratio(other->running_spread[c], norm.describe().starts_with("L1") ? batch.l1 : batch.linf));
  }
  return NAN;
}

std::optional<StatisticsInspection> look_at_statistics(const Module& layer, const Tensor& x) {
  const auto* norm = dynamic_cast<const ChannelNorm*>(&layer);
  if (!norm || !norm->running_mean.defined()) return std::nullopt;
  std::vector<double> distances, ratios;
  const std::vector<Channel> batch = channels_of(x);
  for (std::size_t c = 0; c < batch.size(); ++c) {
    if (!(batch[c].variance > 0)) continue;
    const Index i = static_cast<Index>(c);
    distances.push_back(std::abs(norm->running_mean[i] - batch[c].mean) / std::sqrt(batch[c].variance));
    ratios.push_back(spread_ratio(*norm, batch[c], i));
  }
  return StatisticsInspection{.mean_median = median(distances),
                              .mean_largest = quantile(distances, 1),
                              .ratio_least = quantile(ratios, 0),
                              .ratio_median = median(ratios),
                              .ratio_greatest = quantile(ratios, 1),
                              .channels = static_cast<Index>(distances.size())};
}

// --- parameters ------------------------------------------------------------------------------------------

ParameterInspection look_at(const Parameter& p, double rate, const std::string& layer) {
  ParameterInspection look{.name = p.name, .shape = p.tensor.shape(), .values = summarize(p.tensor.values())};
  const Tensor g = p.tensor.has_grad() ? p.tensor.grad() : Tensor::zeros(p.tensor.shape());
  look.gradient = summarize(g.values());
  check(look.values.finite && look.gradient.finite, layer, ".", p.name,
        look.values.finite ? ": its gradient" : "", " holds a number that is not finite");
  look.median = median(std::vector<double>(p.tensor.values().begin(), p.tensor.values().end()));
  look.update = look.values.length() > 0 ? rate * look.gradient.length() / look.values.length() : NAN;
  return look;
}

// A layer with what it was given.
struct Seen {
  Module* layer;
  Tensor in;
};

// One batch forward and backward, in training mode. Returns the layers, in the order of look.layers.
std::vector<Seen> look_at_batch(Module& model, const Batch& batch, const InspectionOptions& o,
                                Inspection& look) {
  Unchanged guard(model);
  model.train();
  for (const Parameter& p : model.parameters()) p.tensor.zero_grad();
  std::vector<Seen> seen;
  const Tensor logits =
      walk(model, batch.x, [&](const std::string& name, Module& layer, const Tensor& x, const Tensor& y) {
        Shape sample;
        for (int i = 1; i < y.rank(); ++i) sample.append(y.dim(i));
        seen.push_back({&layer, x});
        look.layers.push_back({.name = name,
                               .describe = layer.describe(),
                               .output = sample,
                               .weighted = dynamic_cast<Weighted*>(&layer) != nullptr});
      });
  const Tensor loss = softmax_cross_entropy(logits, batch.labels, o.label_smoothing);
  loss.backward();
  look.loss = loss.item();
  double squares = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    LayerInspection& layer = look.layers[i];
    for (const Parameter& p : seen[i].layer->parameters()) {
      layer.parameters.push_back(look_at(p, o.rate, layer.name));
      squares += layer.parameters.back().gradient.sum_of_squares;
    }
  }
  look.gradient = std::sqrt(squares);
  return seen;
}

}  // namespace

Inspection inspect(Module& model, const Dataset& data, const Batch& batch, const InspectionOptions& o) {
  check(o.samples >= 1 && o.samples <= data.size(), "inspect: expected 1 to ", data.size(), " samples, got ",
        o.samples);
  Inspection look{.samples = o.samples, .batch_size = batch.labels.size(), .rate = o.rate};
  const std::vector<Seen> seen = look_at_batch(model, batch, o, look);
  for (std::size_t i = 0; i < seen.size(); ++i)  // its running averages are again those from before the batch
    look.layers[i].statistics = look_at_statistics(*seen[i].layer, seen[i].in);
  Unchanged guard(model);
  look_at_activations(model, data, o, look.layers);
  return look;
}

}}  // namespace norma
