// norma inspect as a person meets it: the text, the page, the numbers, mistakes.
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_inspect_test {

// As one line.
std::string unwrapped(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::map<std::string, std::string> all_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().filename().string()] = contents(entry.path());
  return files;
}

// Whether every element is closed, in order; `meta` and what ends in "/>" have no end.
bool well_formed(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    if (html.compare(at, 4, "<!--") == 0) {
      at = html.find("-->", at);
      continue;
    }
    const std::size_t end = html.find('>', at);
    if (end == html.npos) return false;
    const std::string tag = html.substr(at + 1, end - at - 1),
                      name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (tag[0] == '!' || name == "meta" || tag.back() == '/') continue;
    if (tag[0] != '/') {
      open.push_back(name);
      continue;
    }
    if (open.empty() || "/" + open.back() != tag) return false;
    open.pop_back();
  }
  return open.empty();
}

TEST_CASE("inspect says what is inside, and leaves the run as it was") {
  const Place place;
  const fs::path run = place.make("train TINY --norm batch --activation relu", "run");
  const auto before = all_of(run);
  const Finished f = place.run("inspect run");
  REQUIRE(f.code == 0);
  for (const char* words : {"36-8-3, relu, batch norm before it", "0  Linear  (N, 8)",
                            "1  BatchNorm1d  (N, 8)", "2  ReLU  (N, 8)", "3  Linear  (N, 3)", "γ", "β",
                            "gradient", "running mean off by", "running variance ×", "0.weight", "1e-3",
                            "zero", "dead", "over 20 test images", "batch of 60", "η = 0.1"}) {
    CHECK_MESSAGE(has(unwrapped(f.out), words), words);
  }
  CHECK(!has(f.out, "Saturated"));  // there is no sigmoid
  CHECK(!has(f.out, "\033"));       // no terminal, no colour
  CHECK(f.err.empty());
  CHECK(all_of(run) == before);
  CHECK(place.files("run").size() == before.size());
  CHECK(place.run("inspect run").out == f.out);
  CHECK(has(unwrapped(place.run("inspect run --samples 7").out), "over 7 test images, drawn"));
  CHECK(has(unwrapped(place.run("inspect run --images train").out), "over 61 training images"));
}

TEST_CASE("inspect knows every kind of model") {
  const Place place;
  for (const std::string model :
       {"--model dln --norm layer", "--model cnn --norm group:4", "--norm spectral --activation tanh",
        "--model resnet --norm batch", "--norm weight+mean-only --optimizer adam --lr 0.001",
        "--norm batch-renorm --dropout 0.3",
        "--norm linf --norm-freeze both --momentum 0.9 --schedule cosine",
        "--layers linear\t9,bn,tanh,linear\t3 --precise 60"}) {
    CAPTURE(model);
    fs::remove_all(place.here / "run");
    place.make("train --steps 3 --quiet --data $DATA " + model, "run");
    const Finished f = place.run("inspect run --json look.json");
    CHECK(f.code == 0);
    const json look = json::parse(contents(place.here / "look.json"));
    CHECK(look["samples"] == 20);
    CHECK(look["layers"].size() >= 3);
    if (has(model, "adam")) CHECK(has(unwrapped(f.out), "not Adam's own"));
    if (has(model, "cosine"))
      CHECK(has(unwrapped(f.out), "without the run's momentum, before the cosine schedule"));
  }
}

TEST_CASE("inspect --sharpness measures how curved the loss is, and only then") {
  const Place place;
  REQUIRE(place.run("train --data $DATA --hidden 8 --steps 20 --batch-size 10 --out run --quiet").code == 0);
  const Finished f = place.run("inspect run --sharpness --json look.json");
  CHECK(f.code == 0);
  const double found = json::parse(contents(place.here / "look.json"))["sharpness"];
  CHECK((found > 0.01 && found < 1000));
  CHECK(has(unwrapped(f.out), "stable at rates below 2/λ₁ = "));
  CHECK(place.run("inspect run --json without.json").code == 0);
  CHECK(!json::parse(contents(place.here / "without.json")).contains("sharpness"));
}

TEST_CASE("inspect --json holds all numbers, --html a whole page with its figures") {
  const Place place;
  place.make("train TINY --norm batch", "run");
  const Finished f = place.run("inspect run --html --json look.json");
  REQUIRE(f.code == 0);
  CHECK(has(f.out, "run/inspect/report.html"));
  CHECK(has(f.out, "No figures: "));
  const json look = json::parse(contents(place.here / "look.json"));
  CHECK(look["layers"]["0"]["parameters"]["weight"]["shape"] == json({8, 36}));
  CHECK(look["layers"]["1"]["running_statistics"]["channels"] == 8);
  const json& sigmoid = look["layers"]["2"]["activation"];
  CHECK(sigmoid["units"] == 8);
  long counted = sigmoid["output"]["histogram"]["outside"].get<long>();
  for (const json& n : sigmoid["output"]["histogram"]["counts"]) counted += n.get<long>();
  CHECK(counted == 20 * 8);
  CHECK(sigmoid["output"]["size"] == 20 * 8);

  const std::string page = contents(place.here / "run/inspect/report.html");
  CHECK(well_formed(page));
  for (const char* words : {"Inside run", "Activations", "Weights and their updates",
                            "Running against batch statistics", "2: Sigmoid()", "1: BatchNorm1d(8)"})
    CHECK_MESSAGE(has(page, words), words);
  for (const char* figure : {"layer-0-weight", "layer-0-weight-gradient", "layer-1-weight", "layer-2-input",
                             "layer-2-output", "updates", "unit-deviations"})
    CHECK_MESSAGE(fs::exists(place.here / "run/inspect/figures" / (std::string(figure) + ".csv")), figure);
  // Again, in the place of the first; and elsewhere.
  CHECK(place.run("inspect run --html").code == 0);
  CHECK(contents(place.here / "run/inspect/report.html") == page);
  CHECK(place.run("inspect run --html --out elsewhere").code == 0);
  CHECK(contents(place.here / "elsewhere/report.html") == page);
}

TEST_CASE("inspect's page holds its figures if gnuplot is there") {
  const Place place;
  place.make("train TINY --hidden 2", "run");
  const Finished f = place.run("inspect run --html", {"NORMA_GNUPLOT=gnuplot"});
  REQUIRE(f.code == 0);
  if (has(f.out, "No figures")) return;
  const std::string page = contents(place.here / "run/inspect/report.html");
  CHECK(well_formed(page));
  CHECK(count(page, "<svg") ==
        10);  // two weights, biases and gradients, an activation's two, two over all layers
  for (const char* foreign : {"<script", "src=", "http-equiv", "<link"})
    CHECK_MESSAGE(!has(page, foreign), foreign);
  const auto range = [&](const std::string& weight) {  // of layers that stand side by side
    const std::string script = contents(place.here / "run/inspect/figures" / (weight + ".gp"));
    return script.substr(script.find("set xrange"), script.find("scaled(v)") - script.find("set xrange"));
  };
  CHECK((range("layer-0-weight") == range("layer-2-weight") && range("layer-0-weight").size() > 20));
}

TEST_CASE("inspect's batch is the first that the run took, and is seen as the run saw it") {
  const Place place;
  for (const char* options :
       {"", " --norm batch --dropout 0.5", " --shuffle off", " --label-smoothing 0.1"}) {
    CAPTURE(options);
    fs::remove_all(place.here / "run");  // a run that hardly moves its weights
    const fs::path run = place.make(
        std::string("train TINY --steps 1 --lr 1e-12 --batch-size 10 --log-every 1") + options, "run");
    REQUIRE(place.run("inspect run --json look.json").code == 0);
    const json look = json::parse(contents(place.here / "look.json"));
    CHECK(look["loss"] == metrics(run).front()["batch_loss"]);
    CHECK(look["batch_size"] == 10);
  }
}

TEST_CASE("inspect looks with other data if asked") {
  const Place place;
  const fs::path run = place.make("train TINY", "run");
  put_data(place.root / "more", 80, 30);
  const Finished f = place.run("inspect run --data " + (place.root / "more").string());
  CHECK(f.code == 0);
  CHECK(has(unwrapped(f.out), "over 30 test images"));
  fs::rename(place.data, place.root / "moved");  // the run's own data are gone
  CHECK(place.run("inspect run").code == 2);
  CHECK(place.run("inspect run --data " + (place.root / "moved").string()).code == 0);
}

TEST_CASE("what inspect refuses") {
  const Place place;
  place.make("train TINY", "run");
  place.make("compare TINY --seeds 1", "grid");
  const Finished diverged = place.run("train TINY --activation relu --lr 1e30 --out nan");
  REQUIRE(diverged.code == 3);
  put_data(place.root / "more", 80, 30, 2);
  check_all(place,
            {{"inspect", {"RUN"}},
             {"inspect run grid", {"'grid'", "one RUN"}},
             {"inspect missing", {"missing/config.json"}},
             {"inspect grid", {"grid/config.json"}},
             {"inspect nan", {"inspect", "nan diverged", "not finite"}},
             {"inspect run --samples 0", {"--samples", "0", "from 1"}},
             {"inspect run --samples 21", {"--samples", "at most 20, the number of test images", "got 21"}},
             {"inspect run --images all", {"--images", "all", "test or train"}},
             {"inspect run --out there", {"--out", "--html"}},
             {"inspect run --html --out run", {"--out run", "results"}},
             {"inspect run --html --out grid", {"--out grid", "results"}},
             {"inspect run --html --out run/config.json", {"--out run/config.json"}},
             {"inspect run --json run", {"run"}},
             {"inspect run --data nowhere", {"nowhere"}},
             {"inspect run --data " + (place.root / "more").string(),
              {"more", "in 2 classes", "network of run", "in 3 classes"}},
             {"inspect run --lr 0.1", {"--lr"}}});
  fs::remove(place.here / "run/model.safetensors");
  check_refused(place, "inspect run", {"run/model.safetensors"});
}

}  // namespace commands_inspect_test
}}  // namespace norma
