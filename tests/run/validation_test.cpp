// Judging by a validation set: it is none of what is trained on, the test set is not seen before the end, and
// the best weights are kept.
#include <doctest/doctest.h>

#include <algorithm>

#include "apps/run/evaluate.h"
#include "apps/run/opened_run.h"
#include "apps/run/run_folder.h"
#include "apps/run/trainer.h"
#include "data/formats/files.h"
#include "tests/support/errors.h"
#include "tests/support/small_runs.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_validation_test {

RunConfig judged(Index early_stop = 0) {
  RunConfig c = small();
  c.validation = 0.2;
  c.early_stop = early_stop;
  c.eval_every = 5;
  c.steps = 60;
  return c;
}

// All that a run leaves before its final scores.
std::string leaves(const FinishedRun& r) {
  const TemporaryFolder folder;
  write_run(folder.path, r);
  std::string all;
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors", "model-best.safetensors"})
    all += read_file(folder / file);
  return all;
}

TEST_CASE("validation: the samples are a part of --train-size, and the rest is trained on") {
  RunConfig c = judged();
  c.train_size = 500;
  const RunPlan plan = resolve(c, digits());
  CHECK(plan.config.train_size == 500);
  CHECK(training_samples(plan.config, digits().train) == 400);
  const RunSamples own = samples_of(plan.config, digits().train);
  CHECK((own.train.size() == 400 && own.validation.size() == 100));
  const Dataset all = digits().train.first(500);
  std::vector<std::vector<std::uint8_t>> parts, whole;
  for (const Dataset* d : {&own.train, &own.validation, &all})
    for (Index i = 0; i < d->size(); ++i) (d == &all ? whole : parts).push_back(d->part(i, 1).pixels);
  std::sort(parts.begin(), parts.end());
  std::sort(whole.begin(), whole.end());
  CHECK(parts == whole);
  const RunResult r = run(c, digits()).result;
  CHECK(r.steps_per_epoch == 7);  // 400 = 6 · 60 + 40
  CHECK(training_samples(resolve(small(), digits()).config, digits().train) == 601);
  CHECK(samples_of(resolve(small(), digits()).config, digits().train).validation.size() == 0);
  c.train_size = 60;
  c.batch_size = 49;
  CHECK(error_of([&] { resolve(c, digits()); }) ==
        "--batch-size: expected at most 48, the number of training samples, got 49");
  c.batch_size = 20;
  c.validation = 0.001;
  CHECK(error_of([&] { resolve(c, digits()); }) ==
        "--validation: expected a share that holds out at least one of 60 training samples, got 0.001");
}

TEST_CASE("validation: no option sees the test set before the final scores") {
  DataPair other = digits();
  for (std::uint8_t& p : other.test.pixels) p = static_cast<std::uint8_t>(255 - p);
  for (std::uint8_t& label : other.test.labels) label = static_cast<std::uint8_t>(9 - label);
  std::vector<std::pair<const char*, RunConfig>> all;
  auto add = [&](const char* name, auto change) {
    RunConfig c = judged();
    change(c);
    all.emplace_back(name, c);
  };
  add("plain", [](RunConfig&) {});
  add("early stop", [](RunConfig& c) { c.early_stop = 2, c.lr = 2; });
  add("precise", [](RunConfig& c) { c.precise = 300; });
  add("precise, early stop", [](RunConfig& c) { c.precise = 300, c.early_stop = 1, c.lr = 2; });
  add("augmented", [](RunConfig& c) { c.augment = "shift:2"; });
  add("weight norm from samples", [](RunConfig& c) { c.norm = "weight"; });
  add("renorm, cosine", [](RunConfig& c) { c.norm = "batch-renorm", c.schedule = "cosine"; });
  add("step schedule, Adam",
      [](RunConfig& c) { c.schedule = "step", c.optimizer = "adam", c.momentum = 0, c.lr = 0.01; });
  for (const auto& one : all) {
    CAPTURE(one.first);
    const FinishedRun a = run(one.second, digits()), b = run(one.second, other);
    CHECK(leaves(a) == leaves(b));
    CHECK(a.result.train_running.loss == b.result.train_running.loss);
    CHECK(a.result.test_running.loss != b.result.test_running.loss);
  }
  // It can fail: without validation the curves are the test set's.
  RunConfig plain = small();
  CHECK(run(plain, digits()).result.evaluations[0].score.loss !=
        run(plain, other).result.evaluations[0].score.loss);
}

TEST_CASE("validation: it judges each evaluation, the test set the end, once") {
  const RunConfig c = judged();
  const FinishedRun r = run(c, digits());
  const RunSamples own = samples_of(r.result.config, digits().train);
  FinishedRun again = run(c, digits());
  const BatchFormat format{};
  const Score end =
      evaluate(again.model, own.validation, format, evaluation_batch(format), Statistics::running);
  CHECK(r.result.evaluations.back().score.loss == end.loss);
  CHECK(r.result.evaluations.back().score.accuracy == end.accuracy);
  CHECK(r.result.judged() == &r.result.evaluations.back());
  const Score test = evaluate(again.model, digits().test, format, 1, Statistics::running);
  CHECK(r.result.test_running.loss == test.loss);
}

TEST_CASE("early stop: the best weights are kept and judged, some evaluations after they were reached") {
  RunConfig c = judged(3);
  c.lr = 3;
  c.steps = 400;
  FinishedRun r = run(c, digits());
  const RunResult& result = r.result;
  const Evaluation* best = result.best();
  REQUIRE(best);
  CHECK(result.steps < 400);
  CHECK(result.evaluations.back().step == result.steps);
  CHECK(&result.evaluations.back() - best == 3);
  for (const Evaluation& e : result.evaluations) CHECK(e.score.accuracy <= best->score.accuracy);
  CHECK(result.judged() == best);
  // As many steps and no more leave these weights.
  RunConfig until = c;
  until.early_stop = 0;
  until.steps = best->step;
  const FinishedRun there = run(until, digits());
  CHECK(encode_safetensors(r.best) == bytes_of(there.model));
  CHECK(encode_safetensors(there.best) == bytes_of(there.model));
  CHECK(bytes_of(r.model) != bytes_of(there.model));
  CHECK(result.test_running.loss == there.result.test_running.loss);
  CHECK(result.test_batch.loss == there.result.test_batch.loss);
  CHECK(result.train_batch.accuracy == there.result.train_batch.accuracy);
  // Without it the run goes on, and only the judgement differs.
  c.early_stop = 0;
  c.steps = result.steps;
  const FinishedRun last = run(c, digits());
  CHECK(bytes_of(last.model) == bytes_of(r.model));
  CHECK(encode_safetensors(last.best) == encode_safetensors(r.best));
  CHECK(last.result.test_running.loss != result.test_running.loss);
  CHECK(run(small(), digits()).best.empty());
}

TEST_CASE("early stop: precise statistics are those of the weights in each file") {
  RunConfig c = judged(2);
  c.lr = 3;
  c.precise = 420;
  c.steps = 400;
  const FinishedRun r = run(c, digits());
  const RunSamples own = samples_of(r.result.config, digits().train);
  const TemporaryFolder folder;
  write_run(folder.path, r);
  for (const std::string weights : {"last", "best"}) {
    CAPTURE(weights);
    RunConfig until = c;
    until.early_stop = 0;
    until.steps = weights == "last" ? r.result.steps : r.result.best()->step;
    CHECK(bytes_of(open_run(folder.path, "test", weights).model) == bytes_of(run(until, digits()).model));
  }
  CHECK(open_run(folder.path, "test").weights == "best");
  CHECK(says(error_of([&] { open_run(folder.path, "test", "bset"); }), {"--weights", "did you mean 'best'"}));
  std::filesystem::remove(folder / "model-best.safetensors");
  CHECK(error_of([&] { open_run(folder.path, "test"); }) ==
        folder.path.string() +
            ": has no model-best.safetensors; train with --validation, or take --weights last");
  CHECK_FALSE(is_whole_run(folder.path));
}

TEST_CASE(
    "best: the greatest accuracy, then the least loss, then the first; a loss that is not finite is none") {
  RunResult r;
  CHECK(r.best() == nullptr);
  const auto add = [&](double loss, double accuracy) {
    r.evaluations.push_back({Index(r.evaluations.size()), 0, 0, 0, {loss, accuracy}});
  };
  add(NAN, 0.9);
  CHECK(r.best() == nullptr);
  add(2, 0.5);
  add(1, 0.6);
  add(0.9, 0.6);
  add(0.9, 0.6);
  add(0.1, 0.5);
  CHECK(r.best()->step == 3);
}

}  // namespace run_validation_test
}}  // namespace norma
