// A person's own pictures, from one folder per class to answers: colour, sizes, a test set drawn from them.
#include "tests/support/pictures.h"

#include <doctest/doctest.h>

#include "data/write_png.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_pictures_test {

/// A disc of one colour on grey, of some size, somewhere, with noise.
Image disc(const int (&colour)[3], Rng& rng) {
  const auto side = [&] { return 20 + static_cast<Index>(rng.below(40)); };
  Image image{.height = side(), .width = side(), .pixels = {}, .channels = 3};
  const double y0 = double(image.height) * rng.uniform(0.35, 0.65),
               x0 = double(image.width) * rng.uniform(0.35, 0.65),
               r = double(std::min(image.height, image.width)) * rng.uniform(0.2, 0.35);
  for (int c : colour)
    for (Index y = 0; y < image.height; ++y)
      for (Index x = 0; x < image.width; ++x) {
        const double dy = double(y) - y0, dx = double(x) - x0, value = dy * dy + dx * dx < r * r ? c : 180;
        image.pixels.push_back(
            static_cast<std::uint8_t>(std::min(255.0, std::max(0.0, value + 40 * rng.normal()))));
      }
  return image;
}

/// Three hues of the same luma, 120 (0.30 R + 0.59 G + 0.11 B): hues/red/000.png, …
void put_hues(const Place& place, int each) {
  Rng rng(1);
  const struct {
    const char* name;
    int colour[3];
  } hues[] = {{"red", {200, 80, 117}}, {"green", {70, 150, 96}}, {"blue", {110, 100, 254}}};
  for (const auto& hue : hues)
    for (int i = 0; i < each; ++i)
      put(place.here / "hues" / hue.name / (std::to_string(1000 + i) + ".png"),
          encode_png(disc(hue.colour, rng)));
}

const std::string three =
    "train --data hues --resize 24 --split 0.2 --model cnn --norm batch --epochs 6 "
    "--batch-size 20 --lr 0.05 --quiet";

TEST_CASE(
    "pictures: three hues of one luma, in one flat folder, are learned in one command, and not in grey") {
  const Place place;
  put_hues(place, 120);
  const Finished f = place.run(three + " --standardize on --out run");
  REQUIRE(f.code == 0);
  CHECK(has(f.out, "hues: 288 training and 72 test images"));
  CHECK(has(f.out, "pictures, 20 to 59 wide and 20 to 59 high, were resized to 24×24"));
  const json eval = eval_json(place, "run");
  CHECK(eval["running_statistics"]["accuracy"] >= 0.95);
  CHECK(eval["classes"] == json({"blue", "green", "red"}));
  // Each answer is the one that predict gives to the file.
  json config = json::parse(contents(place.here / "run/config.json"));
  CHECK((config["colour"] == "auto" && config["resize"] == "24" && config["split"] == 0.2));
  const Finished read =
      place.run("predict run hues/red/1000.png hues/green/1001.png hues/blue/1002.png --json");
  REQUIRE(read.code == 0);
  CHECK(read.err.empty());
  const json answers = json::parse(read.out);
  const char* wanted[] = {"red", "green", "blue"};
  for (std::size_t i = 0; i < 3; ++i) CHECK(answers[i]["answers"][0]["name"] == wanted[i]);

  const Finished grey = place.run(three + " --colour grey --out grey");
  REQUIRE(grey.code == 0);
  CHECK(has(grey.out, "; colour was dropped from 360 of 360 pictures (--colour grey)\n"));
  CHECK(eval_json(place, "grey")["running_statistics"]["accuracy"] < 0.7);
  const Finished dropped = place.run("predict grey hues/red/1000.png hues/red/1001.png");
  CHECK(dropped.code == 0);
  CHECK(dropped.err ==
        "norma: colour was dropped from 2 of 2 pictures: the network of grey takes grey ones\n");
}

TEST_CASE("pictures: the split is the same for every seed of a run, whatever the order of the files") {
  const Place place;
  put_hues(place, 20);
  place.make(three + " --epochs 1 --seed 1", "one");
  place.make(three + " --epochs 1 --seed 2", "two");
  place.make(three + " --epochs 1 --split-seed 2", "other");
  auto about = [&](const std::string& run) { return eval_json(place, run)["images"]; };
  CHECK((about("one") == 12 && about("two") == 12 && about("other") == 12));
  const auto logits = [&](const std::string& run) {
    REQUIRE(place.run("export " + run + " --logits " + run + ".npz").code == 0);
    return contents(place.here / (run + ".npz"));
  };
  const std::string one = logits("one"), two = logits("two"), other = logits("other");
  const std::size_t images = 12 * 3 * 24 * 24 * 4;  // bytes of images.npy, which comes first
  CHECK(one.substr(0, images) == two.substr(0, images));
  CHECK(one.substr(200, images) != other.substr(200, images));

  // With other files the split is another one, and would test on what a network has seen.
  const fs::path more = place.here / "hues/red/0000.png";
  fs::copy_file(place.here / "hues/red/1000.png", more);
  for (const char* command :
       {"eval one", "eval one --data hues", "inspect one", "export one --logits one.npz"})
    check_refused(place, command, {"hues", "holds other images than when the network was trained"});
  fs::remove(more);
  CHECK(place.run("eval one").code == 0);
}

TEST_CASE(
    "pictures: a network in colour reads a grey picture, and one of another size only if it was to resize") {
  const Place place;
  put_hues(place, 10);
  place.make(three + " --epochs 1", "run");
  put(place.here / "grey.png", grey_png(flat_image(40, 30, 90)));
  CHECK(place.run("predict run grey.png").code == 0);
  for (const char* hue : {"red", "green", "blue"})
    for (const char* half : {"train", "test"})
      for (int i = 0; i < 2; ++i)
        put(place.here / "same" / half / hue / (std::to_string(i) + ".png"),
            encode_png({.height = 8,
                        .width = 8,
                        .pixels = std::vector<std::uint8_t>(192, static_cast<std::uint8_t>(*hue + i)),
                        .channels = 3}));
  place.make("train --data same --colour rgb --layers standardize,\tlinear\t3 --steps 2 --batch-size 2",
             "as-is");
  const Finished f = place.run("predict as-is grey.png");
  CHECK((f.code == 2 && has(f.err, "grey.png: expected 8×8, the size the network takes")));
  // eval takes the network's number of channels, not that of the pictures.
  CHECK(place.run("eval as-is").code == 0);
  CHECK(place.run("eval run --data same").code == 0);
  const Finished other = place.run("eval as-is --data $DATA");
  CHECK((other.code == 2 && has(other.err, "images of 6×6 in grey, in 3 classes, but the network")));
}

TEST_CASE("pictures: eval takes all of another folder of classes, of its own what was not trained on") {
  const Place place;
  put_hues(place, 10);
  place.make(three + " --epochs 1", "run");
  fs::copy(place.here / "hues", place.here / "others", fs::copy_options::recursive);
  const auto images = [&](const std::string& data) {
    const Finished f = place.run("eval run --json" + data);
    INFO(f.err);
    REQUIRE(f.code == 0);
    return json::parse(f.out)["images"].get<int>();
  };
  CHECK(images("") == 6);
  CHECK(images(" --data hues") == 6);
  CHECK(images(" --data others") == 30);
  CHECK(has(place.run("eval run --data others").out, "others: 30 test images"));
  fs::remove_all(place.here / "others/green");  // of one class there may be a single picture
  for (int i = 1; i < 10; ++i) fs::remove(place.here / "others/red" / (std::to_string(1000 + i) + ".png"));
  CHECK(images(" --data others") == 11);
}

TEST_CASE("pictures: each option of folders is in config.json, and changes the weights") {
  const Place place;
  put_hues(place, 6);
  const std::string usual =
      "train --data hues --layers linear\t3 --steps 3 --batch-size 4 --quiet --resize 8 --split 0.5 ";
  const auto model = [&](const std::string& run) { return contents(place.here / run / "model.safetensors"); };
  place.make(usual, "base");
  const struct {
    const char *change, *key;
    json value;
  } cases[] = {{"--colour grey", "colour", "grey"},
               {"--resize 8x6", "resize", "8x6"},
               {"--split 0.25", "split", 0.25},
               {"--split-seed 5", "split_seed", 5}};
  int i = 0;
  for (const auto& c : cases) {
    INFO(c.change);
    const std::string run = "run" + std::to_string(i++);
    place.make(usual + c.change, run);
    CHECK(json::parse(contents(place.here / run / "config.json"))[c.key] == c.value);
    CHECK(model(run) != model("base"));
    place.make("train --quiet --config " + run + "/config.json", "again");  // it is all that is needed
    CHECK(model("again") == model(run));
    fs::remove_all(place.here / "again");
  }
}

TEST_CASE("pictures: options for folders have no effect elsewhere, and say so") {
  const Place place;
  put_hues(place, 3);
  const struct {
    const char* command;
    std::initializer_list<std::string> wanted;
  } cases[] = {
      {"train --data digits --resize 14",
       {"--resize: has no effect here, it needs --data FOLDER, of pictures"}},
      {"train --colour grey", {"--colour: has no effect here"}},
      {"train --data hues --split-seed 3", {"--split-seed: has no effect here, it needs --split"}},
      {"train --data hues --color grey", {"unknown option '--color'; did you mean '--colour'?"}},
      {"train --data hues --colour gray", {"--colour: unknown value 'gray'; did you mean 'grey'?"}},
      {"train --data hues --split 1", {"--split: expected a number of at least 0 and below 1, got 1"}},
      {"train --data hues --resize 32x", {"--resize: expected N or WxH, pixels from 1 to 4096, got '32x'"}},
      {"train --data hues --resize 32x16x8", {"got '32x16x8'"}},
      {"train --data hues --resize 0", {"got '0'"}},
      {"train --data hues --resize 4097", {"got '4097'"}},
      {"train --data hues", {"hues: expected train/ and test/, got 3 other folders", "--split 0.2"}},
      {"train --data hues --split 0.2", {"--resize makes all one size"}},
      {"compare --data hues --vary resize=8,16", {"--vary: resize cannot be varied"}},
      {"train --data digits --layers standardize,\tlinear\t10 --standardize on",
       {"--standardize: has no effect here, it needs no standardize in --layers"}},
  };
  for (const auto& c : cases) {
    INFO(c.command);
    const Finished f = place.run(c.command);
    CHECK(f.code == 2);
    for (const std::string& part : c.wanted) CHECK_MESSAGE(has(f.err, part), f.err);
  }
}

}  // namespace commands_pictures_test
}}  // namespace norma
