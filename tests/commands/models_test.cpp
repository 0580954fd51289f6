// Every model with every normalizer, and custom networks, trained by the command.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_models_test {

const std::string small = "train --data $DATA --steps 4 --batch-size 20 --quiet";

TEST_CASE("every model with every normalizer trains, and its config.json trains it again") {
  const Place place;
  for (const char* model : {"mlp", "dln", "cnn", "lenet", "resnet", "plain"}) {
    const bool flat = std::string(model) == "mlp" || std::string(model) == "dln";
    for (const char* norm : {"none", "batch", "layer", "group:2", "instance", "batch-renorm", "weight",
                             "weight+mean-only", "spectral", "lrn", "l1", "linf"}) {
      if (flat && std::string(norm) == "instance") continue;
      if (std::string(model) + norm == "cnninstance") continue;  // 6 × 6 is 1 × 1 before cnn's last one
      const bool image_sized =
          std::string(model) == "lenet";  // 6 × 6 is too small for LeNet's second convolution
      if (image_sized) continue;
      const std::string line = small + " --train-size 40 --steps 2 --model " + model + " --norm " + norm +
                               (flat ? " --hidden 8,8" : "");
      const fs::path run = place.make(line + " --overwrite", "run");
      const json c = config(run);
      CHECK((c["model"] == model && c["norm"] == norm));
      const json summary = json::parse(contents(run / "summary.json"));
      CHECK(summary["status"] == "finished");
      CHECK(summary["test"]["running_statistics"]["loss"].is_number());
      CHECK(summary["test"]["batch_statistics"]["loss"].is_number());
    }
  }
  check_refused(place, "train --data $DATA --model lenet --steps 2",
                {"--model lenet", "'conv'", "(N, 6, 3, 3)"});
  place.make(
      "train --data digits --train-size 40 --batch-size 20 --steps 2 --model lenet --norm batch --quiet",
      "lenet");
  const std::string line = small + " --model resnet --norm batch-renorm --renorm-r-max 2";
  const fs::path first = place.make(line, "first"),
                 again = place.make("train --quiet --config " + (first / "config.json").string(), "again");
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"})
    CHECK_MESSAGE(contents(first / file) == contents(again / file), file);
}

TEST_CASE("a custom network by --layers, repeated from its config.json") {
  const Place place;
  const std::string layers =
      "conv 4 3, norm, relu, residual(conv 4 3, norm | conv 4 1 nobias), pool 2, flatten, linear 3";
  for (const Words& options : {Words{},
                               {"--norm", "batch", "--norm-noise", "layer"},
                               {"--norm", "weight", "--data-init", "off"},
                               {"--norm", "batch-renorm", "--renorm-warmup", "2", "--precise", "60"}}) {
    const fs::path a =
        make(place, with(with(place.words(small), {"--overwrite", "--layers", layers}), options), "a");
    CHECK(config(a)["layers"] == layers);
    CHECK(config(a)["hidden"] == json({100, 100, 100}));  // not used, so the default
    const fs::path b = place.make("train --quiet --overwrite --config " + (a / "config.json").string(), "b");
    for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"})
      CHECK_MESSAGE(contents(a / file) == contents(b / file), file);
  }
  const Finished said =
      place.run(with(place.words("train --data $DATA --steps 2 --norm batch"), {"--layers", layers}));
  CHECK(said.code == 0);
  for (const char* part : {"Conv2d(1, 4, ", "BatchNorm2d(4)", "Residual(", "MaxPool2d(", "Linear(36, 3)",
                           "(N, 4, 6, 6)", "(N, 3)"})
    CHECK_MESSAGE(has(said.out, part), part);
  // What a network has no use for is not decided by it.
  const fs::path dln = place.make(small + " --model dln --hidden 8", "dln");
  CHECK(config(dln)["activation"] == "default");
  CHECK(config(place.make("train --quiet --model mlp --config dln/config.json", "after-dln"))["activation"] ==
        "sigmoid");
  // The mlp is the sentence that it stands for.
  const fs::path mlp = place.make(small + " --hidden 8 --norm batch", "mlp"),
                 own = make(place,
                            with(place.words(small),
                                 {"--norm", "batch", "--layers", "linear 8, norm, sigmoid, linear 3"}),
                            "own");
  CHECK(model(mlp) == model(own));
}

TEST_CASE(
    "batches of one sample have statistics if there are positions; brn in --layers has a "
    "warm-up") {
  const Place place;
  const fs::path run = place.make(
      "train --data $DATA --steps 3 --train-size 20 --quiet --batch-size 1 --norm batch --model resnet",
      "run");
  const json summary = json::parse(contents(run / "summary.json"));
  CHECK(summary["status"] == "finished");
  for (const char* set : {"train", "test"}) CHECK(summary[set]["batch_statistics"]["loss"].is_number());
  place.make("train --data $DATA --steps 60 --quiet --layers linear\t4,brn,linear\t3", "brn");
  CHECK(config(place.here / "brn")["renorm_warmup"] == 3);
}

TEST_CASE("no output of a ready-made or own network is wider than 100 columns") {
  const Place place;
  for (const Words& options :
       {Words{"--model", "resnet", "--norm", "batch-renorm"},
        {"--model", "cnn", "--norm", "weight+mean-only"},
        {"--layers",
         "conv 4 3 stride 2 groups 1 pad 1, norm, leaky_relu 0.2, conv 8 3, norm, relu, "
         "dropout 0.25, globalpool, flatten, linear 16, norm, tanh, linear 3",
         "--norm", "batch", "--norm-eps", "0.001"}}) {
    const Finished f = place.run(with(place.words("train --data $DATA --steps 2 --batch-size 20"), options));
    CHECK(f.code == 0);
    std::istringstream in(f.out);
    bool first = true;  // it names the data's folder
    for (std::string line; std::getline(in, line); first = false) {
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
      CHECK_MESSAGE((first || columns <= 100), line);
    }
  }
}

TEST_CASE("--precise recomputes the running statistics, and says what they were worth") {
  const Place place;
  const std::string line = "train --data $DATA --hidden 8 --norm batch --batch-size 20 --steps 3";
  const Finished said = place.run(line + " --precise 60 --out precise");
  CHECK((said.code == 0 && has(said.out, "moving averages") && has(said.out, "precise statistics")));
  const fs::path precise = place.here / "precise", usual = place.make(line, "usual");
  const json p = json::parse(contents(precise / "summary.json")),
             u = json::parse(contents(usual / "summary.json"));
  CHECK(p["test"]["moving_averages"] == u["test"]["running_statistics"]);
  CHECK(p["test"]["running_statistics"] != u["test"]["running_statistics"]);
  CHECK(p["test"]["batch_statistics"] == u["test"]["batch_statistics"]);
  CHECK((!u["test"].contains("moving_averages") && !has(place.run(line).out, "moving averages")));
  CHECK(metrics(precise) == metrics(usual));
  CHECK(model(precise) != model(usual));
}

TEST_CASE("--norm-freeze keeps what --init-from brings") {
  const Place place;
  const fs::path start = place.make(small + " --hidden 8 --norm batch --seed 5", "start");
  const std::string line =
      small + " --hidden 8 --norm batch --batch-size 10 --init-from start/model.safetensors --norm-freeze ";
  auto part = [](const fs::path& run, const std::string& key) {  // the bytes of one tensor
    const std::string file = model(run);
    std::uint64_t size = 0;
    for (int i = 7; i >= 0; --i)
      size = size << 8 | static_cast<unsigned char>(file[static_cast<std::size_t>(i)]);
    const json header = json::parse(file.substr(8, size));
    const auto ends = header[key]["data_offsets"];
    return file.substr(8 + size + ends[0].get<std::size_t>(),
                       ends[1].get<std::size_t>() - ends[0].get<std::size_t>());
  };
  const struct {
    std::string freeze;
    bool statistics, affine;
  } table[] = {
      {"none", false, false}, {"statistics", true, false}, {"affine", false, true}, {"both", true, true}};
  for (const auto& t : table) {
    INFO(t.freeze);
    const fs::path run = place.make(line + t.freeze, t.freeze);
    for (const char* key : {"1.running_mean", "1.running_var", "1.num_batches_tracked"})
      CHECK_MESSAGE((part(run, key) == part(start, key)) == t.statistics, key);
    for (const char* key : {"1.weight", "1.bias"})
      CHECK_MESSAGE((part(run, key) == part(start, key)) == t.affine, key);
    for (const char* key : {"0.weight", "3.weight", "3.bias"})
      CHECK_MESSAGE(part(run, key) != part(start, key), key);
  }
}

}  // namespace commands_models_test
}}  // namespace norma
