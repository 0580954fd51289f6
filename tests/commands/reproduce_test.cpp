// norma reproduce as a person meets it: lists, verdicts, interruptions, mistakes.
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_reproduce_test {

TEST_CASE("reproduce --list names every claim, and the help every option") {
  const Place place;
  const Finished list = place.run("reproduce --list"), help = place.run("reproduce --help");
  CHECK((list.code == 0 && help.code == 0));
  for (const char* claim : {"convergence", "learning-rate"}) CHECK(has(list.out, claim));
  for (const char* o : {"CLAIM", "--list", "--all", "--quick", "--seeds", "--seed", "--jobs", "--data",
                        "--data-dir", "--out", "--fresh", "--any-build", "--quiet"})
    CHECK_MESSAGE(has(help.out, o), o);
  CHECK(place.files().empty());
}

TEST_CASE("reproduce leaves a report; the second time nothing is run again") {
  const Place place;
  put_data(place.data, 90, 20);
  const std::string line = "reproduce rate-last-layer largest-rate --quick --seeds 2 --data $DATA --out r";
  const Finished first = place.run(line);
  REQUIRE(first.code == 0);
  CHECK(has(first.out, "quick look, not a result"));
  CHECK((has(first.out, "rate-last-layer") && has(first.out, "at least 5×")));
  CHECK(has(first.out, "No figures: "));
  for (const char* file :
       {"r/report.html", "r/verdicts.json", "r/verdicts.md", "r/figures/largest-rate-rates.csv"})
    CHECK_MESSAGE(fs::exists(place.here / file), file);
  const std::string verdicts = contents(place.here / "r/verdicts.json");
  CHECK(json::parse(verdicts)["claims"][1]["seeds"] == 2);
  CHECK(json::parse(verdicts)["claims"].size() == 2);
  const Finished second = place.run(line + " --jobs 1");
  CHECK(second.code == 0);
  CHECK(has(second.err, "140 of 140 runs are there from before"));
  CHECK(contents(place.here / "r/verdicts.json") == verdicts);
  const Finished fresh = place.run(line + " --fresh --jobs 1");
  CHECK(!has(fresh.err, "from before"));
  CHECK(has(fresh.err, "140 of 140 runs   100%   largest-rate\n"));
  CHECK(contents(place.here / "r/verdicts.json") == verdicts);
}

TEST_CASE("reproduce in three shares, merged, comes to the same verdicts") {
  const Place place;
  put_data(place.data, 90, 20);
  const std::string line = "reproduce rate-last-layer largest-rate --quick --seeds 2 --data $DATA --out ";
  REQUIRE(place.run(line + "whole").code == 0);
  std::string merge;
  for (const std::string share : {"1", "2", "3"}) {
    const Finished f = place.run(line + "part" + share + " --shard " + share + "/3");
    CHECK(f.code == 0);
    CHECK(has(f.out, "share " + share + "/3 is done, in part" + share));
    CHECK_FALSE(fs::exists(place.here / ("part" + share) / "verdicts.json"));
    merge += " --merge part" + share;
  }
  const Finished merged = place.run(line + "merged" + merge);
  CHECK(merged.code == 0);
  CHECK_MESSAGE(has(merged.err, "140 of 140 runs are there from before"), merged.err);
  CHECK(place.files("merged") == place.files("whole"));
  for (const std::string& file : place.files("whole")) {
    const fs::path a = place.here / "whole" / file;
    if (!fs::is_directory(a) && file != "report.html")
      CHECK_MESSAGE(contents(a) == contents(place.here / "merged" / file), file);
  }
  check_refused(place, "reproduce convergence --shard 1/2 --data $DATA", {"--shard", "--seeds"});
  check_refused(place, line + "m --merge nowhere", {"--merge nowhere", "--shard"});
}

TEST_CASE("reproduce goes on after kill -9 and Ctrl-C, and comes to the same verdicts") {
  const Place place;
  put_data(place.data, 90, 20);
  const std::string line = "reproduce rate-last-layer --quick --seeds 4 --data $DATA --out ";
  REQUIRE(place.run(line + "whole").code == 0);
  const std::string verdicts = contents(place.here / "whole/verdicts.json");
  auto outcomes = [&](const std::string& folder) {
    std::size_t n = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator it(place.here / folder, error), end; !error && it != end;
         it.increment(error))
      n += it->path().extension() == ".json";
    return n;
  };
  for (const int signal : {SIGKILL, SIGINT, SIGTERM}) {
    const std::string folder = "cut-" + std::to_string(signal);
    bool struck = false;
    const Finished cut = place.run(place.words(line + folder), {}, "", [&] {
      if (struck || outcomes(folder) < 2) return 0;
      struck = true;
      return signal;
    });
    CHECK(cut.code == (signal == SIGKILL ? -1 : 130));
    if (signal != SIGKILL) CHECK(has(cut.err, "stopped; the same command continues where it stopped"));
    CHECK(!fs::exists(place.here / folder / "verdicts.json"));
    const Finished rest = place.run(line + folder);
    CHECK(rest.code == 0);
    CHECK(has(rest.err, "are there from before"));
    CHECK(contents(place.here / folder / "verdicts.json") == verdicts);
  }
}

TEST_CASE("what reproduce refuses") {
  const Place place;
  put(place.here / "file", "x");
  check_all(place, {{"reproduce", {"--all", "--list"}},
                    {"reproduce convergense --data $DATA", {"convergense", "convergence", "--list"}},
                    {"reproduce convergence convergence --data $DATA", {"twice"}},
                    {"reproduce --all convergence --data $DATA", {"--all"}},
                    {"reproduce convergence --seeds 0 --data $DATA", {"--seeds", "0", "1 to"}},
                    {"reproduce convergence --seeds x --data $DATA", {"--seeds", "x"}},
                    {"reproduce convergence --sedes 3 --data $DATA", {"--sedes", "--seeds"}},
                    {"reproduce convergence --data nowhere", {"nowhere"}},
                    {"reproduce convergence --data $DATA --out file", {"--out", "file"}}});
}

}  // namespace commands_reproduce_test
}}  // namespace norma
