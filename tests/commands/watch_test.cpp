// norma watch, and what a run leaves while it trains.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_watch_test {

const std::string line = "train --data $DATA --hidden 8 --norm batch --eval-every 10 --quiet ";

// Strikes once, when metrics.jsonl has more than a few lines.
auto strike(const fs::path& run, int signal) {
  return [run, signal, struck = false]() mutable {
    const bool now = !struck && count(contents(run / "metrics.jsonl"), "\n") > 5;
    struck = struck || now;
    return now ? signal : 0;
  };
}

TEST_CASE("a killed run leaves its metrics, and is listed; a resumed one ends as if it had not stopped") {
  const Place place;
  REQUIRE(place.run(line + "--steps 20000 --out whole").code == 0);
  const std::string all = contents(place.here / "whole/metrics.jsonl");
  const std::string cut = line + "--steps 20000 --checkpoint-every 10 --out cut";
  CHECK(place.run(place.words(cut), {}, "", strike(place.here / "cut", SIGKILL)).code == -1);
  const std::string some = contents(place.here / "cut/metrics.jsonl");
  CHECK((some.size() > 100 && all.starts_with(some)));
  CHECK(fs::exists(place.here / "cut/about.json"));
  const json listed = json::parse(place.run("runs cut --json").out);
  CHECK(listed[0]["status"] == "stopped");  // there is a checkpoint
  fs::remove(place.here / "cut/checkpoint.safetensors");
  const json broken = json::parse(place.run("runs cut --json").out);
  CHECK(broken[0]["status"] == "broken off");
  CHECK(broken[0]["steps"] >= 50);
  CHECK(broken[0]["config"]["norm"] == "batch");
  CHECK(has(place.run(cut).err, "cut: holds results already"));

  const std::string stopped = line + "--steps 20000 --out stopped";
  CHECK(place.run(place.words(stopped), {}, "", strike(place.here / "stopped", SIGINT)).code == 130);
  CHECK(all.starts_with(contents(place.here / "stopped/metrics.jsonl")));
  CHECK(place.run("train --resume stopped --quiet").code == 0);
  CHECK(contents(place.here / "stopped/metrics.jsonl") == all);
}

TEST_CASE("a run that replaces results leaves them until it is done") {
  const Place place;
  REQUIRE(place.run(line + "--steps 60 --out run").code == 0);
  const std::string before = contents(place.here / "run/metrics.jsonl");
  bool there = true;
  REQUIRE(place
              .run(place.words(line + "--steps 2000 --overwrite --out run"), {}, "",
                   [&] {
                     if (const std::string now = contents(place.here / "run/metrics.jsonl"); !now.empty())
                       there = there && (now == before || count(now, "\n") == 200);
                     return 0;
                   })
              .code == 0);
  CHECK(there);
  CHECK(count(contents(place.here / "run/metrics.jsonl"), "\n") == 200);
}

TEST_CASE("watch draws one run large and several as lines") {
  const Place place;
  CHECK(has(place.run("watch").err, "runs: there is no such folder"));
  place.make(line + "--steps 200", "runs/a");
  place.make(line + "--steps 100 --batch-size 20 --validation 0.2", "runs/b");
  const Finished one = place.run("watch runs/a");
  CHECK(one.code == 0);
  for (const char* part :
       {"runs/a: finished, step 200 of 200", "test accuracy", "training loss", "┤", "│", "best "})
    CHECK_MESSAGE(has(one.out, part), part, "\n", one.out);
  CHECK(has(place.run("watch runs/b").out, "validation accuracy"));
  const Finished two = place.run("watch");
  CHECK(two.code == 0);
  for (const char* part : {"runs/a", "runs/b", "finished", "200", "█", "▁"})
    CHECK_MESSAGE(has(two.out, part), part);
  CHECK(count(two.out, "\n") == 4);
  put(place.here / "runs/a/metrics.jsonl",
      "{\"step\": 10, \"epoch\": 1, \"lr\": 0.1, \"train_loss\": 1.5, \"test_loss\": 2, \"test_accuracy\": 0.5}\n{\"step\": 20, \"tra");
  CHECK(has(place.run("watch runs/a").out, "accuracy 50.00%"));  // a line that is being written
  put(place.here / "runs/a/metrics.jsonl", "no JSON\n");
  const Finished broken = place.run("watch");
  CHECK((broken.code == 2 && has(broken.out, "runs/b") && has(broken.err, "runs/a/metrics.jsonl: line 1")));
}

TEST_CASE("watch --html writes a page that loads itself again while a run goes on, without a script") {
  const Place place;
  place.make(line + "--steps 200", "runs/a");
  CHECK(place.run("watch --html page.html").code == 0);
  const std::string page = contents(place.here / "page.html");
  CHECK((has(page, "runs/a") && !has(page, "http-equiv=\"refresh\"") && !has(page, "<script")));
  bool reloads = false;
  const Finished f = place.run(
      place.words(line + "--steps 100000000 --out runs/long"), {}, "", [&, asked = false]() mutable {
        if (asked || count(contents(place.here / "runs/long/metrics.jsonl"), "\n") < 3) return 0;
        asked = true;
        const std::string watch = "cd " + place.here.string() +
                                  " && timeout 2 env NORMA_GNUPLOT= " NORMA_COMMAND
                                  " watch runs/long --html live.html > live.txt";
        CHECK(std::system(watch.c_str()) != 0);  // it would not end by itself
        reloads = has(contents(place.here / "live.html"), "http-equiv=\"refresh\" content=\"5\"");
        return SIGINT;
      });
  CHECK(f.code == 130);
  CHECK(reloads);
  CHECK(has(contents(place.here / "live.txt"), "running, step "));
}

TEST_CASE("a run that cannot be read is named on stderr, and one without an end has a line that says so") {
  const Place place;
  REQUIRE(place.run(line + "--steps 20 --out run").code == 0);
  fs::create_directories(place.here / "cut");
  for (const char* file : {"about.json", "metrics.jsonl"})
    fs::copy_file(place.here / "run" / file, place.here / "cut" / file);
  for (const char* command : {"eval cut", "inspect cut", "export cut --onnx cut.onnx", "fold cut"})
    check_refused(place, command, {"cut: has no end yet and no checkpoint"});
  put(place.here / "run/metrics.jsonl", "xx\n");
  for (const char* command : {"watch run --once", "watch run"}) {
    const Finished f = place.run(command);
    CHECK(f.code == 2);
    CHECK(f.out.empty());
    CHECK(has(f.err, "norma: run/metrics.jsonl: line 1 is not a JSON object"));
  }
  put(place.here / "run/summary.json", "{\"data\": 3");
  const Finished f = place.run("runs run");
  CHECK((f.code == 2 && f.out.empty()));
  CHECK(has(f.err, "run/summary.json: is not what norma train writes: parse error"));
}

}}}  // namespace norma::commands_watch_test
