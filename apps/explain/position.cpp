// BN before or after the activation: what either gives the next layer, and which units are dead.
#include <algorithm>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/look.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "core/ops.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/network/mlp.h"
#include "optim/optimizer.h"

namespace norma {
namespace {

constexpr Index samples = 1000, width = 256;
constexpr int depth = 4;

struct Arm {
  std::string name, layer;
};
const std::vector<Arm> arms = {{"without BN", "linear 256, relu"},
                               {"before", "linear 256, bn, relu"},
                               {"after", "linear 256, relu, bn"}};

std::vector<std::string> arm_names() {
  std::vector<std::string> names;
  for (const Arm& arm : arms) names.push_back(arm.name);
  return names;
}

Tensor normal_samples(double mean) {
  Tensor x({samples, width});
  Rng rng(2);
  for (real& v : x.values()) v = static_cast<real>(rng.normal(mean));
  return x;
}

// The outputs of every `layer` of a network of `layers` of them, weights from N(0, 2/n).
std::vector<Tensor> outputs(const std::string& layer, int layers, double mean) {
  std::string sentence = layer;
  for (int i = 1; i < layers; ++i) sentence += ", " + layer;
  const std::size_t words = parse_layers(layer).size();
  manual_seed(1);
  Sequential model =
      build(parse_layers(sentence), {.sample = {width}, .init = {Init::kaiming, Distribution::normal}});
  NoGrad guard;
  std::vector<Tensor> result;
  Tensor x = normal_samples(mean);
  for (std::size_t i = 0; i < model.children().size(); ++i) {
    x = (*model.children()[i].module)(x);
    if (i % words + 1 == words) result.push_back(x);
  }
  return result;
}

// Of y (N, units) for each unit its lowest value, and in how many samples it has that.
struct Lowest {
  double value;
  Index samples;
};
std::vector<Lowest> lowest_of(const Tensor& y) {
  std::vector<Lowest> result;
  for (Index k = 0; k < y.dim(1); ++k) {
    Lowest lowest{y[k], 0};
    for (Index i = k; i < y.size(); i += y.dim(1)) lowest.value = std::min<double>(lowest.value, y[i]);
    for (Index i = k; i < y.size(); i += y.dim(1)) lowest.samples += y[i] == lowest.value;
    result.push_back(lowest);
  }
  return result;
}

// A unit that gives the same for all samples: its ReLU is 0 for each.
double dead_percent(const Tensor& y) {
  const std::vector<Lowest> units = lowest_of(y);
  const auto dead =
      std::count_if(units.begin(), units.end(), [&](const Lowest& unit) { return unit.samples == y.dim(0); });
  return 100. * double(dead) / double(units.size());
}

void two_orders(Document& d) {
  d.heading("Two orders");
  d.formula("y = max(0, BN(h))  before").code(code::relu);
  d.formula("y = BN(max(0, h))  after").code(code::y);
  d.text(
      "Before, as in the paper (§3.2): the sum h is nearer to a normal distribution than what a ReLU leaves of "
      "it, and the ReLU is on for half of the batch. After: the next layer gets mean 0 and variance 1, in "
      "place of 1/√(2π) and ½ − 1/(2π). For normal h, and measured behind one layer of 256 (1,000 normal "
      "samples, γ = 1, β = 0):");
  const double mean = 1 / std::sqrt(2 * 3.14159265358979323846), std = std::sqrt(0.5 - mean * mean);
  Numbers table = columns_of("y", {"before", "measured", "after", "measured"}, 3);
  std::vector<double> measured[2];  // mean, deviation, lowest, share of the samples there
  for (const std::size_t after : {0u, 1u}) {
    const Tensor y = outputs(arms[1 + after].layer, 1, 0)[0];
    const Moments all = moments(y, {y.size(), 1, 1});
    double lowest = 0, there = 0;
    for (const Lowest& unit : lowest_of(y)) {
      lowest += unit.value / width;
      there += 100. * double(unit.samples) / double(y.size());
    }
    measured[after] = {all.mean[0], std::sqrt(all.variance[0]), lowest, there};
  }
  table.row("mean", {mean, measured[0][0], 0, measured[1][0]});
  table.row("deviation", {std, measured[0][1], 1, measured[1][1]});
  table.row("lowest", {0, measured[0][2], -mean / std, measured[1][2]});
  table.row("samples there, %", {50, measured[0][3], 50, measured[1][3]});
  d.numbers({table});
}

void dead_units(Document& d) {
  d.heading("Dead units");
  d.text(
      "A unit that is 0 for every sample passes no gradient and stays as it is. Inputs that all lie on one "
      "side, such as pixels or a ReLU's outputs, make many: of 256 units in each of four layers, with inputs "
      "from N(5, 1):");
  Numbers table = columns_of("dead units in percent", arm_names(), 1);
  std::vector<Tensor> y[3];
  for (std::size_t j = 0; j < arms.size(); ++j) y[j] = outputs(arms[j].layer, depth, 5);
  for (std::size_t l = 0; l < depth; ++l)
    table.row("layer " + std::to_string(l + 1),
              {dead_percent(y[0][l]), dead_percent(y[1][l]), dead_percent(y[2][l])});
  d.numbers({table});
  d.text(
      "BN before the ReLU brings each unit's inputs back around 0, wherever they were, so none is dead. After "
      "the ReLU it comes too late for the first layer, whose dead units have σ² = 0 and x̂ = 0, and in time for "
      "those behind.");
}

// Percent of `test` that 784-64-64-10 with ReLUs gets right after 300 batches of 50.
double accuracy(const Arm& arm, double rate, const Dataset& train, const Batch& test) {
  manual_seed(1);
  Sequential model = mlp({.hidden = {64, 64},
                          .activation = "relu",
                          .batch_norm = arm.name != "without BN",
                          .norm_position = arm.name == "after" ? NormPosition::after : NormPosition::before});
  Sgd optimizer(model.parameters(), {.lr = rate});
  Loader loader(train, {.batch_size = 50}, /*seed=*/1);
  for (int step = 0; step < 300; ++step) {
    const Batch& batch = loader.next();
    optimizer.zero_grad();
    softmax_cross_entropy(model(batch.x), batch.labels).backward();
    optimizer.step();
  }
  model.eval();
  NoGrad guard;
  return 100. * double(count_correct(model(test.x), test.labels)) / double(test.labels.size());
}

void trained(Document& d) {
  d.heading("Trained");
  d.text(
      "784-64-64-10 with ReLUs on 6,000 drawn digits, 300 batches of 50 at three rates; percent of 1,000 other "
      "digits that it gets right:");
  const Dataset train = draw_digits(6000, 1), others = draw_digits(1000, 2);
  Batch test;
  fill(others, 0, others.size(), {}, test);
  Numbers table = columns_of("accuracy in percent", arm_names(), 1);
  for (const double rate : {0.03, 0.3, 3.}) {
    std::vector<double> percent;
    for (const Arm& arm : arms) percent.push_back(accuracy(arm, rate, train, test));
    table.row("η = " + shown(rate, {.decimals = 1, .significant = true}), percent);
  }
  d.numbers({table});
  d.text(
      "One seed: an example, no result. `norma compare --norm batch --vary norm-position=before,after --activation "
      "relu --seeds 5` compares the two orders with intervals, `norma reproduce position` does in three networks. Before a "
      "sigmoid, BN keeps its inputs out of the flat ends, so that deep networks of sigmoids learn.");
}

}  // namespace

Document position_lesson() {
  Document d(
      "Before or after the activation",
      "Before a ReLU, BN has every unit on for part of the batch, whatever comes in. After it, the next "
      "layer gets mean 0 and variance 1, but a unit that was dead stays dead.");
  two_orders(d);
  dead_units(d);
  trained(d);
  return d;
}

}  // namespace norma
