// What a page may ask of the engine: each call takes a JSON object and gives one. engine.cpp knows their
// names.
#pragma once

#include <memory>

#include "apps/compare/variants.h"
#include "apps/run/json.h"
#include "apps/run/trainer.h"

namespace norma { inline namespace NORMA_BUILD {

/// What one engine keeps between calls: the data, once they are drawn, and the run that open() began.
struct Lab {
  DataPair data;
  RunPlan plan;
  std::unique_ptr<Trainer> trainer;
  std::size_t shown = 0;  // evaluations that steps() has given
};

// A race (race.cpp). A race is {"arms": [{"norm": "batch", "lr": "0.3", …}, …], "seed": 1, "seeds": 1}: each
// arm's options are those of the command line, by the same names and with the same texts as values.

/// {arms, seed, seeds} → {command, arms: [{words, command, needs}]}: the lines of `norma compare` and of
/// `norma train` that do the same, what a comparison calls each arm, and of those of its options that have no
/// effect what they need, by their names.
json describe_race(Lab& lab, const json& race);
/// {arms, …, arm, run_seed} → {network, parameters, steps, batch_size, batch_statistics}. Begins the run of
/// arm number `arm`, with another seed if there is a run_seed.
json open(Lab& lab, const json& request);
/// {until, milliseconds} → {step, seconds, losses, evaluations: [[step, training loss, test loss, accuracy],
/// …], running, diverged_at}. Goes on until that step, but no longer than so many milliseconds; gives what is
/// new.
json steps(Lab& lab, const json& request);
/// {arms, …, runs: [{arm, seed, evaluations, diverged_at}]} → {finding}: the last line of `norma compare`.
json finding(Lab& lab, const json& race);

// The network that is being trained (inside.cpp)

/// {samples} → what `norma inspect --json` says of the network now, with the newest batch.
json inside(Lab& lab, const json& request);
/// {batch} → {running: [loss, accuracy], batch: [loss, accuracy]} on the test set: with the running
/// statistics, as after eval(), and with those of each batch of this size, as if eval() had been forgotten.
json score(Lab& lab, const json& request);
/// {height, width, pixels} → {pixels}: a drawing, 0 = paper, as `norma predict` prepares it, 28 × 28.
json prepare(Lab& lab, const json& request);
/// {pixels} → {probabilities}, of the ten classes, for a prepared drawing.
json predict(Lab& lab, const json& request);
/// {index} → {pixels, label}: an image of the test set.
json test_digit(Lab& lab, const json& request);

// Lessons (by_hand.cpp, surface.cpp, map.cpp)

/// {x (4 × 3), gamma, beta, eps, at} → the steps of `norma explain by-hand`, of features × examples, and the
/// gradient of element `at` of y. What is missing is as on the sheet.
json by_hand(Lab& lab, const json& request);
/// {scale, rate, steps, start, low, high, side} → {raw, normalized}, each {losses (side × side), path,
/// path_losses, minimum, sharpness}: the mean squared error of a linear function of two inputs, the second
/// `scale` times as large.
json surface(Lab& lab, const json& request);
/// {rates, widths, seeds, accuracies: {none, batch} of (seed, width, rate)} → the parts of the claims `init`
/// and `learning-rate`, judged by their rules: {parts: [{claim, effect, expected, got, verdict}]}.
json judge_map(Lab& lab, const json& request);

/// The answer to {"call": NAME, …}. Error on an unknown name, and from the call.
json answer(Lab& lab, const json& request);

}}  // namespace norma
