// norma compare: what it compares, and how it goes on after it was stopped or a run failed.
#include <doctest/doctest.h>

#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_compare_test {

TEST_CASE("compare, by default none against batch, is the same whatever --jobs is") {
  const Place place;
  const std::string line = "compare TINY --lr 1 --eval-every 5 --steps 60 --seeds 2";
  const Finished one = place.run(line + " --jobs 1 --out one");
  CHECK((one.code == 0 && has(one.out, "without BN") && has(one.out, "with BN") && has(one.out, "0 of 2")));
  CHECK((has(one.out, "with BN against without BN") && has(one.out, "steps to 90%")));
  place.make(line + " --jobs 2", "two");
  const json a = json::parse(contents(place.here / "one/comparison.json")),
             b = json::parse(contents(place.here / "two/comparison.json"));
  CHECK(without_times(a) == without_times(b));
  CHECK(place.files("one") == place.files("two"));
  int models = 0;
  for (const std::string& file : place.files("one")) {
    if (!has(file, ".safetensors") && !has(file, ".jsonl") && !has(file, "config.json")) continue;
    CHECK_MESSAGE(contents(place.here / "one" / file) == contents(place.here / "two" / file), file);
    models += has(file, ".safetensors");
  }
  CHECK(models == 4);
  // A run of a grid is what `norma train` makes of its configuration.
  const fs::path run = place.here / "one/runs/norm-batch-seed-2";
  CHECK(model(run) == model(place.make("train --quiet --config " + (run / "config.json").string(), "alone")));
}

TEST_CASE("compare in three shares, merged, is one comparison") {
  const Place place;
  const std::string line = "compare TINY --vary norm=none,batch --vary lr=0.1,1 --seeds 2 --steps 30 ";
  place.make(line, "whole");
  std::string merge;
  std::size_t runs = 0;
  for (const std::string share : {"1", "2", "3"}) {
    const Finished f = place.run(line + "--shard " + share + "/3 --out part" + share);
    CHECK(f.code == 0);
    CHECK((has(f.out, "share " + share + "/3 is done") && has(f.out, "--merge part" + share)));
    CHECK_FALSE(fs::exists(place.here / ("part" + share) / "report.html"));
    merge += " --merge part" + share;
    for (const std::string& file : place.files("part" + share)) runs += file.ends_with("summary.json");
  }
  CHECK(runs == 8);  // each once
  place.make(line + merge, "merged");
  CHECK(place.files("merged") == place.files("whole"));
  for (const std::string& file : place.files("whole")) {
    const fs::path a = place.here / "whole" / file, b = place.here / "merged" / file;
    if (fs::is_directory(a)) continue;
    if (file.ends_with("about.json")) continue;
    if (file.ends_with("comparison.json") || file.ends_with("summary.json"))
      CHECK_MESSAGE(without_times(json::parse(contents(a))) == without_times(json::parse(contents(b))), file);
    else if (!file.ends_with("report.html"))  // which says how long it took
      CHECK_MESSAGE(contents(a) == contents(b), file);
  }
  // A share that is missing is run.
  const Finished two = place.run(line + "--merge part1 --merge part3 --out two");
  CHECK(two.code == 0);
  const Finished two_loud = place.run(
      "compare --hidden 8 --steps 30 --data $DATA --vary norm=none,batch "
      "--vary lr=0.1,1 --seeds 2 --merge part1 --merge part3 --out loud");
  CHECK_MESSAGE(has(two_loud.err, "5 of 8 runs are there from before"), two_loud.err);
  CHECK(without_times(json::parse(contents(place.here / "two/comparison.json"))) ==
        without_times(json::parse(contents(place.here / "whole/comparison.json"))));
  check_refused(place, line + "--seed 9 --merge part1 --out other", {"--merge part1", "--seed", "1", "9"});
  check_refused(place, line + "--merge whole --out other", {"--merge whole", "--shard"});
  check_refused(place, line + "--merge part1 --shard 1/2 --out other", {"--shard", "--merge"});
  for (const char* wrong : {"0/3", "4/3", "1", "1/0", "a/b", "1/3x", "-1/3", "1/20000"})
    check_refused(place, line + "--out other --shard " + wrong, {"--shard", "I/N", wrong});
}

TEST_CASE("compare with one seed, with three factors, and of lengths") {
  const Place place;
  const Finished single = place.run("compare TINY --seeds 1 --out single");
  CHECK((single.code == 0 && !has(single.out, "against without BN  ")));
  const Finished grid = place.run(
      "compare --data $DATA --steps 20 --quiet --vary hidden=8x8,4 --vary norm=none,batch --vary lr=0.1,1,2 --seeds 1 --out grid");
  CHECK((grid.code == 0 && has(grid.out, "hidden=4, with BN, lr=2") && !has(grid.out, "after never")));
  const json all = json::parse(contents(place.here / "grid/comparison.json"));
  CHECK((all["arms"].size() == 12 && all["factors"]["hidden"] == json({"8x8", "4"})));
  CHECK(count(contents(place.here / "grid/runs/hidden-8x8-norm-none-lr-1-seed-1/config.json"), "8") >= 2);
  place.make("compare --data $DATA --hidden 8 --quiet --vary epochs=1,2 --seeds 1", "epochs");
  CHECK(config(place.here / "epochs/runs/epochs-1-seed-1")["steps"] == 2);
  CHECK(config(place.here / "epochs/runs/epochs-2-seed-1")["steps"] == 4);
  put(place.here / "c.json", R"({"epochs": 3, "hidden": [8]})");
  place.make("compare --data $DATA --quiet --config c.json --seeds 1", "file");
  CHECK(config(place.here / "file/runs/norm-none-seed-1")["steps"] == 6);
}

TEST_CASE("Ctrl-C ends a comparison with a word on what is kept, and exit code 130") {
  const Place place;
  const auto stop_at_first = [&](const std::string& line, const std::string& shown) {
    return place.run(place.words(line), {}, "", [&, sent = false]() mutable {
      if (sent || !fs::exists(place.here / shown)) return 0;
      sent = true;
      return SIGINT;
    });
  };
  const std::string line =
      "compare --data $DATA --hidden 8 --vary steps=20,1000000000 --seeds 1 --quiet --jobs 1 --out ";
  const Finished f = stop_at_first(line + "c", "c/runs/steps-20-seed-1/summary.json");
  CHECK((f.code == 130 && has(f.err, "stopped") && has(f.err, "c/runs")));
  CHECK(fs::exists(place.here / "c/runs/steps-20-seed-1/model.safetensors"));
}

std::size_t finished_runs(const Place& place, const std::string& folder) {
  std::size_t n = 0;
  std::error_code error;
  for (fs::directory_iterator it(place.here / folder / ".norma-outcomes", error), end; !error && it != end;
       it.increment(error))
    n += has(it->path().filename().string(), "-seed-");
  return n;
}

/// Runs it and strikes with `signal` as soon as more runs are finished than before.
Finished cut(const Place& place, const std::string& line, const std::string& folder, int signal) {
  const std::size_t before = finished_runs(place, folder);
  bool struck = false;
  return place.run(place.words(line + folder), {}, "", [&] {
    if (struck || finished_runs(place, folder) <= before) return 0;
    struck = true;
    return signal;
  });
}

/// The bytes of every file, without what a clock said; the report shows times.
std::map<std::string, std::string> bytes(const Place& place, const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const std::string& name : place.files(folder)) {
    const fs::path file = place.here / folder / name;
    const bool timed = has(name, "comparison.json") || has(name, "summary.json");
    if (fs::is_regular_file(file) && name != "report.html" && !name.ends_with("about.json"))
      all[name] = timed ? without_times(json::parse(contents(file))).dump() : contents(file);
  }
  return all;
}

const std::string grid =
    "compare --data $DATA --hidden 8 --steps 1500 --eval-every 100 --vary norm=none,batch,layer --vary "
    "lr=0.1,1e30 --seeds 2 --jobs 2 --out ";  // some diverge

TEST_CASE("compare goes on after kill -9 and Ctrl-C with what is missing, to the same bytes") {
  const Place place;
  place.make(grid.substr(0, grid.find(" --jobs")), "whole");
  for (const int signal : {SIGKILL, SIGINT, SIGKILL, SIGTERM, SIGKILL}) {
    std::map<std::string, fs::file_time_type> kept;
    for (const auto& entry : fs::directory_iterator(place.here)) {
      if (entry.path().filename() != "cut") continue;
      for (const auto& outcome : fs::directory_iterator(entry.path() / ".norma-outcomes")) {
        const std::string run = "cut/runs/" + outcome.path().stem().string() + "/model.safetensors";
        if (fs::exists(place.here / run)) kept[run] = fs::last_write_time(place.here / run);
      }
    }
    const std::size_t before = finished_runs(place, "cut");
    const Finished f = cut(place, grid, "cut", signal);
    INFO(f.err);
    CHECK(f.code == (signal == SIGKILL ? -1 : 130));
    if (signal != SIGKILL)
      CHECK(has(f.err, "stopped; the runs that are finished are in cut/runs; the same command"));
    CHECK(finished_runs(place, "cut") > before);
    CHECK(has(f.err, std::to_string(before) + " of 12 runs are there from before") == (before > 0));
    CHECK(!fs::exists(place.here / "cut/comparison.json"));
    for (const auto& entry : kept)  // clang 14 cannot capture a structured binding
      CHECK_MESSAGE(fs::last_write_time(place.here / entry.first) == entry.second, entry.first);
  }
  const std::size_t before = finished_runs(place, "cut");
  const Finished rest = place.run(grid + "cut");
  CHECK_MESSAGE(rest.code == 0, rest.err);
  CHECK(has(rest.err, std::to_string(before) + " of 12 runs are there from before"));
  CHECK(bytes(place, "cut") == bytes(place, "whole"));
  check_refused(place, grid + "cut", {"--out cut", "holds results already", "--overwrite"});
}

TEST_CASE("compare refuses to go on with other options, and says which; --overwrite starts again") {
  const Place place;
  const std::string line = "compare --data $DATA --hidden 8 --steps 1500 --seeds 3 --jobs 1 ";
  REQUIRE(cut(place, line + "--out ", "o", SIGKILL).code == -1);
  const std::size_t kept = finished_runs(place, "o");
  check_all(place,
            {{line + "--quiet --lr 0.5 --out o", {"--out o", "--lr \"0.1\"", "\"0.5\"", "--overwrite"}},
             {line + "--quiet --vary lr=1,2 --out o", {"--vary \"norm=none,batch\"", "\"lr=1,2\""}},
             {line + "--quiet --seeds 4 --out o", {"--seeds \"3\"", "\"4\""}},
             {"train TINY --out o", {"--out o", "holds results already", "--overwrite"}}});
  put_data(place.data, 62, 20);
  check_refused(place, line + "--quiet --out o", {"--out o", "is on other data", "--overwrite"});
  put_data(place.data, 61, 20);
  CHECK(finished_runs(place, "o") == kept);
  fs::resize_file(place.here / "o/.norma-outcomes/norm-none-seed-1.json", 100);  // damaged: run again
  const Finished on = place.run(line + "--out o");
  CHECK_MESSAGE(on.code == 0, on.err);
  CHECK(has(on.err, std::to_string(kept - 1) + " of 6 runs are there") == (kept > 1));
  const Finished over = place.run(line + "--lr 0.5 --overwrite --out o");
  CHECK((over.code == 0 && !has(over.err, "from before")));
  CHECK(config(place.here / "o/runs/norm-none-seed-1")["lr"] == 0.5);
}

TEST_CASE("compare --overwrite that was cut short goes on beside the old results") {
  const Place place;
  const std::string line = "compare --data $DATA --hidden 8 --steps 1500 --seeds 3 --jobs 1 ";
  place.make("train TINY", "o");
  place.make(line, "whole");
  const std::string before = model(place.here / "o");
  bool struck = false;
  const Finished stopped = place.run(place.words(line + "--overwrite --out o"), {}, "", [&] {
    if (struck || finished_runs(place, "o/.norma-new") < 2) return 0;
    struck = true;
    return SIGINT;
  });
  CHECK((stopped.code == 130 && has(stopped.err, "the results that were there are as they were")));
  CHECK(model(place.here / "o") == before);
  CHECK(place.run("eval o").code == 0);
  const Finished rest = place.run(line + "--overwrite --out o");
  CHECK_MESSAGE((rest.code == 0 && has(rest.err, " of 6 runs are there from before")), rest.err);
  CHECK(bytes(place, "o") == bytes(place, "whole"));
}

TEST_CASE("a run that fails is a row of the table; the others go on, and it alone is tried again") {
  const Place place;
  const std::string line =
      "compare --data $DATA --hidden 8 --vary steps=20,40000,30 --seeds 1 --jobs 1 --out ";
  place.make(line.substr(0, line.find(" --out")), "whole");
  const fs::path run = place.here / "o/runs/steps-40000-seed-1", in_the_way = run / "summary.json/file";
  const Finished failed = place.run(place.words(line + "o"), {}, "", [&] {
    if (fs::exists(run / "about.json") && !fs::exists(in_the_way)) put(in_the_way, "");
    return 0;
  });
  INFO(failed.out, failed.err);
  CHECK(failed.code == 1);
  CHECK((has(failed.out, "steps=40000, seed 1  failed: ") && has(failed.out, "steps=30")));
  CHECK((has(failed.err, "norma: 1 run failed: ") && has(failed.err, "the same command tries again")));
  CHECK(!fs::exists(place.here / "o/comparison.json"));
  REQUIRE(finished_runs(place, "o") == 2);
  CHECK(place.files("o/runs/steps-40000-seed-1/summary.json").size() == 1);
  CHECK(!fs::exists(run / "metrics.jsonl"));
  fs::remove_all(run);
  const Finished again = place.run(line + "o");
  CHECK_MESSAGE((again.code == 0 && has(again.err, "2 of 3 runs are there from before")), again.err);
  CHECK(bytes(place, "o") == bytes(place, "whole"));
}

TEST_CASE("a diverging arm is counted, and changes nothing in the others") {
  const Place place;
  const Finished f =
      place.run("compare TINY --activation relu --vary lr=1e30,0.1 --seeds 3 --jobs 1 --out grid");
  CHECK((f.code == 0 && has(f.out, "3 of 3") && has(f.out, "0 of 3")));
  const json c = json::parse(contents(place.here / "grid/comparison.json"));
  CHECK((c["arms"][0]["diverged"] == 3 && c["arms"][1]["diverged"] == 0));
  for (const std::string seed : {"1", "2", "3"})
    CHECK(model(place.here / ("grid/runs/lr-0.1-seed-" + seed)) ==
          model(place.make("train TINY --activation relu --lr 0.1 --seed " + seed, "alone" + seed)));
}

TEST_CASE("compare starts from the weights of --init-from, and keeps the runs of like-named files apart") {
  const Place place;
  place.make("train TINY", "start");
  fs::create_directory(place.here / "q");
  fs::copy_file(place.here / "start/model.safetensors", place.here / "q/ä.st");
  fs::copy_file(place.here / "start/model.safetensors", place.here / "q/ö.st");
  place.make("compare TINY --init-from q/ä.st --vary lr=0.1,1 --seeds 1", "lr");
  place.make("compare TINY --vary init-from=q/ä.st,q/ö.st --seeds 1", "two");
  CHECK(std::distance(fs::directory_iterator(place.here / "two/runs"), {}) == 2);
}

TEST_CASE("compare over normalizers and models, with a table row for each") {
  const Place place;
  const Finished norms = place.run(
      "compare TINY --batch-size 20 --vary norm=none,layer,group:4,weight+mean-only,batch-renorm --seeds 2 "
      "--out norms");
  CHECK(norms.code == 0);
  for (const char* arm :
       {"norm=none", "norm=layer", "norm=group:4", "norm=weight+mean-only", "norm=batch-renorm"})
    CHECK_MESSAGE(has(norms.out, arm), arm);
  for (const char* folder : {"norm-group-4-seed-2", "norm-weight-mean-only-seed-1"})
    CHECK_MESSAGE(fs::exists(place.here / "norms/runs" / folder / "summary.json"), folder);
  CHECK(config(place.here / "norms/runs/norm-batch-renorm-seed-1")["renorm_warmup"] == 1);

  const Finished models = place.run(
      "compare --data $DATA --steps 2 --batch-size 20 --vary model=mlp,cnn --vary norm=none,instance "
      "--hidden 8 --seeds 1 --quiet");
  CHECK((models.code == 2 && has(models.err, "--norm: 'instance'")));  // nothing to normalize in the mlp
  place.make(
      "compare --data $DATA --steps 2 --batch-size 20 --vary model=mlp,cnn --vary norm=none,batch --hidden 8 "
      "--seeds 1 --quiet",
      "models");
  CHECK(config(place.here / "models/runs/model-mlp-norm-batch-seed-1")["activation"] == "sigmoid");
  CHECK(config(place.here / "models/runs/model-cnn-norm-batch-seed-1")["activation"] == "relu");

  make(place,
       with(place.words("compare --data $DATA --steps 2 --batch-size 20 --seeds 1 --quiet"),
            {"--layers", "conv 4 3, norm, relu, flatten, linear 3"}),
       "layers");
  CHECK(model(place.here / "layers/runs/norm-none-seed-1") !=
        model(place.here / "layers/runs/norm-batch-seed-1"));
}

TEST_CASE("compare calls networks without and with BN so") {
  const Place place;
  place.make("compare TINY --seeds 1", "norms");
  const std::string norms = contents(place.here / "norms/test-accuracy.csv");
  CHECK((has(norms, "without BN") && has(norms, "with BN") && !has(norms, "norm=")));
}

/// What a comparison found, without what a clock said.
json found(const Place& place, const std::string& folder) {
  return without_times(json::parse(contents(place.here / folder / "comparison.json")));
}

TEST_CASE("compare --arm: arms that differ in several options, in shares too") {
  const Place place;
  const std::string line =
      "compare --data $DATA --hidden 8 --steps 20 --seeds 2 --quiet --arm norm=batch\tlr=1 --arm lr=0.1 --arm "
      "layers='linear\t8,\trelu,\tlinear\t3'\tlr=0.5 ";
  place.make(line, "whole");
  const json whole = found(place, "whole");
  REQUIRE(whole["arms"].size() == 3);
  CHECK(whole["arms"][0]["name"] == "norm=batch, lr=1");
  CHECK(whole["arms"][1]["name"] == "norm=none, lr=0.1");
  CHECK(whole["arms"][2]["name"] == "layers=linear 8, relu, linear 3, lr=0.5");
  CHECK(model(place.here / "whole/runs/norm-batch-lr-1-seed-2") ==
        model(place.make("train TINY --norm batch --lr 1 --seed 2", "alone")));
  const std::string page = contents(place.here / "whole/report.html");
  CHECK(has(page, "--arm"));
  for (const std::string share : {"1", "2"}) place.make(line + "--shard " + share + "/2", "part" + share);
  place.make(line + "--merge part1 --merge part2", "merged");
  CHECK(bytes(place, "merged") == bytes(place, "whole"));
  const std::string other = line.substr(0, line.find("--arm layers"));
  check_refused(place, other + "--merge part1 --out o", {"--merge part1", "--arm"});
  place.make("compare --quiet whole", "afterwards");
  const json afterwards = found(place, "afterwards");
  std::set<std::string> names;
  for (const json& arm : afterwards["arms"]) names.insert(arm["name"]);
  CHECK(names == std::set<std::string>{"norm=batch, lr=1", "norm=none, lr=0.1",
                                       "layers=linear 8, relu, linear 3, lr=0.5"});

  const std::string tiny = "compare --data $DATA --steps 20 --out o ";
  check_all(place,
            {{tiny + "--arm lr=1 --vary lr=1,2", {"--arm", "--vary"}},
             {tiny + "--arm lr=1 --lr 2", {"--lr", "--arm"}},
             {tiny + "--arm lr", {"--arm", "OPTION=VALUE", "lr"}},
             {tiny + "--arm lr\t=1", {"--arm", "OPTION=VALUE"}},
             {tiny + "--arm lr=", {"--arm", "empty value"}},
             {tiny + "--arm layers='linear\t3", {"--arm", "no closing quote for layers"}},
             {tiny + "--arm norm='batch'lr=1", {"--arm", "OPTION=VALUE"}},
             {tiny + "--arm lr=1\tlr=2", {"--arm", "lr twice"}},
             {tiny + "--arm rl=1", {"rl", "lr"}},
             {tiny + "--arm seed=1", {"--arm", "seed cannot be varied", "--seeds N"}},
             {tiny + "--arm steps=1\tepochs=2", {"both steps and epochs"}},
             {tiny + "--arm norm=batch --arm norm=batch\tlr=0.1", {"--arm", "same as an arm before"}},
             {tiny + "--arm model=cnn\thidden=8 --arm lr=1", {"--arm", "hidden has no effect", "mlp"}}});
}

TEST_CASE("a comparison shows parameters, the time of an image, and accuracy against one number") {
  const Place place;
  const Finished f = place.run("compare TINY --vary lr=0.01,0.1,1 --seeds 2 --out rates");
  CHECK((f.code == 0 && has(f.out, "parameters") && has(f.out, "323") &&
         has(f.out, "an image")));  // 36·8+8+8·3+3
  CHECK(has(contents(place.here / "rates/report.html"), "Final test accuracy by lr"));
  CHECK(has(contents(place.here / "rates/final-accuracy.csv"), "0.01"));
  place.make("compare TINY --vary lr=0.1,1 --seeds 2", "two");
  CHECK_FALSE(fs::exists(place.here / "two/final-accuracy.csv"));
  place.make("compare TINY --vary norm=none,batch,layer --seeds 2 --overwrite", "rates");
  CHECK_FALSE(fs::exists(place.here / "rates/final-accuracy.csv"));
}

}  // namespace commands_compare_test
}}  // namespace norma
