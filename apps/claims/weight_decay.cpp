// With BN less weight decay is needed; and what it does then is to set the effective learning rate.
#include "apps/claims/engine/claim.h"
#include "apps/run/probe.h"
#include "layers/network/sentence.h"
#include "layers/weighted.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> decays = {0, 1e-4, 1e-3, 1e-2};
const std::vector<std::string> norms = {"none", "batch"};
constexpr double lr = 0.1, strong = 1e-2;

std::string arm(const std::string& norm, double decay) {
  return "norm=" + norm + ", decay=" + number_text(decay);
}

// What the best decay gains over none.
double gain(const SeedResults& seed, const std::string& norm) {
  std::vector<std::string> with;
  for (double decay : decays) {
    if (decay > 0) with.push_back(arm(norm, decay));
  }
  return accuracy(seed[best_arm(seed.all, with)]) - accuracy(seed[arm(norm, 0)]);
}

// The second hidden layer's weight (out, in): the one that both has BN behind it and is large enough to be
// typical.
Tensor watched_weight(Sequential& model) {
  std::vector<Tensor> weights;
  model.for_each([&](Module& m) {
    if (auto* layer = dynamic_cast<Weighted*>(&m)) weights.push_back(layer->weight);
  });
  return weights.at(1);
}

// Root mean square, over the units, of the angle in radians between a unit's weight vector now and one step
// ago: it is the squares that decay balances.
double rotation(const Vector& before, const Tensor& now) {
  const Index units = now.dim(0), inputs = now.dim(1);
  double squares = 0;
  for (Index i = 0; i < units; ++i) {
    Vector a, b;
    for (Index j = 0; j < inputs; ++j) {
      a.push_back(before[i * inputs + j]);
      b.push_back(now[i * inputs + j]);
    }
    const Vector turn = along(b, -dot(a, b) / dot(a, a), a);  // the part of b that is not along a
    const double angle = std::atan2(norm(turn), std::abs(dot(a, b)) / norm(a));
    squares += angle * angle;
  }
  return std::sqrt(squares / double(units));
}

// Rows "moment" and "length" (root mean square ‖w‖ of a unit) at 50 moments, and "angle" of every eighth step
// of the last quarter.
Training watch(Index steps) {
  const Index every = std::max<Index>(1, steps / 50);
  Training how{.more = "lengths at 50 moments, rotation of every eighth step"};
  how.observe = [=](const StepEvent& m, const DataPair&, Outcome& out) {
    const Tensor weight = watched_weight(m.model);
    out["angle"];
    if (m.step % every == 0) {
      double sum = 0;
      for (real w : weight.values()) sum += double(w) * w;
      out["moment"].push_back(double(m.step));
      out["length"].push_back(std::sqrt(sum / double(weight.dim(0))));
    }
    if (out.contains("before")) {
      out["angle"].push_back(rotation(out["before"], weight));
      out.erase("before");
    } else if (m.step % 8 == 0 && m.step >= steps - steps / 4 && m.step < steps) {
      out["before"] = Vector(weight.values().begin(), weight.values().end());
    }
  };
  return how;
}

// Root mean square of the turning a step.
double turning(const Outcome& outcome) {
  const Vector& angles = row(outcome, "angle");
  return norm(angles) / std::sqrt(double(angles.size()));
}

// Angle a step over its prediction; the larger of the ratio and its inverse.
double off_prediction(const Outcome& outcome) {
  const double ratio = turning(outcome) / std::sqrt(2 * lr * strong);
  return std::max(ratio, 1 / ratio);
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"weight decay", "without BN", "with BN"});
  for (double decay : decays) {
    t.row({number_text(decay), percent(mean_accuracy(results, arm("none", decay))),
           percent(mean_accuracy(results, arm("batch", decay)))});
  }
  Figure f{.x_label = "training steps", .y_label = "length of a unit's weights", .log_y = true};
  for (std::size_t i = 0; i < decays.size(); ++i) {
    f.series.push_back(curve(results, arm("batch", decays[i]), "decay " + number(decays[i]), "moment",
                             "length", ordered_colour(i, decays.size())));
  }
  return {{"table", "Test accuracy at the end, mean ± 95% interval.", t},
          {"length",
           "With BN: root mean square length of the weights of the second hidden layer's units; mean and 95% "
           "interval. The function does not depend on it; the effective rate η/‖w‖² does.",
           f}};
}

std::string seen(const Results& results) {
  auto gains = [&](const char* norm) {
    return points(mean_interval(results.each([&](const SeedResults& seed) { return gain(seed, norm); })));
  };
  const double angle = median(results.each(arm("batch", strong), turning));
  return "The best decay changes the accuracy by " + gains("none") + " without BN and by " + gains("batch") +
         " with it. With BN and a decay of 0.01 a unit's weights end up turning by " + number(angle) +
         " radians per step; √(2ηλ) is " + number(std::sqrt(2 * lr * strong)) + ".";
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const std::string& norm, double decay) {
        RunConfig c;
        c.activation = "relu";
        c.norm = norm;
        c.weight_decay = decay;
        c.lr = lr;
        c.train_size = 2'000;
        c.steps = c.eval_every = plan.of(4'000, 20);
        return training(arm(norm, decay), c, watch(c.steps));
      },
      norms, decays);
}

}  // namespace

Claim weight_decay_claim() {
  return {
      .name = "weight-decay",
      .sentence =
          "With BN less weight decay is needed, and what it does is to set the length of the weights and so "
          "the effective learning rate.",
      .source = "Ioffe & Szegedy 2015, §4.2.1; van Laarhoven 2017 (arXiv 1706.05350), §3",
      .paper =
          "BN-Inception's L2 was a fifth of Inception's, which improved its accuracy. van Laarhoven: an "
          "effective rate η/‖w‖², at balance √(2ηλ) of turning a step.",
      .scope =
          "2,000 images of {data}, 3 hidden layers of ReLUs, {4,000} steps of 60; the papers: ImageNet, Inception; CIFAR-10",
      .asked =
          "The MNIST network with ReLUs on the first 2,000 training images, {4,000} steps at a constant rate "
          "of 0.1, decays of 0, 10⁻⁴, 10⁻³ and 10⁻². \"Less is needed\" is measured as what the best decay "
          "gains over none, with BN and without. \"What it does\" is checked by a number that follows from "
          "scale invariance alone: a gradient is at right angles to a scale-invariant weight vector, so a "
          "step of SGD lengthens it by η²‖g‖²/2‖w‖ while decay shortens it by ηλ‖w‖; where they balance, the "
          "vector turns by √(2ηλ) per step whatever the loss. As squares balance, the turning is a root mean "
          "square, over the second hidden layer's units and every eighth step of the last quarter.",
      .parts =
          {part("gain in accuracy from the best decay, without BN less with BN",
                at_least(0.002, Unit::points),
                "0.2 points are what two seeds of one arm differ by; less would not show that BN needs less.",
                [](const SeedResults& seed) { return gain(seed, "none") - gain(seed, "batch"); }),
           part("turning a step (root mean square) with BN and decay 0.01, against √(2ηλ): the larger over "
                "the smaller",
                at_most(1.25, Unit::times),
                "The prediction holds at balance and for small steps; a quarter allows for the rest of both.",
                [](const SeedResults& seed) { return off_prediction(seed[arm("batch", strong)]); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Balance takes about 1/(2ηλ) steps: 500 at a decay of 0.01, far more than these runs at the "
          "smaller ones.",
  };
}

}}  // namespace norma
