// Runs that are interrupted: by Ctrl-C, by kill -9 at any moment, and gone on with.
#include "data/safetensors.h"
#include "tests/run_command.h"

namespace norma::inline NORMA_BUILD {
namespace {

const std::string options =
    "--hidden 8 --norm batch --dropout 0.1 --momentum 0.9 --data $DATA --batch-size 10 "
    "--log-every 50 --eval-every 100 ";

// Everything in a finished run's folder but its times.
std::string results(const fs::path& run) {
  std::string all;
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"}) all += contents(run / file);
  return all;
}

TEST_CASE("command: Ctrl-C ends a run after its step, and --resume ends as if it had not") {
  const Place place;
  const std::string line = "train " + options + "--steps 20000 --out ";
  REQUIRE(place.run(line + "whole").code == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
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
    CHECK(place.files(run) == std::set<std::string>{"checkpoint.safetensors"});
    check_refused(place, "train TINY --out " + run, {"holds results already"});
    const Finished rest = place.run("train --resume " + run);
    CHECK(rest.code == 0);
    CHECK(has(rest.out, "goes on after step"));
    CHECK(results(place.here / run) == results(place.here / "whole"));
    CHECK(place.files(run) ==
          std::set<std::string>{"config.json", "metrics.jsonl", "model.safetensors", "summary.json"});
  }
}

TEST_CASE(
    "command: kill -9 while checkpoints are written leaves a whole one, and the run goes on to the same "
    "end") {
  const Place place;
  REQUIRE(place.run("train " + options + "--steps 400 --quiet --out whole").code == 0);
  const std::string wanted = results(place.here / "whole");
  unsigned random = 12345;
  int kills = 0, found = 0;
  for (int round = 0; kills < 300; ++round) {
    REQUIRE(round < 1000);
    const std::string run = "run-" + std::to_string(round);
    bool begun = false, finished = false;
    for (int again = 0; !finished; ++again) {
      REQUIRE(again < 100);
      const auto start = std::chrono::steady_clock::now();
      random = random * 1664525 + 1013904223;
      const auto wait = std::chrono::microseconds(20'000 + (random >> 8) % 60'000);
      bool struck = false;
      const Finished f = place.run(
          place.words(begun ? "train --quiet --checkpoint-every 1 --resume " + run
                            : "train " + options + "--steps 400 --quiet --checkpoint-every 1 --out " + run),
          {}, "", [&] {
            if (struck || std::chrono::steady_clock::now() - start < wait) return 0;
            struck = true;
            return SIGKILL;
          });
      finished = f.code == 0;
      kills += f.code == -1;
      if (!finished) REQUIRE_MESSAGE(f.code == -1, f.err);
      const fs::path file = place.here / run / "checkpoint.safetensors";
      if (!finished && fs::exists(file)) {
        ++found;
        begun = true;
        CHECK(!read_safetensors(file).empty());  // whole
      } else if (!finished) {
        std::error_code ignored;  // nothing was kept yet
        fs::remove_all(place.here / run, ignored);
        begun = false;
      }
    }
    CHECK(results(place.here / run) == wanted);
  }
  CHECK(found > 100);
}

TEST_CASE("command: what --resume and --checkpoint-every refuse") {
  const Place place;
  place.make("train TINY", "done");
  fs::create_directories(place.here / "empty");
  put(place.here / "broken/checkpoint.safetensors", "12345678 not this");
  fs::create_directories(place.here / "model");
  fs::copy_file(place.here / "done/model.safetensors", place.here / "model/checkpoint.safetensors");
  check_all(place, {{"train --resume nowhere", {"nowhere", "no such folder"}},
                    {"train --resume done", {"done", "finished"}},
                    {"train --resume empty", {"empty", "--checkpoint-every"}},
                    {"train --resume broken", {"broken/checkpoint.safetensors"}},
                    {"train --resume model", {"not a checkpoint"}},
                    {"train --resume done --lr 1", {"--lr", "--resume"}},
                    {"train --resume done --out x", {"--resume"}},
                    {"train TINY --checkpoint-every -1", {"--checkpoint-every", "-1"}}});
}

}  // namespace
}  // namespace norma::inline NORMA_BUILD
