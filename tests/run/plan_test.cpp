// What a configuration means for some data, and what does not fit it.
#include "apps/run/plan.h"

#include <doctest/doctest.h>

#include "tests/support/errors.h"
#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_plan_test {

TEST_CASE("plan: what a configuration leaves to the data, and what does not fit it") {
  RunConfig c = small();
  c.steps = c.eval_every = 0;
  c.epochs = 3;
  c.schedule = "step";
  const RunConfig r = resolve(c, digits()).config;
  CHECK(r.train_size == 601);
  CHECK(r.steps == 30);
  CHECK(r.eval_every == 4);  // 7 times: 30 batches of 60, and 250 test samples
  CHECK(r.decay_every == 10);
  c.epochs = 200'000'000'000;  // of ten batches: more steps than --steps takes
  CHECK(error_of([&] { resolve(c, digits()); }).ends_with(", got 200000000000 epochs of 10 batches"));
  c.epochs = 3;
  c.train_size = 602;
  CHECK(error_of([&] { resolve(c, digits()); }).ends_with(", got 602"));
  c.train_size = 50;
  CHECK(error_of([&] { resolve(c, digits()); }) ==
        "--batch-size: expected at most 50, the number of training samples, got 60");
}

TEST_CASE(
    "plan: about a hundred evaluations, of no more samples than are trained on, one per epoch at least") {
  const auto every = [](Index steps, const std::function<void(RunConfig&)>& change = {}) {
    RunConfig c = small();
    c.steps = steps;
    c.eval_every = 0;
    if (change) change(c);
    return resolve(c, digits()).config.eval_every;
  };
  REQUIRE(digits().test.size() == 250);
  CHECK(every(1) == 1);
  CHECK(every(5) == 5);                                             // 300 samples: one evaluation
  CHECK(every(20) == 5);                                            // 1,200 samples: four
  CHECK(every(100) == 4);                                           // 24
  CHECK(every(1000) == 10);                                         // 100, and once per epoch
  CHECK(every(100'000) == 10);                                      // an epoch has ten batches
  CHECK(every(20, [](RunConfig& c) { c.validation = 0.1; }) == 1);  // 60 samples to judge by
  CHECK(every(1000, [](RunConfig& c) { c.validation = 0.1, c.early_stop = 3; }) ==
        9);  // of 541 samples, without the last one
  CHECK(every(20, [](RunConfig& c) { c.eval_every = 7; }) == 7);
}

TEST_CASE("plan: a word or number that no option takes cannot run, wherever it came from") {
  int words = 0;
  for (auto field : {&RunConfig::model, &RunConfig::activation, &RunConfig::norm, &RunConfig::norm_position,
                     &RunConfig::norm_noise, &RunConfig::norm_freeze, &RunConfig::init, &RunConfig::optimizer,
                     &RunConfig::schedule, &RunConfig::layers}) {
    RunConfig c = small();
    c.norm = "batch";
    c.*field = "sgdw";
    const std::string error = error_of([&] { resolve(c, digits()); });
    CHECK_MESSAGE(error.find("'sgdw'") != error.npos, error);
    ++words;
  }
  CHECK(words == 10);
  RunConfig c = small();
  c.dropout = 1;
  CHECK(error_of([&] { resolve(c, digits()); }) ==
        "--dropout: expected a number of at least 0 and below 1, got 1");
  c = small();
  c.lr = -1;
  CHECK(error_of([&] { resolve(c, digits()); }) == "--lr: expected a number of at least 0, got -1");
}

TEST_CASE("plan: it says what the text means for the data") {
  RunConfig c = small();
  c.binarize = true;
  const RunPlan flat = resolve(c, digits());
  CHECK(flat.input == Shape{784});
  CHECK(flat.about.size() == 0);
  CHECK(flat.about.classes == 10);
  CHECK(flat.batch_statistics);
  CHECK(flat.loader.least_last == 2);
  CHECK(flat.loader.format.flat);
  CHECK(flat.loader.format.binarize);
  CHECK(to_text(flat.network) == to_text(network(c)));
  c.norm_freeze = "statistics";
  const RunPlan frozen = resolve(c, digits());
  CHECK(frozen.frozen.statistics);
  CHECK_FALSE(frozen.batch_statistics);
  CHECK(frozen.loader.least_last == 1);
  c = {};
  c.model = "lenet";
  c.norm = "weight";
  const RunPlan images = resolve(c, digits());
  CHECK(images.input == Shape{1, 28, 28});
  CHECK_FALSE(images.loader.format.flat);
  CHECK(images.data_init);
  CHECK_FALSE(images.batch_statistics);
}

TEST_CASE("plan: what is resolved stays as it is when it is resolved again, and read back") {
  for (const char* norm : {"none", "batch", "batch-renorm", "weight"}) {
    RunConfig c = small(norm);
    c.steps = 0;
    const RunPlan once = resolve(c, digits());
    CHECK(to_json(resolve(once.config, digits()).config) == to_json(once.config));
    CHECK(bytes_of(build_network(plan_of(once.config, digits().test))) == bytes_of(build_network(once)));
  }
}

}  // namespace run_plan_test
}}  // namespace norma
