// The folders that results go into: what is replaced and when, what is left alone, and who may write there.
#include <sys/stat.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_folders_test {

TEST_CASE("--overwrite replaces results, and nothing else") {
  const Place place;
  place.make("compare TINY --seeds 1", "o");
  put(place.here / "o/notes.txt", "mine");
  place.make("compare TINY --seeds 1 --vary lr=0.1,1 --overwrite", "o");
  CHECK(!place.files("o").count("runs/norm-none-seed-1"));
  place.make("train TINY --overwrite", "o");
  CHECK(place.files("o") == std::set<std::string>{"about.json", "config.json", "metrics.jsonl",
                                                  "model.safetensors", "notes.txt", "summary.json"});
}

TEST_CASE("--out touches no file that is not of the results it replaces") {
  const Place place;
  place.make("train TINY --norm batch", "runs/001-train");
  place.make("train TINY", "runs/mine");
  const auto before = place.files();
  const std::string weights = model(place.here / "runs/001-train");
  CHECK(place.run("train TINY --out .").code == 0);
  check_refused(place, "train TINY --out .", {"results", "--overwrite"});
  CHECK(place.run("compare TINY --seeds 1 --out . --overwrite").code == 0);
  CHECK(place.run("train TINY --out . --overwrite").code == 0);
  for (const char* file : {"about.json", "config.json", "metrics.jsonl", "model.safetensors", "summary.json"})
    CHECK(fs::remove(place.here / file));
  CHECK(place.files() == before);
  CHECK(model(place.here / "runs/001-train") == weights);
  CHECK(place.run("fold runs/001-train --rounds 1 --out .").code == 0);
  CHECK(model(place.here / "runs/001-train") == weights);
  for (const char* file : {"model.safetensors", "metrics.jsonl", "report.html", "test-accuracy.csv"}) {
    put(place.here / "foreign" / file, "mine");
    check_refused(place, "train TINY --out foreign", {"--out foreign", "results"});
    CHECK(contents(place.here / "foreign" / file) == "mine");
    fs::remove_all(place.here / "foreign");
  }
  put(place.here / "r/outcomes/thesis.txt", "mine");
  CHECK(place.run("reproduce scale-invariance --quick --seeds 1 --quiet --data $DATA --out r --fresh").code ==
        0);
  CHECK(contents(place.here / "r/outcomes/thesis.txt") == "mine");
}

TEST_CASE("results that cannot all be put in their place leave the old ones whole") {
  const Place place;
  place.make("train TINY", "o");
  fs::remove(place.here / "o/metrics.jsonl");
  put(place.here / "o/metrics.jsonl/notes.txt", "a folder where a file belongs");
  const auto before = place.files();
  const std::string weights = model(place.here / "o");
  check_refused(place, "train TINY --seed 2 --out o --overwrite", {"o/metrics.jsonl", "take its place"});
  CHECK(place.files() == before);
  CHECK(model(place.here / "o") == weights);
}

TEST_CASE("a replacement that a kill cut short is undone by the next that looks") {
  const Place place;
  place.make("train TINY", "whole");
  place.make("train TINY --seed 2 --norm batch", "new");
  const auto files = place.files("whole");
  const std::string before = contents(place.here / "whole/config.json") + model(place.here / "whole");
  for (const bool part : {true, false}) {
    fs::remove_all(place.here / "o");
    fs::copy(place.here / "whole", place.here / "o");
    // As it is when the old results are on their way out, and when the new ones are on their way in.
    const fs::path aside = place.here / "o" / (part ? ".norma-old-part" : ".norma-old");
    fs::create_directories(aside);
    for (const std::string& file : files)
      if (!part || file != "model.safetensors") fs::rename(place.here / "o" / file, aside / file);
    if (!part) fs::copy_file(place.here / "new/model.safetensors", place.here / "o/model.safetensors");
    fs::create_directories(place.here / "o/.norma-new");
    CHECK(place.run("eval o").code == 0);
    CHECK(place.files("o") == files);
    CHECK(contents(place.here / "o/config.json") + model(place.here / "o") == before);
  }
}

TEST_CASE("two that want one folder: the first has it; runs are numbered without a clash") {
  const Place place;
  bool once = false;
  const Finished first =
      place.run(place.words("train --data $DATA --hidden 8 --steps 2000000 --out o"), {}, "", [&] {
        if (once || !has(contents(place.root / "out"), "2,000,000 steps")) return 0;  // said in the folder
        once = true;
        const Finished second = place.run("train TINY --out o"),
                       third = place.run("train TINY --out o --overwrite");
        for (const Finished& f : {second, third})
          CHECK_MESSAGE((f.code == 2 && has(f.err, "another norma is at work there")), f.err);
        return SIGTERM;
      });
  CHECK(first.code == 130);
  fs::create_directories(place.here / "runs/007-mine");
  CHECK(has(place.run("train TINY").out, "runs/008-train"));
}

TEST_CASE("what is no file is written into, a link is followed, the run's own files are not touched") {
  const Place place;
  place.make("train TINY", "run");
  put(place.here / "notes", "old");
  fs::create_symlink("notes", place.here / "link");
  CHECK(place.run("inspect run --json link").code == 0);
  CHECK(fs::is_symlink(place.here / "link"));
  CHECK(contents(place.here / "notes").starts_with("{"));
  const Finished piped = place.run("inspect run --json /dev/stderr");
  CHECK((piped.code == 0 && piped.err.starts_with("{")));
  CHECK(place.run("inspect run --json /dev/null").code == 0);
  CHECK(fs::is_character_file("/dev/null"));
  check_refused(place, "inspect run --json run/model.safetensors", {"--json", "the run's own"});
}

TEST_CASE("a pipe in the place of a file is refused, not waited for") {
  const Place place;
  place.make("train TINY", "run");
  fs::remove(place.here / "run/model.safetensors");
  REQUIRE(mkfifo((place.here / "run/model.safetensors").c_str(), 0600) == 0);
  check_refused(place, "eval run", {"run/model.safetensors", "a pipe"});
}

TEST_CASE("after -- a word is no option; minus nothing is nothing") {
  const Place place;
  place.make("train TINY --lr -0", "run");
  CHECK(has(contents(place.here / "run/metrics.jsonl"), "\"lr\":0.0"));
  put(place.here / "-dash.png", "not a picture");
  const Finished f = place.run("predict run -- -dash.png");
  CHECK((f.code == 2 && has(f.err, "-dash.png") && has(f.err, "not a picture")));
}

TEST_CASE("a path that is not UTF-8 is refused before anything is done") {
  const Place place;
  fs::copy(place.data, place.here / "by\xffte");
  check_refused(place, "train TINY --data by\xffte --out o", {"--data", "expected UTF-8"});
  place.make("train TINY", "run");
  fs::copy(place.here / "run", place.here / "ru\xffn");
  check_refused(place, "train TINY --out o --init-from ru\xffn/model.safetensors",
                {"--init-from", "expected UTF-8"});
  check_refused(place, "compare TINY --seeds 1 --out o --init-from ru\xffn/model.safetensors",
                {"--init-from", "expected UTF-8"});
}

TEST_CASE("--overwrite removes what fold and inspect made of the old results") {
  const Place place;
  place.make("train TINY --norm batch", "o");
  REQUIRE(place.run("fold o --rounds 1").code == 0);
  REQUIRE(place.run("inspect o --html").code == 0);
  put(place.here / "o/inspect/notes.txt", "mine");
  place.make("train TINY --overwrite", "o");
  CHECK(place.files("o") == std::set<std::string>{"about.json", "config.json", "inspect", "inspect/notes.txt",
                                                  "metrics.jsonl", "model.safetensors", "summary.json"});
}

TEST_CASE("with --overwrite old results stay until the new ones are complete") {
  const Place place;
  place.make("train TINY", "o");
  const fs::path old = place.here / "o";
  const auto results = [&] { return contents(old / "config.json") + contents(old / "model.safetensors"); };
  const std::string before = results();
  check_refused(place, "train TINY --overwrite --out o --init-from nowhere", {"--init-from"});
  CHECK(results() == before);
  bool struck = false;
  const Finished cut =
      place.run(place.words("train --data $DATA --hidden 8 --steps 20000 --quiet --checkpoint-every 1 "
                            "--overwrite --out o"),
                {}, "", [&] {
                  const bool now = !struck && fs::exists(old / "checkpoint.safetensors");
                  struck = struck || now;
                  return now ? SIGINT : 0;
                });
  REQUIRE(cut.code == 130);
  CHECK(results() == before);
  CHECK(place.run("eval o").code == 0);
  CHECK(place.run("train --quiet --resume o").code == 0);
  CHECK(results() != before);
  place.make("train --data $DATA --hidden 8 --steps 20000 --quiet", "whole");
  CHECK(contents(old / "model.safetensors") == contents(place.here / "whole/model.safetensors"));
  // From the weights that are to be replaced.
  place.make("train --data $DATA --hidden 8 --steps 5 --quiet --overwrite --init-from o/model.safetensors",
             "o");
  check_refused(place, "train --resume o", {"finished"});
}

}  // namespace commands_folders_test
}}  // namespace norma
