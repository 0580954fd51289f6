// Runs as users start them, small: the same configuration gives the same bytes, alone or side by side; a
// diverged run is a result; nothing is left behind; evaluation changes nothing; batch normalization learns.
#include <doctest/doctest.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "apps/run/evaluate.h"
#include "apps/run/run_folder.h"
#include "apps/run/trainer.h"
#include "core/parallel.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "data/load.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

const DataPair& digits() {
  static const DataPair data = load_data("digits", {}, {.train = 601, .test = 250, .seed = 3});
  return data;
}

RunConfig small(const std::string& norm = "batch") {
  RunConfig c;
  c.hidden = {20, 15};
  c.norm = norm;
  c.steps = 40;
  c.eval_every = 15;
  c.log_every = 4;
  c.momentum = 0.9;
  c.dropout = 0.1;
  return c;
}

// Everything that a run says but its times.
std::string words(const RunResult& r) {
  std::ostringstream out;
  out.precision(17);
  auto score = [&](const Score& s) { out << ' ' << s.loss << ' ' << s.accuracy; };
  out << r.data << ' ' << r.steps_per_epoch << ' ' << r.parameters << ' ' << r.dropped << ' ' << r.steps
      << ' ' << r.diverged_at.value_or(-1);
  for (const Evaluation& e : r.evaluations) {
    out << '\n' << e.step << ' ' << e.epoch << ' ' << e.lr << ' ' << e.train_loss;
    score(e.test);
  }
  for (const StepLoss& l : r.losses) out << '\n' << l.step << ' ' << l.loss;
  for (const Score& s : {r.train_running, r.train_batch, r.test_running, r.test_batch}) score(s);
  return out.str();
}

std::string bytes_of(const Module& model) { return encode_safetensors(model.state_dict()); }

std::string all_of(const FinishedRun& r) { return words(r.result) + bytes_of(r.model); }

TEST_CASE("run: the same configuration gives the same bytes, another seed gives others") {
  for (const char* norm : {"none", "batch"}) {
    RunConfig c = small(norm);
    const FinishedRun first = run(c, digits()), again = run(c, digits());
    CHECK(words(first.result) == words(again.result));
    CHECK(bytes_of(first.model) == bytes_of(again.model));
    c.seed = 2;
    const FinishedRun other = run(c, digits());
    CHECK(words(first.result) != words(other.result));
    CHECK(bytes_of(first.model) != bytes_of(other.model));
  }
}

TEST_CASE("run: the folder of a run holds the same model.safetensors, byte for byte") {
  namespace fs = std::filesystem;
  std::string name = fs::temp_directory_path() / "norma-experiment-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const fs::path folder = name;
  for (const char* one : {"first", "second"}) {
    fs::create_directories(folder / one);
    write_run(folder / one, run(small(), digits()));
  }
  for (const char* file : {"model.safetensors", "config.json", "metrics.jsonl"})
    CHECK(read_file(folder / "first" / file) == read_file(folder / "second" / file));
  fs::remove_all(folder);
}

TEST_CASE("run: what a run reports") {
  const FinishedRun r = run(small(), digits());
  const RunResult& result = r.result;
  CHECK(result.steps_per_epoch == 10);
  CHECK(result.dropped == 1);  // 601 = 10 · 60 + 1: batch normalization cannot train on one
  CHECK(result.parameters == 784 * 20 + 2 * 20 + 20 * 15 + 2 * 15 + 15 * 10 + 10);
  CHECK(result.steps == 40);
  CHECK_FALSE(result.diverged_at);
  REQUIRE(result.evaluations.size() == 3);
  CHECK(result.evaluations[0].step == 15);
  CHECK(result.evaluations[2].step == 40);
  CHECK(result.evaluations[0].epoch == 1.5);
  CHECK(result.losses.size() == 10);
  CHECK(result.losses[9].step == 40);
  CHECK(result.test_running.accuracy == result.evaluations[2].test.accuracy);
  CHECK(result.test_batch.loss != result.test_running.loss);

  const RunResult plain = run(small("none"), digits()).result;
  CHECK(plain.steps_per_epoch == 11);
  CHECK(plain.dropped == 0);
  CHECK(plain.test_batch.loss == plain.test_running.loss);

  CHECK(result.steps_to(0.0) == 15);
  CHECK_FALSE(result.steps_to(1.01));
}

TEST_CASE("run: a diverged run is a result, with the step where it happened") {
  RunConfig c = small("none");
  c.activation = "relu";
  c.lr = 1e6;
  c.eval_every = 1;
  const FinishedRun r = run(c, digits());
  REQUIRE(r.result.diverged_at.has_value());
  CHECK(*r.result.diverged_at == r.result.steps);
  CHECK(r.result.steps < 10);
  CHECK(r.result.evaluations.size() == at(r.result.steps - 1));
  CHECK(std::isnan(r.result.test_running.loss));
  CHECK(std::isnan(r.result.train_batch.accuracy));
  CHECK(run(c, digits()).result.diverged_at == r.result.diverged_at);
}

TEST_CASE("run: runs side by side are the same as one after the other, bit for bit") {
  constexpr Index runs = 6;
  auto grid = [&](int workers) {
    std::vector<std::string> results(runs);
    side_by_side(workers, runs, [&](Index i) {
      RunConfig c = small(i % 2 ? "none" : "batch");
      c.seed = static_cast<std::uint64_t>(i);
      c.hidden = {130, 70};  // large enough for a product to be shared among threads, were they there
      c.batch_size = 150;
      c.optimizer = i == 4 ? "adam" : "sgd";
      if (i == 4) c.momentum = 0;
      results[at(i)] = all_of(run(c, digits()));
    });
    return results;
  };
  const auto one = grid(1), two = grid(2), again = grid(2);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].size() > 10'000);
    CHECK(one[i] == two[i]);
    CHECK(two[i] == again[i]);
  }
}

TEST_CASE("run: a run on its own has the numbers that it has in a grid") {
  RunConfig c = small();
  c.seed = 4;
  const std::string alone = all_of(run(c, digits()));
  std::string inside;
  side_by_side(2, 2, [&](Index i) {
    RunConfig mine = small();
    mine.seed = i ? 9 : 4;
    const std::string all = all_of(run(mine, digits()));
    if (!i) inside = all;
  });
  CHECK(alone == inside);
}

Index resident_bytes() {
  std::ifstream file("/proc/self/statm");
  Index pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST_CASE("run: a hundred runs leave no memory behind") {
  RunConfig c = small();
  c.steps = 5;
  auto runs = [&](int n) {
    for (int i = 0; i < n; ++i) {
      c.seed = static_cast<std::uint64_t>(i);
      c.norm = i % 2 ? "none" : "batch";
      run(c, digits());
    }
    malloc_trim(0);
  };
  runs(20);
  const PoolStats before = pool_stats();
  [[maybe_unused]] const Index resident = resident_bytes();
  runs(100);
  CHECK(pool_stats().bytes_used == before.bytes_used);
  CHECK(pool_stats().bytes_held == before.bytes_held);
  CHECK(pool_stats().system_allocations == before.system_allocations);
#ifndef __SANITIZE_ADDRESS__
  CHECK(resident_bytes() - resident < 512 * 1024);  // one model and its batch are about 400 KiB
#endif
}

TEST_CASE("run: evaluation changes nothing and goes back to training mode") {
  const FinishedRun r = run(small(), digits());
  Sequential model = build_network(resolve(r.result.config, digits()));
  model.load(r.model.state_dict());
  const std::string before = bytes_of(model);
  for (Statistics s : {Statistics::running, Statistics::batch}) {
    const Score score = evaluate(model, digits().test, {}, 60, s);
    CHECK(bytes_of(model) == before);
    CHECK(model.training());
    CHECK(evaluate(model, digits().test, {}, 60, s).loss == score.loss);
  }
  // By running statistics each sample is judged by itself, so the batch size does not matter.
  const Score by_sixty = evaluate(model, digits().test, {}, 60, Statistics::running),
              by_one = evaluate(model, digits().test, {}, 1, Statistics::running);
  CHECK(by_sixty.accuracy == by_one.accuracy);
  CHECK(by_sixty.loss == doctest::Approx(by_one.loss).epsilon(1e-5));
  CHECK(by_sixty.accuracy == r.result.test_running.accuracy);
  // By the batch's it does; a single sample that is left joins the batch before it: 167 = 83 + 84.
  const Dataset part = digits().test.first(167);
  const Score by_batch = evaluate(model, part, {}, 83, Statistics::batch),
              first = evaluate(model, part.first(83), {}, 83, Statistics::batch);
  Dataset rest = part;
  rest.pixels.erase(rest.pixels.begin(), rest.pixels.begin() + 83 * part.sample.size());
  rest.labels.erase(rest.labels.begin(), rest.labels.begin() + 83);
  const Score last = evaluate(model, rest, {}, 84, Statistics::batch);
  CHECK(by_batch.loss == doctest::Approx((83 * first.loss + 84 * last.loss) / 167).epsilon(1e-6));
  CHECK(167 * by_batch.accuracy == doctest::Approx(83 * first.accuracy + 84 * last.accuracy));
  CHECK(by_batch.loss != evaluate(model, part, {}, 60, Statistics::batch).loss);
  CHECK(std::isnan(evaluate(model, part.first(1), {}, 83, Statistics::batch).loss));  // no statistics of one
}

TEST_CASE("run: precise and batch statistics stand for the whole set, whatever its order") {
  const auto sorted = [](const Dataset& data) {
    Dataset result = data.without_samples();
    for (int c = 0; c < data.classes; ++c) {
      for (Index i = 0; i < data.size(); ++i) {
        if (data.labels[static_cast<std::size_t>(i)] != c) continue;
        result.labels.push_back(static_cast<std::uint8_t>(c));
        const auto at = data.pixels.begin() + i * data.sample.size();
        result.pixels.insert(result.pixels.end(), at, at + data.sample.size());
      }
    }
    return result;
  };
  RunConfig c = small();
  c.dropout = 0;
  c.lr = 0.3;
  c.steps = 200;
  c.eval_every = 200;
  c.precise = 120;
  const DataPair by_class = {sorted(digits().train), sorted(digits().test)};
  const FinishedRun mixed = run(c, digits()), other = run(c, by_class);
  Sequential model = build_network(resolve(other.result.config, by_class));
  model.load(other.model.state_dict());
  const double in_order = evaluate(model, by_class.test, {}, 60, Statistics::batch).accuracy;
  CHECK(mixed.result.test_batch.accuracy > in_order + 0.1);
  CHECK(std::abs(mixed.result.test_batch.accuracy - other.result.test_batch.accuracy) < 0.1);
  CHECK(std::abs(other.result.test_running.accuracy - other.result.test_moving.accuracy) < 0.1);
}

TEST_CASE("run: with batch normalization the paper's sigmoid net learns within a hundred steps") {
  RunConfig c;
  c.steps = 100;
  c.norm = "batch";
  const DataPair more = load_data("digits", {}, {.train = 2000, .test = 1000, .seed = 3});
  const RunResult bn = run(c, more).result;
  c.norm = "none";
  const RunResult plain = run(c, more).result;
  CHECK(bn.test_batch.accuracy > 0.7);  // chance is 0.1
  CHECK(bn.test_running.accuracy > 0.5);
  CHECK(plain.test_running.accuracy < 0.4);
}

TEST_CASE("run: what a configuration leaves to the data, and what does not fit it") {
  RunConfig c = small();
  c.steps = c.eval_every = 0;
  c.epochs = 3;
  c.schedule = "step";
  const RunConfig r = resolve(c, digits()).config;
  CHECK(r.train_size == 601);
  CHECK(r.steps == 30);
  CHECK(r.eval_every == 10);
  CHECK(r.decay_every == 10);
  c.epochs = 200'000'000'000;  // of ten batches: more steps than --steps takes
  CHECK(error_of([&] { resolve(c, digits()); }).find("--epochs: 200000000000 of 10 batches given, ") == 0);
  c.epochs = 3;
  c.train_size = 602;
  CHECK(error_of([&] { resolve(c, digits()); }).find("--train-size: 602 given, ") == 0);
  c.train_size = 50;
  CHECK(error_of([&] { resolve(c, digits()); }) ==
        "--batch-size: 60 given, more than the 50 training samples");
}

TEST_CASE("run: a word or number that no option takes cannot run, wherever it came from") {
  int words = 0;
  for (auto field : {&RunConfig::model, &RunConfig::activation, &RunConfig::norm, &RunConfig::norm_position,
                     &RunConfig::norm_noise, &RunConfig::norm_freeze, &RunConfig::init, &RunConfig::optimizer,
                     &RunConfig::schedule, &RunConfig::layers}) {
    RunConfig c = small();
    c.norm = "batch";
    c.*field = "sgdw";
    const std::string error = error_of([&] { run(c, digits()); });
    CHECK_MESSAGE(error.find("'sgdw'") != error.npos, error);
    ++words;
  }
  CHECK(words == 10);
  RunConfig c = small();
  c.dropout = 1;
  CHECK(error_of([&] { run(c, digits()); }) == "--dropout: 1 given, a number from 0, below 1 wanted");
  c = small();
  c.lr = -1;
  CHECK(error_of([&] { run(c, digits()); }) == "--lr: -1 given, a number from 0 wanted");
}

TEST_CASE("run: progress comes to the last step, and does not change the numbers") {
  Index last = 0;
  auto look = [&](const Progress& p) {
    CHECK(p.steps == 40);
    CHECK((p.evaluating ? p.step == 40 : p.step > last));
    CHECK(p.loss > 0);
    last = p.step;
  };
  const FinishedRun told = run(small(), digits(), {.progress = look});
  CHECK(last == 40);
  CHECK(all_of(told) == all_of(run(small(), digits())));
}

}  // namespace
}}  // namespace norma
