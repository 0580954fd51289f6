// norma eval and norma predict: a trained network used.
#include <cmath>

#include "data/digits.h"
#include "data/load.h"
#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

json eval_json(const Place& place, const std::string& line, const Words& environment = {}) {
  const Finished f = place.run("eval " + line + " --json", environment);
  INFO(f.err);
  REQUIRE(f.code == 0);
  return json::parse(f.out);
}

json predict_json(const Place& place, const Words& words, int code = 0) {
  Words all = {"predict"};
  all.insert(all.end(), words.begin(), words.end());
  all.push_back("--json");
  const Finished f = place.run(all);
  INFO(f.err);
  REQUIRE(f.code == code);
  return json::parse(f.out);
}

/// The first n samples as PNG files; their names.
Words put_images(const Place& place, const Dataset& data, Index n, const std::string& folder) {
  Words names;
  for (Index i = 0; i < n; ++i) {
    names.push_back(folder + "/" + std::to_string(i) + ".png");
    put(place.here / names.back(), grey_png(image_of(data, i)));
  }
  return names;
}

/// Share of the pictures whose first answer is their label.
double share_right(const json& read, const Dataset& data) {
  Index right = 0;
  for (std::size_t i = 0; i < read.size(); ++i) right += read[i]["answers"][0]["class"] == data.labels[i];
  return double(right) / double(read.size());
}

/// predict on PNGs written from `test` answers as eval does on `data`, image by image.
void check_agreement(const Place& place, const std::string& run, const Dataset& test, Index n,
                     const Words& environment = {}) {
  const json whole = eval_json(place, run, environment);
  Words words = {run};
  const Words files = put_images(place, test, n, "as-written");
  words.insert(words.end(), files.begin(), files.end());
  const json read = predict_json(place, words);
  REQUIRE(read.size() == static_cast<std::size_t>(n));
  std::size_t same = 0, as_is = 0;
  for (std::size_t i = 0; i < read.size(); ++i) {
    same += read[i]["answers"][0]["class"] == whole["answers"][i];
    as_is += read[i]["prepared"] == "as-is";
  }
  CHECK(same == read.size());
  CHECK(as_is == read.size());
}

/// The first n samples as large pictures, dark on light, somewhere on a noisy sheet: nine in ten are read right.
json check_paper(const Place& place, const std::string& run, const Dataset& test, Index n) {
  Rng rng(5);
  Words words = {run};
  for (Index i = 0; i < n; ++i) {
    words.push_back("paper/" + std::to_string(i) + ".png");
    put(place.here / words.back(), grey_png(on_paper(image_of(test, i), 3 + i % 6, rng)));
  }
  const json read = predict_json(place, words);
  CHECK(share_right(read, test) >= 0.9);
  for (const json& r : read) CHECK(r["prepared"] == "digit");
  return read;
}

const std::string on_digits = "train --data digits --norm batch --activation relu --steps 300 --quiet";

TEST_CASE("command: eval says what the run itself said, exactly, and its confusions add up") {
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
                           "batch statistics (train)", "taken for", "right"})
    CHECK_MESSAGE(has(f.out, part), part, "\n", f.out);
}

TEST_CASE("command: eval on other data, if they fit; a folded network too") {
  const Place place;
  place.make("train --data $DATA --steps 60 --norm batch --quiet", "run");
  put_data(place.root / "other", 30, 25);
  const json other = eval_json(place, "run --data " + (place.root / "other").string());
  CHECK(other["images"] == 25);
  CHECK(has(other["data"], "other"));
  put_data(place.root / "two", 30, 25, 2);
  check_refused(place, "eval run --data " + (place.root / "two").string(),
                {"6×6 in 2 classes", "6×6 in 3 classes", "run"});
  check_refused(place, "eval run --data digits", {"28×28 in 10 classes", "6×6 in 3 classes"});
  CHECK(place.run("fold run --rounds 1").code == 0);
  const json folded = eval_json(place, "run/folded"), plain = eval_json(place, "run");
  CHECK(folded["answers"] == plain["answers"]);
  CHECK(folded["batch_statistics"] == folded["running_statistics"]);  // there is no BN left
}

TEST_CASE("command: eval and predict refuse what is no run, a stopped one, a damaged and a diverged one") {
  const Place place;
  put(place.here / "a.png", grey_png(flat_image(6, 6, 100)));
  place.make("train --data $DATA --steps 20 --norm batch --quiet", "run");
  for (const std::string& line : {std::string("eval "), std::string("predict ")}) {
    const std::string image = line == "eval " ? "" : " a.png";
    check_refused(place, line + "nowhere" + image, {"nowhere: is not a folder", "norma train"});
    fs::create_directory(place.here / "empty");
    check_refused(place, line + "empty" + image, {"empty/config.json", "cannot be opened"});
    put(place.here / "stopped/checkpoint.safetensors", "x");
    check_refused(place, line + "stopped" + image, {"stopped", "--resume"});
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
  check_refused(place, "eval run more", {"'more' is not understood"});
}

TEST_CASE("command: a model without metadata takes them from the data of its configuration") {
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

TEST_CASE("command: classes are matched by name, and one that the network never saw is refused") {
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

TEST_CASE("command: eval's table, answers and accuracy are one, and batches count every image") {
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

TEST_CASE("command: predict on PNGs of the test set answers as eval does, image by image") {
  const Place place;
  place.make(on_digits, "run");
  check_agreement(place, "run", draw_digits(2000, ~std::uint64_t{1}), 300);
  if (const char* folder = std::getenv("NORMA_DATA_DIR")) {
    const Words environment = {"NORMA_DATA_DIR=" + std::string(folder)};
    const DataPair mnist = load_data("mnist", folder);
    const Finished f = place.run(
        "train --data mnist --norm batch --activation relu --steps 300 --quiet --out mnist", environment);
    REQUIRE(f.code == 0);
    check_agreement(place, "mnist", mnist.test, 1000, environment);
    check_paper(place, "mnist", mnist.test, 500);
  } else {
    MESSAGE("SKIPPED: predict on MNIST's digits (set NORMA_DATA_DIR to the folder that holds mnist/)");
  }
}

TEST_CASE("command: predict reads digits on paper, large, dark on light, off the centre, with noise") {
  const Place place;
  place.make(
      "train --data digits --train-size 6000 --model lenet --norm batch --optimizer adam --lr 0.003 --schedule cosine "
      "--steps 400 --quiet",
      "run");
  const Dataset test = draw_digits(300, 9);
  check_paper(place, "run", test, 300);
  Words words = {"run", "--prepare", "digit"};  // also what is prepared already
  for (const std::string& name : put_images(place, test, 300, "plain")) words.push_back(name);
  CHECK(share_right(predict_json(place, words), test) >= 0.9);
  // Taken as it is, a picture must have the network's size.
  const Finished f = place.run({"predict", "run", "--prepare", "as-is", "paper/0.png"});
  CHECK(f.code == 2);
  CHECK(has(f.err, "paper/0.png: is 168×168, the network takes 28×28"));
}

TEST_CASE("command: predict shows three classes, likeliest first, and reads on after a broken picture") {
  const Place place;
  place.make(on_digits, "run");
  const Dataset test = draw_digits(5, 3);
  put_images(place, test, 2, ".");
  put(place.here / "broken.png", "hello");
  put(place.here / "blank.png", grey_png(flat_image(28, 28, 0)));
  const Finished f = place.run("predict run 0.png broken.png blank.png none.png 1.png");
  CHECK(f.code == 2);
  CHECK(count(f.err, "\n") == 3);
  for (const char* line : {"norma: broken.png: is no picture", "norma: blank.png: is blank",
                           "norma: none.png: cannot be opened"})
    CHECK(has(f.err, line));
  CHECK((has(f.out, "0.png  ") && has(f.out, "1.png  ") && !has(f.out, "broken")));
  const json j = predict_json(place, {"run", "0.png", "broken.png", "1.png"}, 2);
  REQUIRE(j.size() == 3);
  CHECK(has(j[1]["error"], "broken.png: is no picture"));
  CHECK_FALSE(j[1].contains("answers"));
  for (int i : {0, 2}) {
    const json& a = j[i]["answers"];
    REQUIRE(a.size() == 3);
    CHECK(a[0]["probability"] >= a[1]["probability"]);
    CHECK(a[1]["probability"] >= a[2]["probability"]);
    CHECK(a[0]["name"] == std::to_string(a[0]["class"].get<int>()));
  }
  // An answer does not depend on what else is asked.
  CHECK(predict_json(place, {"run", "1.png"})[0] == j[2]);
}

TEST_CASE("command: folders of pictures by class are trained on, and their names are what predict says") {
  const Place place;
  const Dataset digits = draw_digits(90, 1);
  const char* names[] = {"ape", "bee", "cat"};
  for (Index i = 0; i < digits.size(); ++i) {
    if (digits.labels[static_cast<std::size_t>(i)] > 2) continue;
    const std::string folder = i < 60 ? "zoo/train/" : "zoo/test/";
    put(place.here / (folder + names[digits.labels[static_cast<std::size_t>(i)]]) /
            (std::to_string(i) + ".png"),
        grey_png(image_of(digits, i)));
  }
  place.make("train --data zoo --batch-size 6 --epochs 30 --norm batch --activation relu --quiet", "run");
  CHECK(config(place.here / "run")["data"] == (place.here / "zoo").string());
  const json j = eval_json(place, "run");
  CHECK(j["classes"] == json({"ape", "bee", "cat"}));
  CHECK(j["images"] == 9);
  // Its pictures are taken as they are, and the folder is no longer needed.
  Words files = {"run"};
  for (const auto& entry : fs::directory_iterator(place.here / "zoo/test/bee"))
    files.push_back(entry.path().string());
  for (const auto& entry : fs::directory_iterator(place.here / "zoo/train/bee"))
    files.push_back(entry.path().string());
  fs::rename(place.here / "zoo", place.here / "gone");
  for (std::string& file : files)
    if (has(file, "/zoo/")) file.replace(file.find("/zoo/"), 5, "/gone/");
  std::size_t bees = 0;
  for (const json& r : predict_json(place, files)) {
    CHECK(r["prepared"] == "as-is");
    bees += r["answers"][0]["name"] == "bee";
  }
  CHECK(bees >= 8);
  put(place.here / "large.png", grey_png(flat_image(30, 28, 9)));
  const Finished f = place.run("predict run large.png");
  CHECK(f.code == 2);
  CHECK(has(f.err, "large.png: is 28×30, the network takes 28×28"));
}

}  // namespace
}}  // namespace norma
