// Internal covariate shift: the idea, two measures of it, and what they say with BN and with noise behind it.
#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "apps/run/shift.h"
#include "core/ops.h"
#include "data/digits.h"
#include "data/loader.h"
#include "layers/network/build.h"
#include "optim/optimizer.h"

namespace norma {
namespace {

constexpr int steps = 1000;
const std::vector<int> moments_shown = {10, 100, 300, 1000};

struct Arm {
  std::string name, between;  // linear and sigmoid
  double rate;
};
const std::vector<Arm> arms = {
    {"without BN", "", 5}, {"with BN", "bn, ", 1}, {"BN, noise", "bn, noise, ", 1}};

// What was seen of an arm at each of moments_shown.
struct Seen {
  std::vector<double> movement, cosine, accuracy;
};

double accuracy(Sequential& model, const Batch& of) {
  NoGrad guard;
  model.eval();
  const Index correct = count_correct(model(of.x), of.labels);
  model.train();
  return 100. * double(correct) / double(of.labels.size());
}

// 784-64-64-64-10 with sigmoids, batches of 50 drawn digits.
Seen train(const Arm& arm, const Dataset& digits, const Batch& test) {
  std::string sentence;
  for (int i = 0; i < 3; ++i) sentence += "linear 64, " + arm.between + "sigmoid, ";
  manual_seed(1);
  Sequential model = build(parse_layers(sentence + "linear 10"), {.sample = {784}});
  Sgd optimizer(model.parameters(), {.lr = arm.rate});
  Loader loader(digits, {.batch_size = 50}, /*seed=*/1);
  Seen seen;
  for (int step = 1; step <= steps; ++step) {
    const Batch& batch = loader.next();
    const bool look = std::find(moments_shown.begin(), moments_shown.end(), step) != moments_shown.end();
    InputMoments before;
    if (look) {
      before = input_moments(model, test.x);
      double cosine = 0;
      const std::vector<CovariateShift> shifts = covariate_shift(model, batch, arm.rate);
      for (const CovariateShift& s : shifts) cosine += s.cosine / double(shifts.size());
      seen.cosine.push_back(cosine);
    }
    optimizer.zero_grad();
    softmax_cross_entropy(model(batch.x), batch.labels).backward();
    optimizer.step();
    if (!look) continue;
    seen.movement.push_back(movement(before, input_moments(model, test.x)));
    seen.accuracy.push_back(accuracy(model, test));
  }
  return seen;
}

void the_idea(Document& d) {
  d.heading("The idea");
  d.text(
      "A layer learns from its inputs, which are what the layers before it make. These learn too, so its "
      "inputs keep changing under it: **internal covariate shift**, the paper's reason for BN (Ioffe & Szegedy "
      "2015, §1). BN holds mean and variance of each unit fixed, so the inputs should stay where they are and "
      "the layer learn in peace. Both halves can be measured.");
}

void the_measures(Document& d) {
  d.heading("Two measures");
  d.text(
      "How far the means m of a layer's inputs move in one step, in their deviations s, before the step and "
      "after it (′):");
  d.formula("movement = (Σ |m′ − m|)/(Σ s)").code(code::movement);
  d.text(
      "How far the gradient of a layer's weights turns when the layers before it have taken their step, and "
      "it has not (Santurkar et al. 2018, Def. 2.1), on the same batch:");
  d.formula("G = ∂L/∂Wᵢ at W₁ … Wᵢ");
  d.formula("G′ = ∂L/∂Wᵢ at W₁′ … Wᵢ₋₁′, Wᵢ").code(code::moved_before).code(code::turned);
  d.text("cos(G, G′) = 1 is no shift. Means over the layers behind the first.");
}

void measured(Document& d, const std::vector<Seen>& seen) {
  d.heading("While a network learns");
  d.text(
      "784-64-64-64-10 with sigmoids on drawn digits, batches of 50, each arm at a rate that suits it: η = 5 "
      "without BN, 1 with it. Noise: behind each BN, in every step, a new shift within ±½ and a scale of 1 to "
      "1.25 for each unit, more for each number: what Santurkar et al. took.");
  const auto table = [&](const std::string& name, int decimals, std::vector<double> Seen::*what) {
    Numbers n = columns_of(name, {arms[0].name, arms[1].name, arms[2].name}, decimals);
    for (std::size_t i = 0; i < moments_shown.size(); ++i)
      n.row("step " + std::to_string(moments_shown[i]),
            {(seen[0].*what)[i], (seen[1].*what)[i], (seen[2].*what)[i]});
    return n;
  };
  d.numbers({table("test accuracy in percent", 1, &Seen::accuracy)});
  d.numbers({table("movement", 3, &Seen::movement)});
  d.numbers({table("cos(G, G′)", 3, &Seen::cosine)});
}

void the_doubt(Document& d) {
  d.heading("The doubt");
  d.text(
      "With noise the inputs move tens of times as far in a step as with BN alone, and the network learns as "
      "well: stable inputs are not what it needs. By the gradients BN does not lower the shift either. A plain "
      "network on its plateau has none, because nothing moves; once it learns, its G′ turns away from G as "
      "those with BN do.");
  d.text(
      "So BN helps, but hardly for this reason. What Santurkar et al. find instead is a smoother surface: "
      "`norma explain surface`, `norma explain rates` and `norma reproduce landscape`.");
}

}  // namespace

Document covariate_shift_lesson() {
  Document d(
      "Internal covariate shift, and the doubt",
      "BN was made to keep a layer's inputs stable while the layers before it learn. They need not be stable "
      "for BN to help, and measured by gradients the shift is not smaller with it.");
  const Dataset digits = draw_digits(6000, 1), others = draw_digits(500, 2);
  Batch test;
  fill(others, 0, others.size(), {}, test);
  std::vector<Seen> seen;
  for (const Arm& arm : arms) seen.push_back(train(arm, digits, test));
  the_idea(d);
  the_measures(d);
  measured(d, seen);
  the_doubt(d);
  return d;
}

}  // namespace norma
