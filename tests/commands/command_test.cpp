// The `norma` command as a person meets it: what it should do.
// What it should refuse stands in command_faults_test.cpp.
#include "apps/report/table.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

TEST_CASE("command: the help of train and compare lists every option, and of every command its own") {
  const Place place;
  const json options = config(place.make("train TINY", "run"));
  const Finished train = place.run("train --help"), compare = place.run("compare --help");
  for (const auto& [key, value] : options.items()) {
    std::string name = "--" + key;
    std::replace(name.begin(), name.end(), '_', '-');
    CHECK_MESSAGE(has(train.out, name + " "), name);
    if (key != "threads") CHECK_MESSAGE(has(compare.out, name + " "), name);
  }
  for (const char* o : {"--config", "--out", "--overwrite", "--quiet"}) {
    CHECK_MESSAGE(has(train.out, o), o);
    CHECK_MESSAGE(has(compare.out, o), o);
  }
  for (const char* o : {"--vary", "--seeds", "--jobs"}) CHECK_MESSAGE(has(compare.out, o), o);
  const Finished bench = place.run("bench --help"), all = place.run("--help"), bare = place.run("");
  for (const char* o : {"--report", "--resume", "--checkpoint-every"}) CHECK_MESSAGE(has(train.out, o), o);
  for (const char* o : {"--work", "--threads", "--operations", "--rounds"})
    CHECK_MESSAGE(has(bench.out, o), o);
  for (const char* c : {"train", "eval", "predict", "inspect", "compare", "reproduce", "explain", "fold",
                        "export", "gradcheck", "bench", "--version"})
    CHECK_MESSAGE(has(all.out, c), c);
  const Finished fold = place.run("fold --help");
  for (const char* o : {"RUN", "--out", "--rounds", "--overwrite"}) CHECK_MESSAGE(has(fold.out, o), o);
  const Finished inspect = place.run("inspect --help");
  for (const char* o : {"RUN", "--samples", "--images", "--data", "--data-dir", "--html", "--out", "--json",
                        "saturated:", "still:", "dead:", "update:"})
    CHECK_MESSAGE(has(inspect.out, o), o);
  CHECK((fold.code == 0 && place.run("gradcheck --help").code == 0));
  CHECK((train.code == 0 && compare.code == 0 && bench.code == 0 && all.code == 0));
  CHECK((bare.code == 2 && has(bare.out + bare.err, "compare")));
  CHECK(place.files().count("runs") == 0);
}

TEST_CASE("command: every help begins with its usage and fits a terminal of 80 columns") {
  const Place place;
  for (const std::string c : {"", "train", "eval", "predict", "inspect", "compare", "reproduce", "explain",
                              "fold", "export", "gradcheck", "bench"}) {
    const std::string help = place.run(c + " --help").out;
    CHECK_MESSAGE(help.rfind("Usage: norma " + c + (c.empty() ? "" : " ") + "[OPTIONS]", 0) == 0, c);
    CHECK_MESSAGE(has(help, "\n\nOptions:\n  -h,--help  "), c);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);)
      CHECK_MESSAGE(display_width(line) <= 80, c, ": ", line);
  }
}

TEST_CASE("command: help is the same text with every version of CLI11") {
  const Place place;
  CHECK(place.run("fold --help").out ==
        "Usage: norma fold [OPTIONS] RUN\n"
        "Fold a trained network's batch normalization into the layers before it, for\n"
        "inference\n"
        "\n"
        "Positionals:\n"
        "  RUN                           folder that norma train left\n"
        "\n"
        "Options:\n"
        "  -h,--help                     this text\n"
        "  --out DIR                     folder for the folded network [RUN/folded]\n"
        "  --rounds N                    rounds of timing; the medians are shown [5]\n"
        "  --overwrite                   replace what is in --out already, once the new\n"
        "                                is complete\n"
        "\n"
        "Example: norma fold runs/001-train\n");
  const std::string train = place.run("train --help").out;
  std::size_t at = 0;  // each heading once, in this order
  for (const char* group : {"Options", "Data", "Model", "Normalization", "Optimizer", "Run"}) {
    const std::string heading = std::string("\n\n") + group + ":\n  -";
    CHECK_MESSAGE((train.find(heading, at) < std::string::npos && train.find(heading) >= at), group);
    at = train.find(heading);
    CHECK_MESSAGE(train.find(heading, at + 1) == std::string::npos, group);
  }
}

TEST_CASE("command: --version names the BLAS kernel that was loaded") {
  const Finished f = Place().run("--version");
  CHECK(f.code == 0);
  CHECK((has(f.out, "norma ") && has(f.out, "OpenBLAS") && has(f.out, "kernel")));
}

TEST_CASE("command: a run leaves four files; --eval-every and --log-every say how many lines of metrics") {
  const Place place;
  const fs::path run = place.make("train TINY --batch-size 10 --eval-every 8 --log-every 3", "run");
  CHECK(place.files("run") ==
        std::set<std::string>{"config.json", "metrics.jsonl", "model.safetensors", "summary.json"});
  std::vector<int> evaluated, logged;
  for (const json& line : metrics(run))
    (line.contains("test_accuracy") ? evaluated : logged).push_back(line["step"].get<int>());
  CHECK(evaluated == std::vector<int>{8, 16, 20});
  CHECK(logged == std::vector<int>{3, 6, 9, 12, 15, 18});
  const json summary = json::parse(contents(run / "summary.json"));
  CHECK((summary["status"] == "finished" && summary["steps"] == 20 && summary["steps_per_epoch"] == 7));
  CHECK(metrics(place.make("train TINY --batch-size 10", "second")).size() ==
        3);  // after epochs, and at the end
}

TEST_CASE("command: config.json repeats a run byte for byte, also from elsewhere") {
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

TEST_CASE("command: options on the command line come after those of --config, the last of two counts") {
  const Place place;
  put(place.here / "c.json", R"({"lr": 0.5, "norm": "batch", "steps": 5, "hidden": [3, 4]})");
  const json c =
      config(place.make("train --quiet --data $DATA --lr 1 --lr 0.25 --hidden 6 --config c.json", "run"));
  CHECK((c["lr"] == 0.25 && c["norm"] == "batch" && c["steps"] == 5 && c["hidden"] == json({6})));
  const json longer = config(place.make("train --quiet --data $DATA --config c.json --epochs 4", "epochs"));
  CHECK(longer["steps"] == 4);  // not the file's 5: the newer of two lengths counts
}

TEST_CASE("command: every option changes config.json, and the weights where it should") {
  const Place place;
  const std::string usual = "--batch-size 20 --steps 9 ";
  const struct {
    std::string before, change, key;
    bool weights = true;
  } table[] = {
      {"", "--train-size 40", "train_size"},
      {"", "--binarize on", "binarize"},
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
      {"", "--steps 0 --epochs 2", "epochs"},
      {"", "--steps 10", "steps"},
      {"", "--eval-every 2", "eval_every", false},
      {"", "--log-every 2", "log_every", false},
      {"", "--seed 2", "seed"},
      {"", "--threads 2", "threads", false}};
  place.make("train TINY --seed 99", "start");
  std::map<std::string, fs::path> bases;
  std::set<std::string> keys = {"data", "data_dir"};
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

TEST_CASE("command: progress is plain lines where stderr is no terminal, and --quiet leaves it out") {
  const Place place;
  const Finished loud = place.run("train --data $DATA --hidden 8 --steps 20"),
                 quiet = place.run("train TINY");
  CHECK((loud.code == 0 && has(loud.err, "step 20 of 20") && loud.err.back() == '\n'));
  CHECK((quiet.code == 0 && quiet.err.empty() && quiet.out.size() < loud.out.size()));
  const Finished grid = place.run("compare --data $DATA --hidden 8 --steps 20 --seeds 1");
  CHECK((grid.code == 0 && has(grid.err, "2 of 2 runs")));
  const Finished bench = place.run("bench --work W1a --rounds 1 --threads 1");
  CHECK((bench.code == 0 && has(bench.out, "W1a") && !has(bench.out, "W1b")));
  const Finished single = place.run("bench --operations tanh,max_pool --rounds 1");
  CHECK((single.code == 0 && has(single.out, "tanh") && has(single.out, "max_pool") &&
         !has(single.out, "relu")));
  for (const std::string& text : {loud.err, grid.err, bench.err, bench.out})
    CHECK(text.find_first_of("\r\033") == std::string::npos);
  CHECK(place.files("runs").count("003-compare"));
}

TEST_CASE(
    "command: on a terminal a line is written over; where TERM is dumb or not set all lines are plain") {
  if (!has_terminals()) return;
  const Place place;
  place.make("train TINY", "run");
  for (const std::string line :
       {"train --data $DATA --hidden 8 --steps 20", "compare --data $DATA --hidden 8 --steps 20 --seeds 1",
        "reproduce depth-explosion --quick --seeds 1 --data $DATA --fresh", "inspect run",
        "bench --work W1a --rounds 1 --threads 1", "bench --operations tanh --rounds 1"}) {
    CAPTURE(line);
    for (const char* plain : {"TERM=dumb", "-u TERM"})
      CHECK(place.on_terminal(line, plain).find_first_of("\r\033") == std::string::npos);
    const std::string uncoloured = place.on_terminal(line, "TERM=xterm NO_COLOR=1");
    CHECK(!has(uncoloured, "\033"));
    if (line != "inspect run") CHECK(has(uncoloured, "\r"));
  }
}

TEST_CASE("command: train --report leaves a page beside the run; --overwrite takes it away again") {
  const Place place;
  const Finished run = place.run("train TINY --report --epochs 2 --out r");
  CHECK((run.code == 0 && has(run.out, "r/report.html")));
  const std::string page = contents(place.here / "r/report.html");
  for (const char* words : {"of the test set right after", "Test accuracy", "Loss", "train-size",
                            "norma train --config config.json", "gnuplot"})
    CHECK_MESSAGE(has(page, words), words);
  CHECK(has(page, "With the running statistics") == false);  // it has none
  CHECK(place.run("train TINY --eval-every 20 --report --out one").code == 0);
  CHECK(has(contents(place.here / "one/report.html"), "there was one evaluation"));
  CHECK(!fs::exists(place.here / "one/test-accuracy.csv"));
  CHECK((fs::exists(place.here / "r/test-accuracy.csv") && fs::exists(place.here / "r/training-loss.csv")));
  CHECK(place.run("train TINY --report --lr 1e30 --out d").code == 3);
  CHECK(has(contents(place.here / "d/report.html"), "Diverged at step"));
  CHECK(place.run("train TINY --overwrite --out r").code == 0);
  for (const char* file : {"r/report.html", "r/test-accuracy.csv", "r/training-loss.csv"})
    CHECK_MESSAGE(!fs::exists(place.here / file), file);
}

TEST_CASE("command: compare, by default none against batch, is the same whatever --jobs is") {
  const Place place;
  const std::string line = "compare TINY --lr 1 --eval-every 5 --steps 60 --seeds 2";
  const Finished one = place.run(line + " --jobs 1 --out one");
  CHECK((one.code == 0 && has(one.out, "norm=none") && has(one.out, "norm=batch") && has(one.out, "0 of 2")));
  CHECK((has(one.out, "norm=batch against norm=none") && has(one.out, "steps to 90%")));
  place.make(line + " --jobs 2", "two");
  const json a = json::parse(contents(place.here / "one/comparison.json")),
             b = json::parse(contents(place.here / "two/comparison.json"));
  CHECK(without_times(a) == without_times(b));
  CHECK(place.files("one") == place.files("two"));
  int models = 0;
  for (const std::string& file : place.files("one")) {
    if (!has(file, ".safetensors") && !has(file, ".jsonl") && !has(file, "config.json")) continue;
    CHECK_MESSAGE(contents(place.here / "one" / file) == contents(place.here / "two" / file), file);
    models += has(file, ".safetensors");
  }
  CHECK(models == 4);
  // A run of a grid is what `norma train` makes of its configuration.
  const fs::path run = place.here / "one/runs/norm-batch-seed-2";
  CHECK(model(run) == model(place.make("train --quiet --config " + (run / "config.json").string(), "alone")));
}

TEST_CASE("command: compare with one seed, with three factors, and of lengths") {
  const Place place;
  const Finished single = place.run("compare TINY --seeds 1 --out single");
  CHECK((single.code == 0 && !has(single.out, "against norm=none  ")));
  const Finished grid = place.run(
      "compare --data $DATA --steps 20 --quiet --vary hidden=8x8,4 --vary norm=none,batch --vary lr=0.1,1,2 --seeds 1 --out grid");
  CHECK((grid.code == 0 && has(grid.out, "hidden=4, norm=batch, lr=2") && !has(grid.out, "after never")));
  const json all = json::parse(contents(place.here / "grid/comparison.json"));
  CHECK((all["arms"].size() == 12 && all["factors"]["hidden"] == json({"8x8", "4"})));
  CHECK(count(contents(place.here / "grid/runs/hidden-8x8-norm-none-lr-1-seed-1/config.json"), "8") >= 2);
  place.make("compare --data $DATA --hidden 8 --quiet --vary epochs=1,2 --seeds 1", "epochs");
  CHECK(config(place.here / "epochs/runs/epochs-1-seed-1")["steps"] == 2);
  CHECK(config(place.here / "epochs/runs/epochs-2-seed-1")["steps"] == 4);
  put(place.here / "c.json", R"({"epochs": 3, "hidden": [8]})");
  place.make("compare --data $DATA --quiet --config c.json --seeds 1", "file");
  CHECK(config(place.here / "file/runs/norm-none-seed-1")["steps"] == 6);
}

TEST_CASE("command: Ctrl-C ends a comparison with a word on what is kept, and exit code 130") {
  const Place place;
  const auto stop_at_first = [&](const std::string& line, const std::string& shown) {
    return place.run(place.words(line), {}, "", [&, sent = false]() mutable {
      if (sent || !fs::exists(place.here / shown)) return 0;
      sent = true;
      return SIGINT;
    });
  };
  const std::string line =
      "compare --data $DATA --hidden 8 --vary steps=20,1000000000 --seeds 1 --quiet --jobs 1 --out ";
  const Finished f = stop_at_first(line + "c", "c/runs/steps-20-seed-1/summary.json");
  CHECK((f.code == 130 && has(f.err, "stopped") && has(f.err, "c/runs")));
  CHECK(fs::exists(place.here / "c/runs/steps-20-seed-1/model.safetensors"));
}

TEST_CASE("command: gradcheck is right, with a line for every operation") {
  const Finished f = Place().run("gradcheck");
  CHECK((f.code == 0 && f.err.empty() && !has(f.out, "WRONG")));
  for (const char* o :
       {"add", "sub", "mul", "scale", "sum", "mean", "reshape", "matmul", "linear", "relu", "leaky_relu",
        "tanh", "sigmoid", "dropout", "softmax_cross_entropy", "mse", "normalize"})
    CHECK_MESSAGE(has(f.out, std::string("\n") + o), o);
}

}  // namespace
}}  // namespace norma
