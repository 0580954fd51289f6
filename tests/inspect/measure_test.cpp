// What inspect measures of activations, gradients, updates and statistics.
#include "apps/inspect/measure.h"

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "apps/inspect/show.h"
#include "core/ops.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "tests/support/inspections.h"

namespace norma { inline namespace NORMA_BUILD { namespace inspect_measure_test {

using doctest::Approx;

// Samples of one pixel, white (1) and black (0) in turn; labels 0.
Dataset blinking(Index n, int classes) {
  Dataset data{.name = "blinking",
               .source = "here",
               .sample = {1, 1, 1},
               .classes = classes,
               .pixels = {},
               .labels = {}};
  for (Index i = 0; i < n; ++i) {
    data.pixels.push_back(i % 2 ? 0 : 255);
    data.labels.push_back(0);
  }
  return data;
}

Linear& append_linear(Sequential& net, Index in, std::initializer_list<double> weight,
                      std::initializer_list<double> bias) {
  const Index out = static_cast<Index>(bias.size());
  Linear& layer = net.append(Linear(in, out));
  layer.weight.copy_from(Tensor::from({out, in}, weight));
  layer.bias.copy_from(Tensor::from({out}, bias));
  return layer;
}

const LayerInspection& layer_of(const Inspection& look, std::string_view name) {
  const auto it = std::find_if(look.layers.begin(), look.layers.end(),
                               [&](const LayerInspection& layer) { return layer.name == name; });
  REQUIRE(it != look.layers.end());
  return *it;
}

TEST_CASE("saturated and still sigmoids are counted, unit by unit") {
  // Of pixels 0 and 1 the first unit makes 100, the second 0, the third −5 and 5, the fourth −1 and 1.
  Sequential net;
  append_linear(net, 1, {0, 0, 10, 2}, {100, 0, -5, -1});
  net.append(Activation("sigmoid"));
  const Inspection look = look_at(net, blinking(6, 4));
  const ActivationInspection& a = *layer_of(look, "1").activation;
  CHECK(a.units == 4);
  CHECK((a.has_limits && !a.has_zero));
  CHECK(a.saturated == Approx(0.5));  // the first and the third, always
  CHECK(a.saturated_units == 2);
  CHECK(a.still_units == 2);               // the first and the second
  CHECK(a.unit_deviation == Approx(0.5));  // of 0, 0, 5 and 1
  CHECK(a.output.histogram.low == 0);      // the range of a sigmoid
  CHECK(a.output.histogram.high == 1);
  CHECK(a.output.histogram.bins[39] == 9);  // six of the first, three of the third
  CHECK(a.output.histogram.bins[0] == 3);
  CHECK(a.output.histogram.bins[20] == 6);  // ½
  CHECK((a.input.least == -5 && a.input.greatest == 100));
}

TEST_CASE("the limits of saturation are 1% of the range, those of stillness too") {
  auto inverse_sigmoid = [](double y) { return std::log(y / (1 - y)); };
  Sequential sigmoids, tanhs;
  append_linear(
      sigmoids, 1, {0, 0, 0, 0},
      {inverse_sigmoid(0.0099), inverse_sigmoid(0.0101), inverse_sigmoid(0.9899), inverse_sigmoid(0.9901)});
  sigmoids.append(Activation("sigmoid"));
  append_linear(tanhs, 1, {0, 0, 0, 0},
                {std::atanh(-0.9801), std::atanh(-0.9799), std::atanh(0.9799), std::atanh(0.9801)});
  tanhs.append(Activation("tanh"));
  for (Sequential* net : {&sigmoids, &tanhs}) {
    const Inspection look = look_at(*net, blinking(4, 4));
    const ActivationInspection& a = *layer_of(look, "1").activation;
    CHECK(a.saturated == Approx(0.5));
    CHECK(a.saturated_units == 2);
    CHECK(a.still_units == 4);
  }
  // Halfway between two outputs a standard deviation of half their distance: 0.0101 moves, 0.0099 does not.
  Sequential moving;
  append_linear(moving, 1, {inverse_sigmoid(0.5 + 2 * 0.0099), inverse_sigmoid(0.5 + 2 * 0.0101)}, {0, 0});
  moving.append(Activation("sigmoid"));
  CHECK(layer_of(look_at(moving, blinking(4, 2)), "1").activation->still_units == 1);
}

TEST_CASE("a ReLU is dead if it is 0 for every image and, in a convolution, at every position") {
  Sequential net;
  append_linear(net, 1, {1, -1, -1, 0}, {0, 0.5, 0, 0});  // gives 1 and 0; 0 and ½; 0 and 0; 0 and 0
  net.append(Activation("relu"));
  const Inspection look = look_at(net, blinking(4, 4));
  const ActivationInspection& a = *layer_of(look, "1").activation;
  CHECK((a.has_zero && !a.has_limits));
  CHECK(a.dead_units == 2);
  CHECK(a.zeros == Approx(0.75));

  Sequential conv =
      build(parse_layers("residual(conv 2 1, relu | conv 2 1), flatten, linear 2"), {.sample = {1, 1, 2}});
  for (const StateEntry& e : conv.state_dict()) {
    if (e.name == "0.main.0.weight") e.tensor.copy_from(Tensor::from({2, 1, 1, 1}, {1, -1}));
    if (e.name == "0.main.0.bias") e.tensor.copy_from(Tensor::from({2}, {0, 0}));
  }
  Dataset pairs{
      .name = "pairs", .source = "here", .sample = {1, 1, 2}, .classes = 2, .pixels = {}, .labels = {}};
  pairs.pixels = {0, 0, 0, 255};  // the first channel is alive at one place of one image
  pairs.labels = {0, 1};
  const Inspection inside = look_at(conv, pairs, 0.1, {.binarize = false, .flat = false});
  const ActivationInspection& r = *layer_of(inside, "0.main.1").activation;
  CHECK(r.units == 2);
  CHECK(r.dead_units == 1);
  CHECK(r.zeros == Approx(7.0 / 8));
  CHECK(layer_of(inside, "0.shortcut.0").parameters.size() == 2);
}

TEST_CASE("gradients and the update of a step are those worked by hand") {
  // Logits 3 and 4 of x = 1 and label 0: p₁ = 1/(1 + e⁻¹), g = (−p₁, p₁).
  Sequential net;
  net.append(Linear(1, 2, false)).weight.copy_from(Tensor::from({2, 1}, {3, 4}));
  const Inspection look = look_at(net, blinking(1, 2), 0.2);
  const double p = 1 / (1 + std::exp(-1.0)), length = std::sqrt(2.0) * p;
  const ParameterInspection& w = layer_of(look, "0").parameters.at(0);
  CHECK(look.loss == Approx(-std::log(1 - p)));
  CHECK(look.gradient == Approx(length));
  CHECK(w.values.length() == Approx(5));
  CHECK(w.gradient.length() == Approx(length));
  CHECK((w.gradient.least == Approx(-p) && w.gradient.greatest == Approx(p)));
  CHECK(w.update == Approx(0.2 * length / 5));
  CHECK(w.median == Approx(3.5));

  net.children()[0].module->parameters()[0].tensor.copy_from(Tensor::zeros({2, 1}));
  CHECK(std::isnan(layer_of(look_at(net, blinking(1, 2)), "0").parameters.at(0).update));
}

// One channel of 1, 0, 1, 0: mean ½, biased variance ¼, unbiased ⅓, deviations ½ and ½.
template <class Norm>
StatisticsInspection statistics_of(Norm norm, real mean, const Tensor& spread, real value) {
  Sequential net;
  Norm& layer = net.append(std::move(norm));
  layer.running_mean[0] = mean;
  if (spread.defined()) spread[0] = value;
  const Inspection look = look_at(net, blinking(4, 1));
  CHECK(layer.running_mean[0] == mean);  // as it was, though training mode gathers
  CHECK(*layer.num_batches_tracked == 0);
  return *layer_of(look, "0").statistics;
}

TEST_CASE("running statistics are held against the batch's, before it takes part in them") {
  BatchNorm1d bn(1);
  const Tensor variance = bn.running_var;
  const StatisticsInspection s = statistics_of(std::move(bn), 1.5, variance, 1);
  CHECK(s.channels == 1);
  CHECK(s.mean_median == Approx(2));  // (1.5 − ½)/½
  CHECK(s.mean_largest == Approx(2));
  CHECK(s.ratio_median == Approx(3));  // 1/⅓

  BatchRenorm brn(1);
  const Tensor deviation = brn.running_std;
  CHECK(statistics_of(std::move(brn), 0.5, deviation, 1).ratio_median == Approx(4).epsilon(1e-3));
  for (const Spread kind : {Spread::l1, Spread::linf}) {
    SpreadBatchNorm other(1, kind);
    const Tensor spread = other.running_spread;
    CHECK(statistics_of(std::move(other), 0.5, spread, 1).ratio_median == Approx(4));
  }
  const StatisticsInspection mean_only = statistics_of(MeanOnlyBatchNorm(1), 0, {}, 0);
  CHECK(mean_only.mean_median == Approx(1));
  CHECK(std::isnan(mean_only.ratio_median));
}

TEST_CASE("l1 and linf are held against their own measure of spread") {
  // Three zeros and a one: mean ¼, mean absolute deviation ⅜, largest ¾.
  Dataset data = blinking(4, 1);
  data.pixels = {255, 0, 0, 0};
  for (const Spread kind : {Spread::l1, Spread::linf}) {
    Sequential net;
    net.append(SpreadBatchNorm(1, kind));
    const double spread = kind == Spread::l1 ? 0.375 : 0.75;
    CHECK(layer_of(look_at(net, data), "0").statistics->ratio_median == Approx(1 / spread / spread));
  }
}

TEST_CASE("a channel without deviation is left out of the statistics") {
  Sequential net;
  append_linear(net, 1, {0, 1}, {7, 0});
  net.append(BatchNorm1d(2));
  const Inspection look = look_at(net, blinking(4, 2));
  CHECK(layer_of(look, "1").statistics->channels == 1);
  CHECK(layer_of(look, "1").statistics->mean_largest == Approx(1));
}

TEST_CASE("the model is the same afterwards, and a second look sees the same") {
  const Dataset data = noise({1, 6, 6}, 30);
  for (const std::string& sentence : sentences) {
    CAPTURE(sentence);
    Sequential net = net_of(sentence);
    net.train();
    net(batch_of(data, as_images).x);  // running averages, random numbers under way
    auto state = [&] {
      std::ostringstream all;
      all.precision(17);
      for (const StateEntry& e : net.state_dict()) {
        all << e.name;
        if (e.counter) all << ' ' << *e.counter;
        if (!e.counter)
          for (const real v : e.tensor.values()) all << ' ' << v;
      }
      net.for_each([&](Module& m) {
        if (const Rng* rng = m.random())
          for (const auto word : rng->words()) all << ' ' << word;
        all << m.training();
      });
      for (const Parameter& p : net.parameters()) all << p.tensor.has_grad();
      return all.str();
    };
    const std::string before = state();
    const InspectedRun at{
        .run = "run", .network = sentence, .optimizer = "SGD", .images = "test", .data = "noise"};
    const std::string first = look_json(look_at(net, data, 0.1, as_images), at);
    CHECK(state() == before);
    CHECK(look_json(look_at(net, data, 0.1, as_images), at) == first);
  }
}

TEST_CASE("all parameters are looked at once, and their gradients are those of backward()") {
  const Dataset data = noise({1, 6, 6}, 30);
  Sequential net = net_of("conv 4 3, bn, relu, residual(conv 4 3, bn), relu, flatten, linear 3");
  const Inspection look = look_at(net, data, 0.1, as_images);
  const Batch batch = batch_of(data, as_images);
  softmax_cross_entropy(net(batch.x), batch.labels).backward();
  double squares = 0;
  std::size_t parameters = 0;
  for (const Parameter& p : net.parameters()) {
    const Tensor gradient = p.tensor.grad();
    for (const real g : gradient.values()) squares += double(g) * g;
    ++parameters;
  }
  CHECK(look.gradient == Approx(std::sqrt(squares)));
  for (const LayerInspection& layer : look.layers) parameters -= layer.parameters.size();
  CHECK(parameters == 0);
}

TEST_CASE("numbers that are not finite are named; so many samples must be there") {
  Sequential net;
  Linear& linear = append_linear(net, 1, {1, 1}, {0, 0});
  net.append(Activation("tanh"));
  const Dataset data = blinking(4, 2);
  CHECK_THROWS_WITH_AS(inspect(net, data, batch_of(data), {.samples = 5}),
                       doctest::Contains("expected 1 to 4 samples"), Error);
  linear.weight[0] = static_cast<real>(NAN);
  CHECK_THROWS_WITH_AS(look_at(net, data), doctest::Contains("0.weight holds a number that is not finite"),
                       Error);
  linear.weight[0] = static_cast<real>(3e38);
  linear.bias[0] = static_cast<real>(3e38);  // finite weights, an infinite input
  CHECK_THROWS_WITH_AS(look_at(net, data), doctest::Contains("the activation 1"), Error);
  CHECK(net.training());
}

TEST_CASE("histograms hold every number once") {
  Histogram h{0, 4, std::vector<Index>(4), 0};
  h.add(std::vector<real>{0, 0.5, 1, 3.9f, 4, -1, 5, static_cast<real>(NAN)});
  CHECK(h.bins == std::vector<Index>{2, 1, 0, 2});
  CHECK((h.inside() == 5 && h.outside == 3));
  CHECK(h.coarser(2).bins == std::vector<Index>{3, 2});
  CHECK_THROWS_AS(h.coarser(3), Error);

  const Summary flat = summarize(std::vector<real>{2, 2, 2});
  CHECK((flat.deviation() == 0 && flat.mean() == 2 && flat.histogram.inside() == 3));
  std::vector<real> spike(1000, 1);
  spike[0] = 1000;  // 4σ = 126 from the mean of 2: outside
  const Summary s = summarize(spike);
  CHECK((s.histogram.low == 1 && s.histogram.high == Approx(s.mean() + 4 * s.deviation())));
  CHECK(s.histogram.outside == 1);
  const Summary pair = summarize(std::vector<real>{-3, 4});
  CHECK((pair.length() == Approx(5) && pair.deviation() == Approx(3.5)));
}

}  // namespace inspect_measure_test
}}  // namespace norma
