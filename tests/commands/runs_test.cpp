// norma runs: the list, sorted and filtered; a note; removing; what it refuses.
#include <doctest/doctest.h>

#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_runs_test {

// Two finished runs, a comparison of four, and one that was stopped.
void make_runs(const Place& place) {
  place.make("train --data $DATA --steps 20 --norm batch --lr 0.5 --quiet", "runs/a");
  place.make("train --data $DATA --steps 10 --lr 0.05 --quiet", "runs/b");
  place.make("compare --data $DATA --steps 5 --seeds 2 --quiet", "runs/c");
}

json listed(const Place& place, const std::string& options = "") {
  const Finished f = place.run("runs --json " + options);
  INFO(f.err);
  REQUIRE(f.code == 0);
  return json::parse(f.out);
}

std::vector<std::string> names(const json& runs) {
  std::vector<std::string> all;
  for (const json& run : runs) all.push_back(run["run"]);
  return all;
}

TEST_CASE("runs lists what is below a folder, as the runs' own files have it") {
  const Place place;
  CHECK(has(place.run("runs").err, "runs: there is no such folder"));
  make_runs(place);
  fs::create_directories(place.here / "runs/empty");
  const json runs = listed(place);
  CHECK(names(runs) == std::vector<std::string>{"runs/a", "runs/b", "runs/c/runs/norm-batch-seed-1",
                                                "runs/c/runs/norm-batch-seed-2",
                                                "runs/c/runs/norm-none-seed-1",
                                                "runs/c/runs/norm-none-seed-2"});
  for (const json& run : runs) {
    const fs::path folder = place.here / run["run"].get<std::string>();
    const json summary = json::parse(contents(folder / "summary.json"));
    CHECK(run["test_accuracy"] == summary["test"]["running_statistics"]["accuracy"]);
    CHECK(run["steps"] == summary["steps"]);
    CHECK(run["status"] == "finished");
    CHECK(run["config"] == json::parse(contents(folder / "config.json")));
  }
  const std::string table = place.run("runs").out;
  for (const char* part : {"run ", "norm", "batch", "finished", "runs/a", "0.5", "%", "20"})
    CHECK_MESSAGE(has(table, part), part, "\n", table);
  CHECK(names(listed(place, "runs/c")).size() == 4);
  CHECK(names(listed(place, "runs/a runs/b")).size() == 2);
}

TEST_CASE("runs sorts by size and filters by options") {
  const Place place;
  make_runs(place);
  CHECK(names(listed(place, "runs/a runs/b --sort lr")) == std::vector<std::string>{"runs/b", "runs/a"});
  CHECK(names(listed(place, "runs/a runs/b --sort steps")) == std::vector<std::string>{"runs/b", "runs/a"});
  CHECK(names(listed(place, "runs/a runs/b --sort steps --reverse")) ==
        std::vector<std::string>{"runs/a", "runs/b"});
  CHECK(names(listed(place, "--where norm=batch")).size() == 3);
  CHECK(names(listed(place, "--where norm=batch --where lr=0.50")) == std::vector<std::string>{"runs/a"});
  CHECK(names(listed(place, "--where status=stopped")).empty());
  CHECK(has(place.run("runs --where norm=layer").out, "No run is like that."));
  check_refused(place, "runs --where norm", {"--where", "COLUMN=VALUE", "norm"});
  check_refused(place, "runs --where nrom=batch", {"nrom", "norm"});
  check_refused(place, "runs --sort tset", {"tset"});
}

TEST_CASE("a note stands beside its run until it is taken away; rm removes what norma made") {
  const Place place;
  make_runs(place);
  CHECK(place.run("runs note runs/b the small rate").code == 0);
  CHECK(listed(place, "--where note=the\tsmall\trate")[0]["run"] == "runs/b");
  CHECK(has(place.run("runs").out, "the small rate"));
  CHECK(place.run("runs note runs/b").code == 0);
  CHECK_FALSE(fs::exists(place.here / "runs/b/note.txt"));
  check_refused(place, "runs note runs words", {"runs", "holds no run"});
  check_refused(place, "runs note", {"RUN"});

  put(place.here / "runs/a/mine.txt", "kept");
  check_refused(place, "runs rm runs/a runs/nowhere", {"runs/nowhere", "nothing was removed"});
  CHECK(fs::exists(place.here / "runs/a/config.json"));
  const Finished f = place.run("runs rm runs/a runs/c");
  CHECK(f.code == 0);
  CHECK(has(f.out, "runs/a: removed, except for files that norma did not make"));
  CHECK(contents(place.here / "runs/a/mine.txt") == "kept");
  CHECK_FALSE(fs::exists(place.here / "runs/c"));
  CHECK(names(listed(place)) == std::vector<std::string>{"runs/b"});
  check_refused(place, "runs rm runs/b --json", {"takes no options"});
}

TEST_CASE(
    "rm takes no folder of others' for a run, though its files are named as a run's, and follows no link") {
  const Place place;
  make_runs(place);
  fs::create_directories(place.here / "other");
  for (const char* name : {"config.json", "summary.json", "about.json", "comparison.json"})
    put(place.here / "other" / name, R"({"model_type": "bert"})");
  put(place.here / "other/model.safetensors", "weights");
  check_refused(place, "runs rm other", {"other", "holds no run"});
  check_refused(place, "runs note other words", {"other", "holds no run"});
  CHECK(contents(place.here / "other/model.safetensors") == "weights");

  fs::create_directory_symlink("runs/b", place.here / "link");
  check_refused(place, "runs rm link", {"link", "is a link"});
  CHECK(names(listed(place, "runs/b")) == std::vector<std::string>{"runs/b"});

  put(place.here / "runs/b/config.json", "damaged");
  CHECK(place.run("runs rm runs/b").code == 0);
  CHECK_FALSE(fs::exists(place.here / "runs/b"));
}

TEST_CASE("a run that was stopped is listed by its checkpoint") {
  const Place place;
  bool struck = false;
  const Finished cut = place.run(
      place.words("train --data $DATA --steps 2000000 --eval-every 10 --checkpoint-every 50 --quiet --out r"),
      {}, "", [&] {
        const bool now = !struck && fs::exists(place.here / "r/checkpoint.safetensors");
        struck = struck || now;
        return now ? SIGINT : 0;
      });
  REQUIRE(cut.code == 130);
  const json run = listed(place, "r")[0];
  CHECK(run["status"] == "stopped");
  CHECK(run["steps"] >= 50);
  CHECK(run["test_accuracy"] > 0);
  CHECK(has(place.run("runs .").out, " of 2,000,000"));
  CHECK(names(listed(place, ". --where status=stopped")) == std::vector<std::string>{"./r"});
}

TEST_CASE("a run whose files are broken is named, and the others are listed") {
  const Place place;
  make_runs(place);
  put(place.here / "runs/a/summary.json", "{\"data\": 3");
  put(place.here / "runs/b/config.json", "{\"lr\": \"fast\"}");
  const Finished f = place.run("runs");
  CHECK(f.code == 2);
  CHECK(has(f.err, "runs/a/summary.json"));
  CHECK(has(f.err, "runs/b/config.json"));
  CHECK(has(f.out, "runs/c/runs/norm-none-seed-2"));
}

}}}  // namespace norma::commands_runs_test
