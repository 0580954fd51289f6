// norma compare as a person meets it who interrupts it, or whose machine does.
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

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
    if (fs::is_regular_file(file) && name != "report.html")
      all[name] = timed ? without_times(json::parse(contents(file))).dump() : contents(file);
  }
  return all;
}

const std::string grid =
    "compare --data $DATA --hidden 8 --steps 1500 --eval-every 100 --vary norm=none,batch,layer --vary "
    "lr=0.1,1e30 --seeds 2 --jobs 2 --out ";  // some diverge

TEST_CASE("command: compare goes on after kill -9 and Ctrl-C with what is missing, to the same bytes") {
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
    for (const auto& [run, time] : kept) CHECK_MESSAGE(fs::last_write_time(place.here / run) == time, run);
  }
  const std::size_t before = finished_runs(place, "cut");
  const Finished rest = place.run(grid + "cut");
  CHECK_MESSAGE(rest.code == 0, rest.err);
  CHECK(has(rest.err, std::to_string(before) + " of 12 runs are there from before"));
  CHECK(bytes(place, "cut") == bytes(place, "whole"));
  check_refused(place, grid + "cut", {"--out cut", "holds results already", "--overwrite"});
}

TEST_CASE("command: compare refuses to go on with other options, and says which; --overwrite starts again") {
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

TEST_CASE("command: compare --overwrite that was cut short goes on beside the old results") {
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

TEST_CASE("command: a run that fails is a row of the table; the others go on, and it alone is tried again") {
  const Place place;
  const std::string line =
      "compare --data $DATA --hidden 8 --vary steps=20,40000,30 --seeds 1 --jobs 1 --out ";
  place.make(line.substr(0, line.find(" --out")), "whole");
  const fs::path in_the_way = place.here / "o/runs/steps-40000-seed-1";
  const Finished failed = place.run(place.words(line + "o"), {}, "", [&] {
    if (finished_runs(place, "o") == 1 && !fs::exists(in_the_way)) put(in_the_way, "a file");
    return 0;
  });
  INFO(failed.out, failed.err);
  CHECK(failed.code == 1);
  CHECK((has(failed.out, "steps=40000, seed 1  failed: ") && has(failed.out, "steps=30")));
  CHECK((has(failed.err, "norma: 1 run failed: ") && has(failed.err, "the same command tries again")));
  CHECK(!fs::exists(place.here / "o/comparison.json"));
  REQUIRE(finished_runs(place, "o") == 2);
  fs::remove(in_the_way);
  const Finished again = place.run(line + "o");
  CHECK_MESSAGE((again.code == 0 && has(again.err, "2 of 3 runs are there from before")), again.err);
  CHECK(bytes(place, "o") == bytes(place, "whole"));
}

}  // namespace
}}  // namespace norma
