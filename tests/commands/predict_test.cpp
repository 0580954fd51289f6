// norma predict: pictures of digits and of custom classes.
#include <doctest/doctest.h>

#include "data/digits.h"
#include "data/load.h"
#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_predict_test {

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

/// The first n samples as large pictures, dark on light, somewhere on a noisy sheet: nine in ten are read
/// right.
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

TEST_CASE("predict on PNGs of the test set answers as eval does, image by image") {
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

TEST_CASE("predict reads digits on paper, large, dark on light, off the centre, with noise") {
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
  CHECK(
      has(f.err, "paper/0.png: expected 28×28, the size the network takes, or --prepare digit, got 168×168"));
}

TEST_CASE("predict shows three classes, likeliest first, and reads on after a broken picture") {
  const Place place;
  place.make(on_digits, "run");
  const Dataset test = draw_digits(5, 3);
  put_images(place, test, 2, ".");
  put(place.here / "broken.png", "hello");
  put(place.here / "blank.png", grey_png(flat_image(28, 28, 0)));
  const Finished f = place.run("predict run 0.png broken.png blank.png none.png 1.png");
  CHECK(f.code == 2);
  CHECK(count(f.err, "\n") == 3);
  for (const char* line : {"norma: broken.png: is not a picture", "norma: blank.png: is blank",
                           "norma: none.png: cannot be opened"})
    CHECK(has(f.err, line));
  CHECK((has(f.out, "0.png  ") && has(f.out, "1.png  ") && !has(f.out, "broken")));
  const json j = predict_json(place, {"run", "0.png", "broken.png", "1.png"}, 2);
  REQUIRE(j.size() == 3);
  CHECK(has(j[1]["error"], "broken.png: is not a picture"));
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

TEST_CASE("folders of pictures by class are trained on, and their names are what predict says") {
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
  CHECK(has(f.err, "large.png: expected 28×28, the size the network takes, or --prepare digit, got 28×30"));
}

}  // namespace commands_predict_test
}}  // namespace norma
