// norma compare RUN ...: finished runs compared afterwards, and which are refused.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_compare_runs_test {

/// What a comparison found, without what a clock said.
json found(const Place& place, const std::string& folder) {
  return without_times(json::parse(contents(place.here / folder / "comparison.json")));
}

/// The lines of the tables, without the columns of times.
std::string untimed_report(const Place& place, const std::string& folder) {
  const std::string page = contents(place.here / folder / "report.html");
  return page.substr(page.find("steps to a"), page.find("How it was run") - page.find("steps to a"));
}

TEST_CASE("twenty finished runs from two folders, compared afterwards, are the grid that made them") {
  const Place place;
  const std::string usual = "compare --data $DATA --hidden 8 --steps 60 --eval-every 5 --lr 1 --quiet ";
  place.make(usual + "--vary norm=none,batch,layer --seeds 7 --seed 3", "grid");
  place.make(usual + "--vary norm=none,batch --seeds 7 --seed 3", "a");
  place.make(usual + "--vary norm=layer --seeds 6 --seed 3", "b");
  place.make("compare a b", "afterwards");
  json grid = found(place, "grid"), all = found(place, "afterwards");
  CHECK(all["arms"].size() == 3);
  CHECK(all["arms"][2]["runs"].size() == 6);
  for (const int arm : {0, 1}) CHECK(all["arms"][arm] == grid["arms"][arm]);
  for (const char* key : {"data", "base", "factors", "seeds"}) CHECK_MESSAGE(all[key] == grid[key], key);

  // Of the very runs of a grid: all of it, and the curves.
  place.make("compare grid/runs", "again");
  CHECK(found(place, "again") == found(place, "grid"));
  CHECK(untimed_report(place, "again") == untimed_report(place, "grid"));
  for (const char* figure : {"test-accuracy.csv", "training-loss.csv"})
    CHECK_MESSAGE(contents(place.here / "again" / figure) == contents(place.here / "grid" / figure), figure);
  CHECK_FALSE(fs::exists(place.here / "again/runs"));
  const Finished f = place.run("compare grid --out loud");
  CHECK((has(f.out, "61 training and 20 test images") &&
         has(f.out, "21 finished runs in 3 arms: norm = none, batch, layer")));
}

TEST_CASE("grids of numbers, models and validation are the same afterwards, diverged runs too") {
  const Place place;
  for (const std::string grid :
       {"--hidden 8 --vary lr=0.1,1,1e+30 --seeds 2",
        "--hidden 8 --vary norm=none,batch --vary lr=0.1,1 --seeds 4",
        "--batch-size 20 --vary model=mlp,cnn --seeds 2",
        "--hidden 8 --norm batch --precise 60 --vary epochs=1,2 --seeds 2",
        "--vary hidden=16,8x8 --batch-size 20 --validation 0.2 --early-stop 2 --seeds 2"}) {
    const bool epochs = has(grid, "epochs");
    const std::string name = std::to_string(std::hash<std::string>()(grid)), after = name + "-after";
    place.make("compare --data $DATA --quiet --eval-every 5 " + grid + (epochs ? "" : " --steps 20"), name);
    place.make("compare --quiet " + name, after);
    CHECK_MESSAGE(found(place, after) == found(place, name), grid);
    CHECK_MESSAGE(untimed_report(place, after) == untimed_report(place, name), grid);
    for (const char* figure : {"heat-map.csv", "final-accuracy.csv"})
      CHECK_MESSAGE(contents(place.here / after / figure) == contents(place.here / name / figure), grid);
  }
}

TEST_CASE("finished runs are arms by the options that differ, in the order they are given") {
  const Place place;
  for (const std::string seed : {"1", "2", "3"})
    place.make("train TINY --norm batch --seed " + seed, "with/" + seed);
  for (const std::string seed : {"2", "3", "4"})
    place.make("train TINY --lr 0.5 --seed " + seed, "without/" + seed);
  const Finished f = place.run("compare with without --out both");
  REQUIRE_MESSAGE(f.code == 0, f.err);
  CHECK(has(f.out, "norm=batch, lr=0.1 | norm=none, lr=0.5"));
  CHECK(has(f.out, "without BN, lr=0.5 against with BN, lr=0.1, of 2 seeds that both have"));
  const json both = found(place, "both");
  CHECK((both["arms"][0]["runs"].size() == 3 && both["seeds"] == json({1, 2, 3, 4})));
  CHECK(both["paired_difference"]["test_accuracy"]["n"] == 2);
  place.make("compare --quiet without with", "turned");
  CHECK(found(place, "turned")["arms"][0]["name"] == "norm=none, lr=0.5");

  // Without a seed in common there is no difference seed by seed.
  const Finished apart = place.run("compare with/1 without/4 --out apart");
  CHECK((apart.code == 0 && !has(apart.out, "against")));
  CHECK(!found(place, "apart").contains("paired_difference"));
}

TEST_CASE("runs that cannot be compared are refused by name, unfinished and repeated ones left out") {
  const Place place;
  put_data(place.data, 90, 20);
  place.make("train TINY", "a");
  place.make("train TINY --norm batch", "b");
  place.make("train TINY --norm batch --threads 2", "same");
  place.make("train TINY --batch-size 20", "batches");
  place.make("train TINY --train-size 60", "fewer");
  place.make("train TINY --validation 0.2", "held");
  put_data(place.data, 92, 20);
  place.make("train TINY", "mixed/other");
  const Finished f = place.run("compare a b batches fewer held mixed --out c");
  INFO(f.err);
  CHECK(f.code == 2);
  CHECK(has(f.err, "norma: mixed/other: expected the data "));
  CHECK(has(f.err, "norma: batches: expected --batch-size 60, as in a, got 20\n"));
  CHECK(has(f.err, "norma: fewer: expected --train-size 90, as in a, got 60\n"));
  CHECK(has(f.err, "norma: held: expected --validation 0, as in a, got 0.2\n"));
  CHECK(has(f.err, "4 of 6 runs cannot be compared"));
  CHECK_FALSE(fs::exists(place.here / "c"));

  fs::remove(place.here / "b/about.json");  // an older run: by name and source
  const Finished left = place.run("compare a a/ b same --out c");
  CHECK_MESSAGE((left.code == 0 && has(left.err, "norma: same: left out, b has the same options and seed\n")),
                left.err);
  fs::create_directory(place.here / "cut");
  for (const char* file : {"about.json", "metrics.jsonl"})
    fs::copy_file(place.here / "a" / file, place.here / "cut" / file);
  CHECK(has(place.run("compare a b cut --quiet --out d").err, "norma: cut: left out, it is broken off\n"));
  put(place.here / "same/metrics.jsonl", "{\"step\": 5, \"epoch\": 1}\n");
  json summary = json::parse(contents(place.here / "fewer/summary.json"));
  summary["steps"] = 1e300;
  put(place.here / "fewer/summary.json", summary.dump());
  fs::create_directory(place.here / "empty");
  check_all(place, {{"compare a nowhere --out e", {"nowhere"}},
                    {"compare a empty --out e", {"empty", "no run"}},
                    {"compare cut --out e", {"cut", "no run is finished"}},
                    {"compare a --out e", {"differ in an option", "1 run"}},
                    {"compare a b --out a", {"--out a", "holds the run a"}},
                    {"compare a b --overwrite --out .", {"--out .", "holds the run a"}},
                    {"compare a b --lr 1", {"--lr", "nothing is trained"}},
                    {"compare a b --vary lr=1,2", {"--vary", "nothing is trained"}},
                    {"compare a b --arm lr=1", {"--arm", "nothing is trained"}},
                    {"compare a b --seeds 5", {"--seeds", "nothing is trained"}},
                    {"compare a b --jobs 0", {"--jobs", "nothing is trained"}},
                    {"compare a b --merge c", {"--merge", "nothing is trained"}},
                    {"compare a b --shard 1/2", {"--shard", "nothing is trained"}},
                    {"compare a b --config a/config.json", {"--config", "nothing is trained"}}});
  CHECK(has(place.run("compare a same --out e").err, "same/metrics.jsonl: step 5 has no \"lr\""));
  CHECK(has(place.run("compare a fewer --out e").err, "fewer/summary.json: "));
}

}}}  // namespace norma::commands_compare_runs_test
