// norma train: what a run leaves, and how it is repeated from its configuration.
#include <doctest/doctest.h>

#include "apps/report/table.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_train_test {

TEST_CASE("a run leaves four files; --eval-every and --log-every say how many lines of metrics") {
  const Place place;
  const fs::path run = place.make("train TINY --batch-size 10 --eval-every 8 --log-every 3", "run");
  CHECK(place.files("run") == std::set<std::string>{"about.json", "config.json", "metrics.jsonl",
                                                    "model.safetensors", "summary.json"});
  std::vector<int> evaluated, logged;
  for (const json& line : metrics(run))
    (line.contains("test_accuracy") ? evaluated : logged).push_back(line["step"].get<int>());
  CHECK(evaluated == std::vector<int>{8, 16, 20});
  CHECK(logged == std::vector<int>{3, 6, 9, 12, 15, 18});
  const json summary = json::parse(contents(run / "summary.json"));
  CHECK((summary["status"] == "finished" && summary["steps"] == 20 && summary["steps_per_epoch"] == 7));
  // 200 samples are trained on, and 20 evaluated at a time; in an epoch there are 7 steps.
  CHECK(metrics(place.make("train TINY --batch-size 10", "second")).size() == 10);
}

TEST_CASE("config.json repeats a run byte for byte, also from elsewhere") {
  const Place place;
  place.make("train TINY", "first");
  for (const std::string options :
       {"",
        "--norm batch --dropout 0.3 --schedule step --momentum 0.9 --nesterov on --init kaiming_normal "
        "--binarize on "
        "--seed 7 --weight-decay 0.01 --clip-norm 1 --label-smoothing 0.1 --warmup 3 --log-every 2 "
        "--eval-every 3 "
        "--norm-momentum 0 --batch-size 7 --train-size 50 --lr 0.30000000000000004",
        "--optimizer adam --shuffle off --norm batch --norm-position after --hidden 5,6 --seed "
        "18446744073709551615",
        "--init-from first/model.safetensors --schedule cosine --epochs 3 --steps 0",
        "--norm batch-renorm --norm-noise layer --renorm-r-max 2 --renorm-d-max 0.5 --renorm-warmup 2 "
        "--precise 61 "
        "--spectral-penalty 0.001 --activation leaky_relu",
        "--norm weight+mean-only --data-init off --norm-freeze both --norm-gradient on",
        "--norm l1 --norm-position after --norm-freeze affine --norm-noise unit",
        "--norm batch --norm-gradient off --model dln"}) {
    INFO(options);
    const fs::path a = place.make("train TINY " + options, "a --overwrite");
    fs::create_directory(place.root / "elsewhere");
    fs::rename(place.here / "a", place.root / "elsewhere" / "a");
    const fs::path moved = place.root / "elsewhere" / "a";
    Place other;
    const fs::path b = other.make("train --quiet --config " + (moved / "config.json").string(), "b");
    for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"})
      CHECK_MESSAGE(contents(moved / file) == contents(b / file), file);
    fs::remove_all(place.root / "elsewhere");
  }
}

TEST_CASE("options on the command line come after those of --config, the last of two counts") {
  const Place place;
  put(place.here / "c.json", R"({"lr": 0.5, "norm": "batch", "steps": 5, "hidden": [3, 4]})");
  const json c =
      config(place.make("train --quiet --data $DATA --lr 1 --lr 0.25 --hidden 6 --config c.json", "run"));
  CHECK((c["lr"] == 0.25 && c["norm"] == "batch" && c["steps"] == 5 && c["hidden"] == json({6})));
  const json longer = config(place.make("train --quiet --data $DATA --config c.json --epochs 4", "epochs"));
  CHECK(longer["steps"] == 4);  // not the file's 5: the newer of two lengths counts
}

TEST_CASE("every option changes config.json, and the weights where it should") {
  const Place place;
  const std::string usual = "--batch-size 20 --steps 9 ";
  const struct {
    std::string before, change, key;
    bool weights = true;
  } table[] = {
      {"", "--train-size 40", "train_size"},
      {"", "--binarize on", "binarize"},
      {"", "--standardize on", "standardize"},
      {"", "--shuffle off", "shuffle"},
      {"", "--hidden 9", "hidden"},
      {"", "--activation tanh", "activation"},
      {"", "--norm batch", "norm"},
      {"--norm batch ", "--norm-position after", "norm_position"},
      {"--norm batch ", "--norm-eps 0.1", "norm_eps"},
      {"--norm batch ", "--norm-momentum 0.5", "norm_momentum"},
      {"--norm batch ", "--norm-gradient off", "norm_gradient"},
      {"--norm batch ", "--norm-noise unit", "norm_noise"},
      {"--norm batch ", "--norm-noise layer", "norm_noise"},
      {"--norm batch ", "--norm-freeze statistics", "norm_freeze"},
      {"--norm batch ", "--norm-freeze affine", "norm_freeze"},
      {"--norm batch ", "--precise 60", "precise"},
      {"--norm batch-renorm ", "--renorm-warmup 3", "renorm_warmup"},
      {"--norm batch-renorm --renorm-warmup 1 --init-scale 50 ", "--renorm-r-max 1.01", "renorm_r_max"},
      {"--norm batch-renorm --renorm-warmup 1 --init-scale 50 ", "--renorm-d-max 0", "renorm_d_max"},
      {"--norm weight ", "--data-init off", "data_init"},
      {"", "--spectral-penalty 0.1", "spectral_penalty"},
      {"", "--model dln", "model"},
      {"", "--hidden 100,100,100 --layers flatten,linear\t3", "layers"},
      {"", "--dropout 0.5", "dropout"},
      {"", "--init xavier_normal", "init"},
      {"", "--init-scale 2", "init_scale"},
      {"", "--init-from start/model.safetensors", "init_from"},
      {"", "--optimizer adam", "optimizer"},
      {"", "--lr 0.2", "lr"},
      {"", "--momentum 0.9", "momentum"},
      {"--momentum 0.9 ", "--dampening 0.5", "dampening"},
      {"--momentum 0.9 ", "--nesterov on", "nesterov"},
      {"", "--weight-decay 0.1", "weight_decay"},
      {"--weight-decay 0.1 ", "--decay-all on", "decay_all"},
      {"", "--clip-norm 0.01", "clip_norm"},
      {"", "--label-smoothing 0.2", "label_smoothing"},
      {"", "--schedule cosine", "schedule"},
      {"--schedule step ", "--decay-every 2", "decay_every"},
      {"--schedule step ", "--decay-factor 0.5", "decay_factor"},
      {"", "--warmup 4", "warmup"},
      {"", "--batch-size 10", "batch_size"},
      {"", "--accumulate 2", "accumulate"},
      {"--norm batch --accumulate 2 ", "--norm-group local", "norm_group"},
      {"", "--steps 0 --epochs 2", "epochs"},
      {"", "--steps 10", "steps"},
      {"", "--eval-every 2", "eval_every", false},
      {"", "--log-every 2", "log_every", false},
      {"", "--augment shift:1", "augment"},
      {"", "--validation 0.3", "validation"},
      {"--validation 0.3 --lr 0 --eval-every 2 ", "--early-stop 2", "early_stop", false},
      {"--hidden 100,100,100 --model plain ", "--depth 4", "depth"},
      {"", "--seed 2", "seed"},
      {"", "--threads 2", "threads", false}};
  place.make("train TINY --seed 99", "start");
  std::map<std::string, fs::path> bases;
  // Those of folders of pictures: tests/commands/pictures_test.cpp. These pictures are too small for vgg.
  std::set<std::string> keys = {"data", "data_dir", "colour", "resize", "split", "split_seed", "width"};
  for (const auto& t : table) {
    INFO("norma train ", t.before, t.change);
    keys.insert(t.key);
    if (!bases.count(t.before))
      bases[t.before] = place.make("train TINY " + usual + t.before, "base" + std::to_string(bases.size()));
    const fs::path base = bases[t.before],
                   run = place.make("train TINY " + usual + t.before + t.change, "run --overwrite")
                             .parent_path() /
                         "run";
    CHECK(config(base)[t.key] != config(run)[t.key]);
    CHECK((model(base) != model(run)) == t.weights);
    if (!t.weights && t.key != "threads") CHECK(metrics(base) != metrics(run));
  }
  const json last = config(place.here / "run");
  for (const auto& item : last.items()) CHECK_MESSAGE(keys.count(item.key()), item.key(), " is not tested");
}

TEST_CASE("train --report leaves a page beside the run; --overwrite takes it away again") {
  const Place place;
  const Finished run = place.run("train TINY --report --epochs 2 --out r");
  CHECK((run.code == 0 && has(run.out, "r/report.html")));
  const std::string page = contents(place.here / "r/report.html");
  for (const char* words : {"of the test set right after", "Test accuracy and loss", "train-size",
                            "norma train --config config.json", "gnuplot"})
    CHECK_MESSAGE(has(page, words), words);
  CHECK(has(page, "With the running statistics") == false);  // it has none
  CHECK(place.run("train TINY --eval-every 20 --report --out one").code == 0);
  CHECK(has(contents(place.here / "one/report.html"), "there was one evaluation"));
  CHECK(!fs::exists(place.here / "one/test-accuracy.csv"));
  CHECK(
      (fs::exists(place.here / "r/test-accuracy-log.csv") && fs::exists(place.here / "r/training-loss.csv")));
  CHECK(place.run("train TINY --report --lr 1e30 --out d").code == 3);
  CHECK(has(contents(place.here / "d/report.html"), "Diverged at step"));
  CHECK(place.run("train TINY --overwrite --out r").code == 0);
  for (const char* file :
       {"r/report.html", "r/test-accuracy.csv", "r/test-accuracy-log.csv", "r/training-loss.csv"})
    CHECK_MESSAGE(!fs::exists(place.here / file), file);
}

}  // namespace commands_train_test
}}  // namespace norma
