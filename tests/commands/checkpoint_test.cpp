// Runs that are interrupted: by Ctrl-C, by kill -9 at any moment, and gone on with.
#include <csignal>
#include <optional>

#include "data/formats/safetensors.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_checkpoint_test {

const std::string options =
    "--hidden 8 --norm batch --dropout 0.1 --momentum 0.9 --data $DATA --batch-size 10 "
    "--log-every 50 --eval-every 100 ";

// Everything in a finished run's folder but its times.
std::string results(const fs::path& run) {
  std::string all;
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"}) all += contents(run / file);
  return all;
}

TEST_CASE("Ctrl-C ends a run after its step, and --resume ends as if it had not") {
  const Place place;
  const std::string line = "train " + options + "--steps 20000 --out ";
  REQUIRE(place.run(line + "whole").code == 0);
  std::signal(SIGHUP, SIG_DFL);  // a child would go on ignoring it, as under nohup
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string run = "run-" + std::to_string(signal);
    const auto start = std::chrono::steady_clock::now();
    bool struck = false;
    const Finished cut = place.run(place.words(line + run), {}, "", [&] {
      const bool now = !struck && fs::exists(place.here / run) &&
                       std::chrono::steady_clock::now() - start > std::chrono::milliseconds(30);
      struck = struck || now;
      return now ? signal : 0;
    });
    REQUIRE(cut.code == 130);
    CHECK(has(cut.out, "--resume " + run));
    CHECK(cut.err == "\nnorma: stops after this step; a second signal stops it at once\n");
    CHECK(place.files(run) == std::set<std::string>{"about.json", "checkpoint.safetensors", "metrics.jsonl"});
    check_refused(place, "train TINY --out " + run, {"holds results already"});
    const Finished rest = place.run("train --resume " + run);
    CHECK(rest.code == 0);
    CHECK(has(rest.out, "continues after step"));
    CHECK(results(place.here / run) == results(place.here / "whole"));
    CHECK(place.files(run) == std::set<std::string>{"about.json", "config.json", "metrics.jsonl",
                                                    "model.safetensors", "summary.json"});
  }
}

// Kills the run, at a random moment of saving, until it has come to its end; says how often.
int kill_until_finished(const Place& place, const std::string& train, const std::string& run,
                        unsigned& random) {
  int kills = 0;
  bool begun = false, finished = false;
  for (int again = 0; !finished; ++again) {
    REQUIRE(again < 500);
    // Strike once this process has written a checkpoint, a random moment later: somewhere in one of the next.
    // How fast the machine is does not matter.
    random = random * 1664525 + 1013904223;
    const auto wait = std::chrono::microseconds((random >> 8) % 20'000);
    const fs::path file = place.here / run / "checkpoint.safetensors";
    auto written = [&] {
      std::error_code none;  // not there: the earliest time
      return fs::last_write_time(file, none);
    };
    const auto before = written();
    std::optional<std::chrono::steady_clock::time_point> first;
    bool struck = false;
    const Finished f = place.run(place.words(begun ? "train --quiet --checkpoint-every 1 --resume " + run
                                                   : train + " --quiet --checkpoint-every 1 --out " + run),
                                 {}, "", [&] {
                                   const auto now = std::chrono::steady_clock::now();
                                   if (!first && written() != before) first = now;
                                   if (struck || !first || now - *first < wait) return 0;
                                   struck = true;
                                   return SIGKILL;
                                 });
    finished = f.code == 0;
    if (finished) break;
    REQUIRE_MESSAGE(f.code == -1, f.err);
    ++kills;
    begun = true;
    finished = !fs::exists(file);                           // it goes last of all: the results are complete
    if (!finished) CHECK(!read_safetensors(file).empty());  // whole
  }
  return kills;
}

TEST_CASE(
    "kill -9 while checkpoints are written leaves a whole one, and the run goes on to the same "
    "end") {
  const std::string mlp = "train --hidden 8 --dropout 0.1 ";
  const std::string cnn = "train --layers conv\t2\t3,norm,relu,dropout\t0.1,flatten,linear\t3 ";
  const std::string sgd = "--momentum 0.9 ", adam = "--optimizer adam --lr 0.01 ";
  const std::string bn = "--norm batch ", renorm = "--norm batch-renorm --renorm-warmup 20 ";
  const Place place;
  unsigned random = 12345;
  for (const std::string& kind : {mlp + sgd + bn, mlp + adam + renorm, cnn + sgd + renorm, cnn + adam + bn}) {
    CAPTURE(kind);
    const std::string train =
        kind + "--data $DATA --batch-size 10 --log-every 50 --eval-every 100 --steps 400";
    fs::remove_all(place.here / "whole");
    REQUIRE(place.run(train + " --quiet --out whole").code == 0);
    int kills = 0;
    for (int round = 0; kills < 75; ++round) {
      REQUIRE(round < 250);
      fs::remove_all(place.here / "run");
      kills += kill_until_finished(place, train, "run", random);
      CHECK(results(place.here / "run") == results(place.here / "whole"));
    }
  }
}

TEST_CASE("kill -9 while results are replaced leaves a whole model, old or new") {
  const Place place;
  place.make("train TINY --seed 1", "old");
  place.make("train TINY --seed 2", "new");
  const std::string old_model = model(place.here / "old"), new_model = model(place.here / "new");
  REQUIRE(old_model != new_model);
  place.make("train TINY --seed 1", "o");
  unsigned random = 54321;
  for (int i = 0; i < 100; ++i) {
    random = random * 1664525 + 1013904223;
    const auto wait = std::chrono::microseconds((random >> 8) % 3'000);
    const fs::path aside = place.here / "o/.norma-new";  // there while they are written
    std::optional<std::chrono::steady_clock::time_point> first;
    bool struck = false;
    place.run(place.words("train TINY --seed 2 --overwrite --out o"), {}, "", [&] {
      const auto now = std::chrono::steady_clock::now();
      if (!first && fs::exists(aside)) first = now;
      if (struck || !first || now - *first < wait) return 0;
      struck = true;
      return SIGKILL;
    });
    const std::string is = model(place.here / "o");
    CHECK((is == old_model || is == new_model));
    if (is == new_model) place.make("train TINY --seed 1 --overwrite", "o");
    CHECK(model(place.here / "o") == old_model);
  }
  place.make("train TINY --seed 2 --overwrite", "o");
  CHECK(results(place.here / "o") == results(place.here / "new"));
  CHECK(place.files("o") == std::set<std::string>{"about.json", "config.json", "metrics.jsonl",
                                                  "model.safetensors", "summary.json"});
}

// Trains until `options` have a checkpoint, and stops it there; returns how many steps it says.
int stopped_run(const Place& place, const std::string& line, const std::string& run) {
  bool once = false;
  REQUIRE(place
              .run(place.words("train " + line + " --quiet --checkpoint-every 50 --out " + run), {}, "",
                   [&] {
                     if (once || !fs::exists(place.here / run / "checkpoint.safetensors")) return 0;
                     once = true;
                     return SIGTERM;
                   })
              .code == 130);
  Metadata metadata;
  read_safetensors(place.here / run / "checkpoint.safetensors", &metadata);
  return json::parse(metadata["progress"]).at("steps").get<int>();
}

TEST_CASE("a run that was stopped is used by its checkpoint, as a run of so many steps is") {
  const Place place;
  const int steps = stopped_run(place, options + "--steps 2000000", "o");
  place.make("train " + options + "--steps " + std::to_string(steps) + " --quiet", "short");
  const Finished eval = place.run("eval o --json"), whole = place.run("eval short --json");
  REQUIRE(eval.code == 0);
  CHECK(has(eval.err, "norma: o is not finished: its network after step "));
  CHECK(has(eval.err, " of 2,000,000, from its checkpoint"));
  CHECK(whole.err.empty());
  json of_checkpoint = json::parse(eval.out), of_run = json::parse(whole.out);
  of_checkpoint.erase("run"), of_run.erase("run");
  CHECK(of_checkpoint == of_run);
  REQUIRE(place.run("export o --npz o.npz").code == 0);
  REQUIRE(place.run("export short --npz short.npz").code == 0);
  CHECK(contents(place.here / "o.npz") == contents(place.here / "short.npz"));
  CHECK(place.run("inspect o").code == 0);
  CHECK(place.run("fold o --out folded --rounds 1").code == 0);
  check_refused(place, "eval o --weights best", {"o", "no best weights", "--validation"});
  // It needs no data to be used, as a finished run does not.
  const Finished onnx = place.run("export o --onnx o.onnx");
  CHECK(onnx.code == 0);
  CHECK(has(onnx.err, "is not finished"));
  std::string bytes = contents(place.here / "o/checkpoint.safetensors");
  put(place.here / "cut/checkpoint.safetensors", bytes.substr(0, bytes.size() / 2));
  check_refused(place, "eval cut", {"cut/checkpoint.safetensors"});
}

TEST_CASE("--weights best of a run that was stopped") {
  const Place place;
  const std::string line = options + "--eval-every 10 --validation 0.2 --early-stop 100000 --steps 2000000";
  stopped_run(place, line, "o");
  const Finished best = place.run("eval o --json"), last = place.run("eval o --json --weights last");
  REQUIRE(best.code == 0);
  CHECK(json::parse(best.out).at("weights") == "best");
  REQUIRE(last.code == 0);
  CHECK(json::parse(last.out).at("weights") == "last");
}

TEST_CASE("--resume on other data is refused") {
  const Place place;
  fs::copy(place.data, place.here / "d");
  bool once = false;
  REQUIRE(place
              .run(place.words("train --data d --hidden 8 --steps 2000000 --quiet --out o"), {}, "",
                   [&] {
                     if (once || !fs::exists(place.here / "o")) return 0;
                     once = true;
                     return SIGTERM;
                   })
              .code == 130);
  std::string pixels = contents(place.here / "d" / train_images);
  pixels.back() ^= 1;
  put(place.here / "d" / train_images, pixels);
  check_refused(place, "train --resume o", {"other data"});
}

TEST_CASE("--resume RUN --steps prolongs a finished run, and a stopped one, to the bytes of a longer run") {
  const Place place;
  REQUIRE(place.run("train " + options + "--quiet --steps 700 --out whole").code == 0);
  REQUIRE(place.run("train " + options + "--quiet --steps 150 --keep-checkpoint --out o").code == 0);
  CHECK(fs::exists(place.here / "o/checkpoint.safetensors"));
  CHECK(place.run("eval o").err.empty());  // it has an end
  check_refused(place, "train --resume o", {"o", "finished", "--steps or --epochs"});
  check_refused(place, "train --resume o --steps 149", {"more than the 150 steps taken, got 149"});
  const std::string before = results(place.here / "o");
  bool once = false;  // stopped on its way, it leaves what was there
  CHECK(place
            .run(place.words("train --resume o --steps 2000000 --quiet"), {}, "",
                 [&] {
                   if (once || !fs::exists(place.here / "o/.norma-new/metrics.jsonl")) return 0;
                   once = true;
                   return SIGTERM;
                 })
            .code == 130);
  CHECK(results(place.here / "o") == before);
  REQUIRE(place.run("train " + options + "--quiet --steps 150 --keep-checkpoint --overwrite --out o").code ==
          0);
  REQUIRE(place.run("train --resume o --steps 300 --quiet --keep-checkpoint").code == 0);
  REQUIRE(place.run("train --resume o --steps 700 --quiet").code == 0);
  CHECK(results(place.here / "o") == results(place.here / "whole"));
  CHECK(place.files("o") == place.files("whole"));  // no checkpoint without --keep-checkpoint

  const int steps = stopped_run(place, options + "--steps 2000000", "p");
  const std::string longer = std::to_string(steps + 130);
  REQUIRE(place.run("train --resume p --quiet --steps " + longer).code == 0);
  REQUIRE(place.run("train " + options + "--quiet --out q --steps " + longer).code == 0);
  CHECK(results(place.here / "p") == results(place.here / "q"));

  REQUIRE(place.run("train TINY --schedule cosine --keep-checkpoint --out c").code == 0);
  check_refused(place, "train --resume c --steps 100000", {"c", "--schedule cosine", "cannot change"});
  CHECK(place.run("train TINY --lr 1e30 --activation relu --keep-checkpoint --out d").code == 3);
  CHECK(!fs::exists(place.here / "d/checkpoint.safetensors"));
}

TEST_CASE("what --resume and --checkpoint-every refuse") {
  const Place place;
  place.make("train TINY", "done");
  place.make("train TINY --keep-checkpoint", "kept");
  fs::create_directories(place.here / "empty");
  put(place.here / "broken/checkpoint.safetensors", "12345678 not this");
  fs::create_directories(place.here / "model");
  fs::copy_file(place.here / "done/model.safetensors", place.here / "model/checkpoint.safetensors");
  check_all(place, {{"train --resume nowhere", {"nowhere", "no such folder"}},
                    {"train --resume done", {"done", "finished", "--keep-checkpoint"}},
                    {"train --resume empty", {"empty", "--checkpoint-every"}},
                    {"train --resume broken", {"broken/checkpoint.safetensors"}},
                    {"train --resume model", {"not a checkpoint"}},
                    {"train --resume kept --lr 1", {"--lr", "--resume"}},
                    {"train --resume kept --out x", {"--resume"}},
                    {"train TINY --checkpoint-every -1", {"--checkpoint-every", "-1"}}});
}

}  // namespace commands_checkpoint_test
}}  // namespace norma
