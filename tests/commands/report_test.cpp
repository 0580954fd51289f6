// norma report: the page of a finished run.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_report_test {

TEST_CASE("report writes the page of train --report, byte for byte") {
  const Place place;
  const std::string line =
      "train --data $DATA --hidden 8 --batch-size 20 --steps 60 --eval-every 20 --quiet ";
  for (const std::string options :
       {"", "--norm batch --precise 40 --log-every 7", "--validation 0.2",
        "--validation 0.2 --early-stop 1 --lr 1", "--lr 1e30 --activation relu"}) {
    CAPTURE(options);
    fs::remove_all(place.here / "run");
    const int code = place.run(line + options + " --report --out run").code;
    REQUIRE((code == 0 || code == 3));
    const Finished f = place.run("report run --out page");
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK(f.err.empty());
    CHECK(has(f.out, "page/report.html"));
    CHECK(contents(place.here / "page/report.html") == contents(place.here / "run/report.html"));
    if (code == 0)
      CHECK(contents(place.here / "page/training-loss.svg") ==
            contents(place.here / "run/training-loss.svg"));
    fs::remove_all(place.here / "page");
  }
}

TEST_CASE("report into the run itself, and without its data") {
  const Place place;
  fs::copy(place.data, place.here / "d");
  place.make("train --data d --hidden 8 --steps 60 --eval-every 20 --quiet", "run");
  const std::string before = contents(place.here / "run/metrics.jsonl");
  CHECK(place.run("report run").code == 0);
  const std::string with = contents(place.here / "run/report.html");
  std::string pixels = contents(place.here / "d" / train_images);
  pixels.back() ^= 1;
  put(place.here / "d" / train_images, pixels);
  CHECK(has(place.run("report run").err, "other data than the run saw"));
  fs::remove_all(place.here / "d");
  const Finished f = place.run("report run");
  CHECK(f.code == 0);
  CHECK(has(f.err, "no samples of the data"));
  const std::string without = contents(place.here / "run/report.html");
  CHECK((without.size() < with.size() && has(without, "All settings")));
  CHECK(contents(place.here / "run/metrics.jsonl") == before);
}

TEST_CASE("what report refuses") {
  const Place place;
  place.make("train TINY", "run");
  place.make("train TINY", "other");
  fs::create_directory(place.here / "empty");
  put(place.here / "half/metrics.jsonl", "");
  for (const char* file : {"summary", "metrics", "model"}) fs::copy(place.here / "run", place.here / file);
  put(place.here / "summary/summary.json", R"({"data": 1})");
  put(place.here / "metrics/metrics.jsonl", "{\"step\": 1, \"epoch\": 1, \"lr\": 1}\n");
  fs::remove(place.here / "model/model.safetensors");
  check_all(place, {{"report nowhere", {"nowhere", "no such folder"}},
                    {"report empty", {"empty", "no finished run"}},
                    {"report half", {"half", "no end yet", "norma watch"}},
                    {"report run --out other", {"--out other", "holds results"}},
                    {"report summary", {"summary/summary.json"}},
                    {"report metrics", {"metrics/metrics.jsonl", "step 1", "train_loss"}},
                    {"report model", {"model/model.safetensors"}}});
}

}  // namespace commands_report_test
}}  // namespace norma
