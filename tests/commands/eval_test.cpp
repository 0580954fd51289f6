// norma eval: what the run itself said, on its own data and on others; what eval and predict refuse.
#include <doctest/doctest.h>

#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_eval_test {

TEST_CASE("eval says what the run itself said, exactly, and its confusions add up") {
  const Place place;
  for (const char* options : {"--norm batch", "--norm none", "--norm group:2 --hidden 8,8",
                              "--model cnn --norm batch", "--model resnet --norm weight --steps 3"}) {
    const fs::path run =
        place.make(std::string("train --data $DATA --steps 20 --quiet --overwrite ") + options, "run");
    const json told = json::parse(contents(run / "summary.json"))["test"], j = eval_json(place, "run");
    INFO(options);
    CHECK(j["running_statistics"] == told["running_statistics"]);
    CHECK(j["batch_statistics"] == told["batch_statistics"]);
    CHECK(j["images"] == 20);
    CHECK(j["classes"] == json({"0", "1", "2"}));
    CHECK(j["answers"].size() == 20);
    int right = 0, all = 0;
    for (int c = 0; c < 3; ++c) {
      right += j["confusion"][c][c].get<int>();
      for (int n : j["confusion"][c]) all += n;
    }
    CHECK(all == 20);
    CHECK(j["running_statistics"]["accuracy"] == right / 20.0);
    // Label i is i % 3.
    json confusion = json::array({{0, 0, 0}, {0, 0, 0}, {0, 0, 0}});
    for (std::size_t i = 0; i < 20; ++i) {
      json& n = confusion[i % 3][j["answers"][i].get<std::size_t>()];
      n = n.get<int>() + 1;
    }
    CHECK(j["confusion"] == confusion);
  }
  // In words
  place.make("train --data $DATA --steps 20 --norm batch --quiet --overwrite", "run");
  const Finished f = place.run("eval run");
  CHECK(f.code == 0);
  for (const char* part : {"20 test images", "batch norm", "running statistics (eval)",
                           "batch statistics (train)", "true \\ predicted", "right"})
    CHECK_MESSAGE(has(f.out, part), part, "\n", f.out);
}

TEST_CASE("eval on other data, if they fit; a folded network too") {
  const Place place;
  place.make("train --data $DATA --steps 60 --norm batch --quiet", "run");
  put_data(place.root / "other", 30, 25);
  const json other = eval_json(place, "run --data " + (place.root / "other").string());
  CHECK(other["images"] == 25);
  CHECK(has(other["data"], "other"));
  put_data(place.root / "two", 30, 25, 2);
  check_refused(place, "eval run --data " + (place.root / "two").string(),
                {"6×6 in grey, in 2 classes", "6×6 in grey, in 3 classes", "run"});
  check_refused(place, "eval run --data digits",
                {"28×28 in grey, in 10 classes", "6×6 in grey, in 3 classes"});
  CHECK(place.run("fold run --rounds 1").code == 0);
  const json folded = eval_json(place, "run/folded"), plain = eval_json(place, "run");
  CHECK(folded["answers"] == plain["answers"]);
  CHECK(folded["batch_statistics"] == folded["running_statistics"]);  // there is no BN left
}

TEST_CASE("eval and predict refuse what is no run, a stopped one, a damaged and a diverged one") {
  const Place place;
  put(place.here / "a.png", grey_png(flat_image(6, 6, 100)));
  place.make("train --data $DATA --steps 20 --norm batch --quiet", "run");
  for (const std::string& line : {std::string("eval "), std::string("predict ")}) {
    const std::string image = line == "eval " ? "" : " a.png";
    check_refused(place, line + "nowhere" + image, {"nowhere: is not a folder", "norma train"});
    fs::create_directory(place.here / "empty");
    check_refused(place, line + "empty" + image, {"empty/config.json", "cannot be opened"});
    put(place.here / "stopped/checkpoint.safetensors", "x");
    check_refused(place, line + "stopped" + image, {"stopped/checkpoint.safetensors"});
    for (const char* change : {"config", "model", "other"}) {
      fs::remove_all(place.here / "broken");
      fs::copy(place.here / "run", place.here / "broken");
      if (change == std::string("config")) put(place.here / "broken/config.json", "{\"hidden\": [5]}");
      if (change == std::string("model"))
        put(place.here / "broken/model.safetensors", model(place.here / "run").substr(0, 99));
      if (change == std::string("other")) fs::remove(place.here / "broken/model.safetensors");
      check_refused(place, line + "broken" + image, {"broken/model.safetensors"});
    }
    // Metadata that are not ours: each text of the same length
    const std::string whole = model(place.here / "run");
    for (const auto& [from, to] :
         {std::pair("[1,6,6]", "[1,6,0]"), {"[1,6,6]", "[1,6.6]"}, {"classes", "klasses"}}) {
      std::string changed = whole;
      changed.replace(changed.find(from), std::string(from).size(), to);
      put(place.here / "broken/model.safetensors", changed);
      check_refused(place, line + "broken" + image, {"broken/model.safetensors", "metadata"});
    }
  }
  CHECK(place.run("train --data $DATA --steps 60 --lr 1e30 --hidden 8,8 --activation relu --quiet --out wild")
            .code == 3);
  check_refused(place, "eval wild", {"diverged"});
  check_refused(place, "predict", {"RUN"});
  check_refused(place, "predict run", {"IMAGE"});
  check_refused(place, "predict run a.png --prepare digits",
                {"--prepare", "'digits'", "did you mean 'digit'"});
  check_refused(place, "eval run more", {"expected one RUN, got 'more' too"});
}

TEST_CASE("a model without metadata takes them from the data of its configuration") {
  const Place place;
  const fs::path run = place.make("train --data $DATA --steps 20 --quiet", "run");
  std::string bytes = model(run);
  const std::string key = "\"data\":\"{";
  REQUIRE(has(bytes, key));
  bytes.replace(bytes.find(key), key.size(), "\"dada\":\"{");
  const json before = eval_json(place, "run");
  put(run / "model.safetensors", bytes);
  CHECK(eval_json(place, "run")["answers"] == before["answers"]);
  fs::remove_all(place.data);
  check_refused(place, "predict run a.png", {"run/model.safetensors", "metadata"});
}

// Folders of pictures, `classes` each with its row of bright pixels (0, 1 or 2), as Pictures has them.
void put_class_folders(const fs::path& folder, const std::map<std::string, unsigned>& classes) {
  for (const auto& [half, n] : {std::pair("train", 60u), {"test", 30u}}) {
    const Pictures pictures(n);
    for (unsigned i = 0; i < n; ++i) {
      for (const auto& [name, row] : classes) {
        if (row == i % 3)
          put(folder / half / name / (std::to_string(i) + ".pgm"),
              "P5\n6 6\n255\n" + pictures.images.substr(16 + 36 * i, 36));
      }
    }
  }
}

TEST_CASE("classes are matched by name, and one that the network never saw is refused") {
  const Place place;
  put_class_folders(place.root / "abc", {{"a", 0}, {"b", 1}, {"c", 2}});
  put_class_folders(place.root / "bc", {{"b", 1}, {"c", 2}});
  put_class_folders(place.root / "bcd", {{"b", 1}, {"c", 2}, {"d", 0}});
  const std::string root = place.root.string();
  const std::string long_run = " --hidden 8 --lr 1 --steps 300 --batch-size 20 --quiet";
  place.make("train --norm batch --data " + root + "/abc" + long_run, "run");
  CHECK(eval_json(place, "run")["running_statistics"]["accuracy"] == 1);
  const json bc = eval_json(place, "run --data " + root + "/bc");
  CHECK((bc["running_statistics"]["accuracy"] == 1 && bc["images"] == 20));
  CHECK((bc["classes"] == json({"a", "b", "c"}) &&
         bc["confusion"] == json({{0, 0, 0}, {0, 10, 0}, {0, 0, 10}})));
  CHECK(place.run("inspect run --data " + root + "/bc").code == 0);
  for (const char* command : {"eval", "inspect"})
    check_refused(place, std::string(command) + " run --data " + root + "/bcd",
                  {"bcd", "class 'd'", "a, b, c"});
  // Without names classes go by number: folders of numbers are the same classes.
  place.make("train TINY --lr 1 --steps 300", "numbers");
  put_class_folders(place.root / "012", {{"0", 0}, {"1", 1}, {"2", 2}});
  CHECK(eval_json(place, "numbers --data " + root + "/012")["running_statistics"]["accuracy"] == 1);
  check_refused(place, "eval run --data $DATA", {"class '0'", "a, b, c"});
  // Data that changed since the training.
  put_class_folders(place.root / "abc", {{"d", 0}});
  for (const char* line : {"eval run", "fold run", "export run --logits l.npz", "inspect run"})
    check_refused(place, line, {"abc", "class 'd'", "a, b, c"});
}

const std::string on_digits = "train --data digits --norm batch --activation relu --steps 300 --quiet";

TEST_CASE("eval's table, answers and accuracy are one, and batches count every image") {
  const Place place;
  put_data(place.root / "odd", 31, 31);
  const std::string data = (place.root / "odd").string();
  place.make("train --data " + data + " --hidden 8 --norm batch --batch-size 30 --steps 5 --quiet", "run");
  const json e = eval_json(place, "run");
  double right = 0;
  for (std::size_t c = 0; c < 3; ++c) right += e["confusion"][c][c].get<double>();
  CHECK(e["images"] == 31);
  CHECK(e["running_statistics"]["accuracy"] == right / 31);
  CHECK(e["answers"].size() == 31);
  const double by_batch = 31 * e["batch_statistics"]["accuracy"].get<double>();
  CHECK(by_batch == doctest::Approx(std::round(by_batch)).epsilon(1e-9));
  const json s = json::parse(contents(place.here / "run/summary.json"))["test"];
  CHECK(e["batch_statistics"] == s["batch_statistics"]);
  CHECK(e["running_statistics"]["loss"].get<double>() ==
        doctest::Approx(s["running_statistics"]["loss"].get<double>()).epsilon(1e-5));
  place.make(on_digits, "digits");
  CHECK(has(eval_json(place, "digits")["data"], "drawn, seed 1"));
}

}  // namespace commands_eval_test
}}  // namespace norma
