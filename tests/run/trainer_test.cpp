// Runs as users start them, small: the same configuration gives the same bytes, alone or side by side; a
// diverged run is a result; nothing is left behind; batch normalization learns.
#include "apps/run/trainer.h"

#include <doctest/doctest.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "apps/run/run_folder.h"
#include "core/parallel.h"
#include "data/formats/files.h"
#include "tests/support/reference.h"
#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_trainer_test {

using namespace reference;

// Everything that a run says but its times.
std::string words(const RunResult& r) {
  std::ostringstream out;
  out.precision(17);
  auto score = [&](const Score& s) { out << ' ' << s.loss << ' ' << s.accuracy; };
  out << r.data << ' ' << r.steps_per_epoch << ' ' << r.parameters << ' ' << r.dropped << ' ' << r.steps
      << ' ' << r.diverged_at.value_or(-1);
  for (const Evaluation& e : r.evaluations) {
    out << '\n' << e.step << ' ' << e.epoch << ' ' << e.lr << ' ' << e.train_loss;
    score(e.score);
  }
  for (const StepLoss& l : r.losses) out << '\n' << l.step << ' ' << l.loss;
  for (const Score& s : {r.train_running, r.train_batch, r.test_running, r.test_batch}) score(s);
  return out.str();
}

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
  std::string name = fs::temp_directory_path() / "norma-run-XXXXXX";
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
  CHECK(result.test_running.accuracy == result.evaluations[2].score.accuracy);
  CHECK(result.test_batch.loss != result.test_running.loss);

  const RunResult plain = run(small("none"), digits()).result;
  CHECK(plain.steps_per_epoch == 11);
  CHECK(plain.dropped == 0);
  CHECK(plain.test_batch.loss == plain.test_running.loss);

  CHECK(result.steps_to(0.0) == 15);
  CHECK(result.steps_to(1.01) == HUGE_VAL);
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

}  // namespace run_trainer_test
}}  // namespace norma
