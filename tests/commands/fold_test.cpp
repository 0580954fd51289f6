// norma fold: the same answers without batch normalization, and what cannot be folded.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_fold_test {

const std::string small = "train --data $DATA --steps 4 --batch-size 20 --quiet";

TEST_CASE("fold leaves a network without batch normalization that answers the same") {
  const Place place;
  const std::string own =
      "conv 4 3 nobias, bn, relu, residual(conv 4 3, bn, meanbn), pool 2, flatten, linear 8, norm, linear 3";
  const struct {
    Words options;
    std::string said, layers;
  } table[] = {{{"--hidden", "8,8", "--norm", "batch"}, "2 batch normalizations", ""},
               {{"--model", "dln", "--hidden", "8", "--norm", "batch", "--norm-noise", "unit"},
                "1 batch normalization",
                ""},
               {{"--model", "resnet", "--norm", "batch"}, "9 batch normalizations", ""},
               {{"--layers", own, "--norm", "layer"},
                "2 batch normalizations",
                "conv 4 3, relu, residual(conv 4 3 bias, meanbn), pool 2, flatten, linear 8, ln, linear 3"}};
  for (const auto& t : table) {
    INFO(t.options[1]);
    const fs::path run =
        make(place, with(with(place.words(small), {"--overwrite", "--steps", "8"}), t.options), "run");
    const std::string before = model(run);
    const Finished f = place.run("fold run --rounds 1 --overwrite");
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK((has(f.out, t.said + " folded") && has(f.out, "as trained") && has(f.out, "run/folded")));
    CHECK(place.files("run/folded") == std::set<std::string>{"config.json", "model.safetensors"});
    CHECK(model(run) == before);
    const json c = config(run / "folded");
    CHECK((c["norm"] != "batch" && c["layers"] == t.layers && c["norm_momentum"] == 0.1));
    CHECK(c["init_from"] == (run / "folded/model.safetensors").string());
    // Its config.json starts a training from the folded weights: a step of rate 0 is a test of them.
    const fs::path same = place.make(
        "train --quiet --overwrite --lr 0 --steps 1 --config " + (run / "folded/config.json").string(),
        "same");
    const json was = json::parse(contents(run / "summary.json"))["test"]["running_statistics"],
               is = json::parse(contents(same / "summary.json"))["test"]["running_statistics"];
    if (has(t.layers, "meanbn")) continue;  // whose averages a step moves
    CHECK(was["accuracy"] == is["accuracy"]);
    CHECK(std::abs(was["loss"].get<double>() - is["loss"].get<double>()) < 1e-4);
    CHECK(model(same) == model(run / "folded"));
  }
  const fs::path elsewhere = place.here / "elsewhere";
  CHECK(place.run("fold run --out elsewhere --rounds 1").code == 0);
  CHECK(model(elsewhere) == model(place.here / "run/folded"));
  put(elsewhere / "notes.txt", "mine");
  CHECK(place.run("fold run --out elsewhere --rounds 1 --overwrite").code == 0);
  CHECK(contents(elsewhere / "notes.txt") == "mine");
}

TEST_CASE("command refuses to fold: what holds no batch normalization, or none that can be folded") {
  const Place place;
  place.make("train TINY", "plain");
  place.make("train TINY --norm layer", "layer");
  place.make("train TINY --norm batch --norm-position after", "after");
  place.make("train TINY --norm batch-renorm", "renorm");
  place.make("train TINY --norm batch --hidden 8,8", "good");
  REQUIRE(place.run("train TINY --norm batch --activation relu --lr 1e30 --out nan").code == 3);
  check_all(place, {{"fold plain", {"fold", "no BatchNorm in the model"}},
                    {"fold layer", {"fold", "no BatchNorm in the model"}},
                    {"fold renorm", {"fold", "no BatchNorm in the model"}},
                    {"fold after", {"fold", "Sigmoid()", "across an activation"}},
                    {"fold nan", {"fold", "nan", "diverged"}},
                    {"fold", {"RUN"}},
                    {"fold good plain", {"'plain'", "one RUN"}},
                    {"fold good --rounds 0", {"--rounds", "0", "from 1"}},
                    {"fold good --out good --overwrite", {"--out good", "the run itself"}},
                    {"fold good --out ./good/ --overwrite", {"--out", "the run itself"}},
                    {"fold good --out plain", {"--out plain", "results", "--overwrite"}},
                    {"fold good --out /dev/null/x", {"--out /dev/null/x"}},
                    {"fold good --out good/config.json", {"--out good/config.json"}},
                    {"fold good --out /proc/self", {"--out /proc/self", "write"}},
                    {"fold good --lr 0.1", {"--lr"}}});
  REQUIRE(place.run("fold good --rounds 1").code == 0);
  check_refused(place, "fold good", {"--out good/folded", "results", "--overwrite"});
  check_refused(place, "fold good/folded", {"fold", "no BatchNorm in the model"});  // it is folded already
}

TEST_CASE("command refuses to fold: folders that are missing, damaged or another network's") {
  const Place place;
  place.make("train TINY --norm batch", "good");
  place.make("train TINY --norm batch --hidden 9", "other");
  place.make("compare TINY --seeds 1", "grid");
  const fs::path bad = place.here / "bad";
  auto damage = [&](const char* file, const std::string& bytes, Words wanted) {
    fs::remove_all(bad);
    fs::copy(place.here / "good", bad);
    put(bad / file, bytes);
    wanted.push_back(file);
    check_refused(place, "fold bad --rounds 1", wanted);
    CHECK(contents(bad / file) == bytes);
  };
  const std::string weights = model(place.here / "good"), words = contents(place.here / "good/config.json");
  damage("model.safetensors", "", {"bad/model.safetensors"});
  damage("model.safetensors", weights.substr(0, weights.size() - 1), {"bad/model.safetensors"});
  damage("model.safetensors", weights.substr(0, 100), {"bad/model.safetensors"});
  damage("model.safetensors", model(place.here / "other"), {"(9, 36)", "(8, 36)"});
  damage("config.json", "", {"JSON"});
  damage("config.json", words.substr(0, words.size() / 2), {"JSON"});
  damage("config.json", "[]", {"object"});
  damage("config.json", R"({"colour": "red"})", {"colour"});
  fs::remove(bad / "model.safetensors");
  put(bad / "config.json", words);
  check_refused(place, "fold bad", {"bad/model.safetensors"});
  fs::remove(bad / "config.json");
  check_refused(place, "fold bad", {"bad/config.json"});
  fs::create_directory(bad / "config.json");
  check_refused(place, "fold bad", {"bad/config.json", "folder"});
  check_all(place, {{"fold missing", {"missing/config.json"}},
                    {"fold good/config.json", {"good/config.json"}},
                    {"fold grid", {"grid/config.json"}},
                    {"fold ''", {"fold", "expected RUN"}},
                    {"fold /dev/null", {"/dev/null"}}});
  fs::rename(place.data, place.root / "moved");  // the data it was trained on
  check_refused(place, "fold good", {place.data.string()});
}

}  // namespace commands_fold_test
}}  // namespace norma
