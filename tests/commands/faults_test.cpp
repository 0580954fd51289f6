// Mistakes on the command line and in what a run is given: each is one line that names it.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_faults_test {

TEST_CASE("command refuses: words it does not know, and names the nearest it does") {
  const Place place;
  check_all(
      place,
      {{"trian", {"trian", "'train'"}},
       {"Compare", {"Compare", "'compare'"}},
       {"xyzzy",
        {"xyzzy",
         "data, train, eval, predict, inspect, runs, report, watch, find-lr, compare, reproduce, explain, fold, export, gradcheck, bench"}},
       {"--versoin", {"--versoin", "'--version'"}},
       {"train TINY extra", {"extra"}},
       {"train train TINY", {"train"}},
       {"train TINY compare", {"compare"}},
       {"gradcheck bench", {"bench"}},
       {"gradcheck --foo", {"--foo"}},
       {"train --lrr 0.1", {"--lrr", "'--lr'"}},
       {"train -lr 0.1", {"-lr", "'--lr'"}},
       {"train --batch_size 9", {"--batch_size", "'--batch-size'"}},
       {"train --norm bacth", {"--norm", "bacth", "'batch'"}},
       {"train --norm xyzzy", {"--norm", "xyzzy", "none, batch"}},
       {"train --optimizer adma", {"--optimizer", "adma", "'adam'"}},
       {"train --activation sigmiod", {"--activation", "sigmiod", "'sigmoid'"}},
       {"train --init kaiming", {"--init", "kaiming", "'kaiming_"}},
       {"train --schedule cosin", {"--schedule", "cosin", "'cosine'"}},
       {"train --shuffle yes", {"--shuffle", "yes", "on or off"}},
       {"train --data minst", {"minst", "mnist"}},
       {"train --lr", {"--lr"}},
       {"train --vary norm=none,batch", {"--vary"}},
       {"compare --threads 2", {"--threads"}},
       {"compare --vary nrom=none,batch", {"nrom", "'norm'"}},
       {"compare TINY --vary norm=none,bacth", {"--norm", "bacth", "'batch'"}},
       {"bench --work W1c", {"--work", "W1c", "W1a"}},
       {"bench --work W1a,", {"--work", "''"}},
       {"bench --threads 1,", {"--threads", "''"}},
       {"bench --operations tan", {"--operations", "tan", "tanh"}},
       {"bench --operations ''", {"--operations", "got ''"}},
       {"bench --operations tanh --threads 1", {"--operations", "--threads"}},
       {"bench --work '' --threads 64", {"--work", "got ''"}},
       {"train --resume ''", {"--resume", "got ''"}},
       {"train --config ''", {"--config", "got ''"}},
       {"train --init-from ''", {"--init-from", "got ''"}},
       {"train --data ''", {"--data", "got ''"}},
       {"train TINY --overwrite=false", {"--overwrite", "takes no value"}},
       {"train TINY --quiet=abc", {"--quiet", "takes no value"}}});
}

TEST_CASE("command refuses: numbers that are none, or out of range") {
  const Place place;
  check_all(place, {{"train --lr nan", {"--lr", "nan", "number"}},
                    {"train --lr inf", {"--lr", "inf", "number"}},
                    {"train --lr -1", {"--lr", "-1", "at least 0"}},
                    {"train --lr=-1", {"--lr", "-1", "at least 0"}},
                    {"train --lr 1e999", {"--lr", "1e999", "number"}},
                    {"train --lr abc", {"--lr", "abc", "number"}},
                    {"train --lr ''", {"--lr", "''", "number"}},
                    {"train --lr 1,5", {"--lr", "1,5", "number"}},
                    {"train --hidden 0", {"--hidden", "0", "1 to"}},
                    {"train --hidden ''", {"--hidden", "''"}},
                    {"train --hidden 100,,100", {"--hidden", "100,,100"}},
                    {"train --hidden 100,100,", {"--hidden", "100,100,"}},
                    {"train --hidden 99999999", {"--hidden", "99999999", "1 to"}},
                    {"train --steps -1", {"--steps", "-1", "0 to"}},
                    {"train --steps 1.5", {"--steps", "1.5", "whole number"}},
                    {"train --steps 99999999999999999999", {"--steps", "99999999999999999999"}},
                    {"train --seed -1", {"--seed", "-1", "whole number"}},
                    {"train --threads 0", {"--threads", "0", "1 to 64"}},
                    {"train --threads 65", {"--threads", "65", "1 to 64"}},
                    {"train --epochs 0", {"--epochs", "0", "1 to"}},
                    {"train --batch-size 0", {"--batch-size", "0", "1 to"}},
                    {"train --momentum 1.5", {"--momentum", "1.5", "0 to 1"}},
                    {"train TINY --dropout 1.0", {"--dropout", "1", "below 1"}},
                    {"train TINY --layers linear\t3,dropout\t1", {"--layers", "'dropout'", "below 1"}},
                    {"train TINY --layers linear\t8,bn\teps\t0,linear\t3", {"--layers", "eps", "above 0"}},
                    {"train TINY --dropout 2", {"--dropout", "2"}},
                    {"train --init-scale -1", {"--init-scale", "-1", "at least 0"}},
                    {"train --norm-eps 0", {"--norm-eps", "0", "above 0"}},
                    {"train --label-smoothing 1.1", {"--label-smoothing", "1.1", "0 to 1"}},
                    {"train TINY --batch-size 62", {"--batch-size", "62", "61"}},
                    {"train TINY --train-size 62", {"--train-size", "62", "61"}},
                    {"compare TINY --batch-size 62", {"--batch-size", "62", "61"}},
                    {"compare --seeds 0", {"--seeds", "0", "1 to"}},
                    {"compare --seeds 1.5", {"--seeds", "1.5", "whole number"}},
                    {"compare --jobs -1", {"--jobs", "-1", "0 to"}},
                    {"bench --rounds 0", {"--rounds", "0", "1 to"}},
                    {"bench --threads 0", {"--threads", "0", "1 to 64"}}});
}

TEST_CASE("command refuses: options that do not go together, or have no effect") {
  const Place place;
  put(place.here / "layer.json", R"({"norm": "layer"})");
  check_all(place,
            {{"train TINY --norm batch --batch-size 1", {"--batch-size", "1", "--norm batch", "at least 2"}},
             {"compare TINY --batch-size 1", {"--batch-size", "1", "--norm batch"}},
             {"train TINY --norm batch --batch-size 9 --train-size 1", {"--train-size", "1", "--norm batch"}},
             {"train TINY --norm group:8", {"--norm group:8", "'gn'", "at least 2 values per"}},
             {"train TINY --norm layer --hidden 1", {"--norm layer", "'ln'", "at least 2 values per"}},
             {"train TINY --nesterov on", {"--nesterov", "--momentum"}},
             {"train TINY --optimizer adam --momentum 0.9", {"--momentum", "adam"}},
             {"train TINY --decay-every 5", {"--decay-every", "--schedule step"}},
             {"train TINY --decay-factor 0.5", {"--decay-factor", "--schedule step"}},
             {"train TINY --norm-eps 0.001", {"--norm-eps", "--norm batch"}},
             {"train TINY --norm-momentum 0.2", {"--norm-momentum", "--norm batch"}},
             {"train TINY --norm-position after", {"--norm-position", "--norm batch"}},
             {"train TINY --dampening 0.5", {"--dampening", "--momentum"}},
             {"train TINY --decay-all on", {"--decay-all", "--weight-decay"}},
             {"train TINY --hidden none --norm batch", {"--norm", "--hidden"}},
             {"compare TINY --vary lr=0.1,1 --norm-eps 0.001", {"--norm-eps", "--norm batch"}},
             {"compare TINY --norm layer", {"--norm", "no effect", "varied", "--vary"}},
             {"compare TINY --norm batch", {"--norm", "no effect", "norm=none,batch"}},
             {"compare TINY --lr 1 --vary lr=0.1,1", {"--lr", "no effect", "varied"}},
             {"compare TINY --vary epochs=1,2", {"--steps", "no effect", "epochs"}},
             {"compare TINY --config layer.json", {"--config", "got layer", "--vary norm=none,layer"}},
             {"compare TINY --vary seed=1,2", {"seed", "--seeds"}},
             {"compare TINY --vary threads=1,2", {"threads"}},
             {"compare TINY --vary lr=", {"--vary", "lr="}},
             {"compare TINY --vary lr", {"--vary", "lr", "="}},
             {"compare TINY --vary =1", {"--vary", "=1"}},
             {"compare TINY --vary lr=1,,2", {"--vary", "lr=1,,2"}},
             {"compare TINY --vary lr=1,1", {"--vary", "lr", "twice"}},
             {"compare TINY --vary lr=1,1.0", {"--vary", "lr", "twice"}},
             {"compare TINY --vary lr=1 --vary lr=2", {"--vary", "lr", "twice"}}});
}

TEST_CASE("command refuses: data that are not there, damaged, or do not fit") {
  const Place place;
  const Pictures train(61), test(20);
  const fs::path bad = place.root / "bad";
  auto try_with = [&](const char* file, const std::string& bytes, Words wanted) {
    fs::remove_all(bad);
    put_data(bad, 61, 20);
    put(bad / file, bytes);
    wanted.push_back(has(file, ".gz") ? file : (bad / file).string());
    if (has(file, ".gz")) fs::remove(bad / train_images);
    check_refused(place, "train TINY --data " + bad.string(), wanted);
  };
  try_with(train_images, train.images.substr(0, train.images.size() - 5), {"cut short", "(61, 6, 6)"});
  try_with(train_images, train.images.substr(0, 7), {"cut short", "7 bytes"});
  try_with(train_images, "", {"cut short"});
  try_with(train_images, train.images + "x", {"goes on"});
  try_with(train_images, "P5" + train.images.substr(2), {"0x50350803", "0x00000803"});
  try_with(train_images, train.labels, {"0x00000801", "0x00000803"});
  try_with(train_labels, idx({60}, std::string(60, 1)), {"61", "60"});
  try_with(test_labels, idx({20}, std::string(19, 1) + "\3"), {"label", "3", "at most 2"});
  try_with(test_images, idx({20, 4, 9}, std::string(720, 1)), {"(1, 4, 9)", "(1, 6, 6)"});
  fs::remove_all(bad);
  put_data(bad, 61, 20, /*classes=*/1);
  check_refused(place, "train TINY --data " + bad.string(), {bad.string(), "class"});
  try_with("train-images-idx3-ubyte.gz", "\x1f\x8b\x08" + std::string(40, 'x'), {"gzip"});

  fs::remove(bad / train_labels);
  fs::remove(bad / "train-images-idx3-ubyte.gz");
  put(bad / train_images, train.images);
  const std::string folder = bad.string(), none = (place.root / "none").string();
  check_all(place, {{"train TINY --data " + folder, {folder, train_labels}},
                    {"train TINY --data " + none, {none, "folder"}},
                    {"train TINY --data " + folder + "/" + test_images, {test_images, "not a folder"}},
                    {"train TINY --data .", {"train/CLASS/FILE", train_images}},
                    {"train TINY --data mnist", {"MNIST", "home/.cache/norma/mnist", "fetch_mnist.cmake"}},
                    {"train TINY --data mnist --data-dir " + none, {none, "fetch_mnist.cmake"}}});
}

TEST_CASE("command refuses: a folder it cannot make, cannot write in, or that holds results") {
  const Place place;
  put(place.here / "file", "mine");
  fs::create_directory_symlink("nowhere", place.here / "dangling");
  check_all(place, {{"train TINY --out file", {"--out file"}},
                    {"train TINY --out file/sub", {"--out file/sub"}},
                    {"train TINY --out dangling", {"--out dangling"}},
                    {"train TINY --out /dev/null/x", {"--out /dev/null/x"}},
                    {"train TINY --out /dev/full/x", {"--out /dev/full/x"}},
                    {"train TINY --out /proc/norma", {"--out /proc/norma"}},
                    {"train TINY --out /proc/self", {"--out /proc/self", "write"}},
                    {"compare TINY --seeds 1 --out /dev/null/x", {"--out /dev/null/x"}}});
  CHECK(contents(place.here / "file") == "mine");
  place.make("train TINY", "run");
  place.make("compare TINY --seeds 1", "grid");
  const std::string before = model(place.here / "run");
  check_all(place, {{"train TINY --seed 2 --out run", {"--out run", "results", "--overwrite"}},
                    {"compare TINY --seeds 1 --out run", {"--out run", "--overwrite"}},
                    {"train TINY --out grid", {"--out grid", "--overwrite"}}});
  CHECK(model(place.here / "run") == before);
}

TEST_CASE("command refuses: a --config that is no object of known options with values of their types") {
  const Place place;
  auto try_with = [&](const std::string& text, Words wanted) {
    put(place.here / "c.json", text);
    INFO(text.substr(0, 100));
    wanted.push_back("c.json");
    check_refused(place, "train TINY --config c.json", wanted);
  };
  for (const char* text : {"", "{", "lr: 1", "{\"lr\":1}x", "{\"lr\":NaN}", "{\"lr\":1e999}", "{\"\xff\":1}"})
    try_with(text, {"JSON"});
  for (const char* text : {"[]", "3", "null", "[{}]"}) try_with(text, {"object"});
  try_with(R"({"lrr": 1})", {"lrr", "'lr'"});
  try_with(R"({"norm": "bacth"})", {"norm", "bacth", "'batch'"});
  try_with(R"({"lr": "abc"})", {"lr", "abc", "number"});
  try_with(R"({"lr": -1})", {"lr", "-1", "at least 0"});
  try_with(R"({"lr": 1, "lr": 2})", {"lr", "twice"});
  try_with(R"({"batch_size": 10, "batch-size": 20})", {"batch", "twice"});
  for (const char* value : {"null", "true", "[1]", "{}", "[[[1]]]"}) {
    try_with(std::string("{\"lr\": ") + value + "}", {"lr"});
    try_with(std::string("{\"steps\": ") + value + "}", {"steps"});
    try_with(std::string("{\"data\": ") + value + "}", {"data"});
  }
  for (const char* value : {"5", "null", "[]"}) try_with(std::string("{\"norm\": ") + value + "}", {"norm"});
  for (const char* value : {"1", "null", "\"yes\""})
    try_with(std::string("{\"shuffle\": ") + value + "}", {"shuffle"});
  for (const char* value : {"[0]", "[8.5]", "[[8]]", "[\"8\"]", "null", "true"})
    try_with(std::string("{\"hidden\": ") + value + "}", {"hidden"});
  try_with("{\"norm\": \"b\\natch \\u001b[31m\"}", {"norm"});  // cannot move the cursor
  const std::string deep(400'000, '[');
  try_with(deep, {});
  try_with("{\"lr\": " + deep + std::string(deep.size(), ']') + "}", {});
  try_with("{\"norm\": \"" + deep + "\"}", {"norm"});
  try_with(std::string(3 << 20, ' ') + "{}", {"bytes"});
  check_all(place, {{"train TINY --config missing.json", {"missing.json"}},
                    {"train TINY --config /", {"/", "folder"}},
                    {"compare TINY --config missing.json", {"missing.json"}}});
}

TEST_CASE("command refuses: --init-from that is missing, is not a safetensors file, or does not fit") {
  const Place place;
  place.make("train TINY", "start");
  const std::string weights = contents(place.here / "start/model.safetensors");
  put(place.here / "cut.st", weights.substr(0, weights.size() - 9));
  put(place.here / "text.st", "these are no weights, only words");
  check_all(
      place,
      {{"train TINY --init-from missing.st", {"--init-from", "missing.st"}},
       {"train TINY --init-from .", {"--init-from", "folder"}},
       {"train TINY --init-from text.st", {"--init-from", "text.st"}},
       {"train TINY --init-from cut.st", {"--init-from", "cut.st"}},
       {"train TINY --init-from start/model.safetensors --hidden 9", {"0.weight", "(8, 36)", "(9, 36)"}},
       {"train TINY --init-from start/model.safetensors --hidden 8,8", {"start/model.safetensors"}},
       {"compare TINY --init-from start/model.safetensors --seeds 1",
        {"start/model.safetensors", "1.weight"}},
       {"compare TINY --vary init-from=start/model.safetensors,no.st --seeds 1", {"no.st"}}});
}

TEST_CASE("strange names are only names, and cannot break the one line of an error") {
  const Place place;
  check_refused(place, {"train", "--data", "a\nb\033[31m"}, {});
  check_refused(place, {"train", "--norm", "a\r\nb"}, {"--norm"});
  check_refused(place, Words{"tra\nin"}, {});
  check_refused(place, {"train", "--norm", std::string(100'000, 'x')}, {"--norm"});
  check_refused(place, Words{std::string(100'000, 'x')}, {});
  Words line = place.words("train TINY --out");
  for (const std::string name : {"ünï €😀", "a b", "new\nline", "\xff\xfe", "-", "$HOME", "'"}) {
    line.push_back(name);
    CHECK_MESSAGE(place.run(line).code == 0, name);
    CHECK_MESSAGE(fs::exists(place.here / name / "summary.json"), name);
    line.pop_back();
  }
}

TEST_CASE("results that cannot be said on stdout are a failure, not a silence") {
  const Place place;
  for (const std::string line : {"--version", "--help", "gradcheck", "train TINY --out run"}) {
    const Finished f = place.run(line, {}, "/dev/full");
    INFO(line);
    CHECK(f.code == 1);
    CHECK(has(f.err, "norma: "));
  }
  CHECK(place.files("run").size() == 5);  // the files are there all the same
}

TEST_CASE("a diverged run is a complete result, with exit code 3 and the step") {
  const Place place;
  const Finished f = place.run("train TINY --lr 1e30 --activation relu --log-every 1 --out run");
  CHECK(f.code == 3);
  const json summary = json::parse(contents(place.here / "run/summary.json"));
  CHECK(summary["status"] == "diverged");
  CHECK(has(f.out, "diverged at step " + summary["diverged_at_step"].dump()));
  CHECK(place.files("run").size() == 5);
  CHECK(metrics(place.here / "run").size() >= 2);
  CHECK(config(place.here / "run")["steps"] == 20);
}

TEST_CASE("a last batch of one sample is left out with batch normalization, and said; kept without") {
  const Place place;
  const std::string line = "train --data $DATA --hidden 8 --epochs 2 --batch-size 60";  // of 61
  const Finished with = place.run(line + " --norm batch --out bn"), without = place.run(line + " --out none");
  CHECK((with.code == 0 && without.code == 0));
  CHECK((has(with.out, "one sample") && !has(without.out, "one sample")));
  const json bn = json::parse(contents(place.here / "bn/summary.json")),
             none = json::parse(contents(place.here / "none/summary.json"));
  CHECK((bn["samples_dropped_each_epoch"] == 1 && bn["steps"] == 2));
  CHECK((none["samples_dropped_each_epoch"] == 0 && none["steps"] == 4));
}

TEST_CASE(
    "without --data, digits are drawn if MNIST is not found; $NORMA_DATA_DIR and --data-dir are "
    "looked at") {
  const Place place;
  const std::string line = "train --hidden none --steps 1 --quiet";
  const Finished drawn = place.run(line + " --out a");
  CHECK((drawn.code == 0 && drawn.out.starts_with("digits: ") && has(drawn.out, "fetch_mnist.cmake")));
  CHECK(config(place.here / "a")["data"] == "digits");
  put_data(place.root / "set/mnist", 60, 10, 10);
  const Finished found = place.run(line + " --out b", {"NORMA_DATA_DIR=" + (place.root / "set").string()});
  CHECK((found.code == 0 && found.out.starts_with("MNIST: 60 training and 10 test images")));
  const Finished given = place.run(line + " --data-dir ../set --out c");
  CHECK((given.code == 0 && given.out.starts_with("MNIST: 60 ")));
  CHECK(fs::equivalent(config(place.here / "c")["data_dir"].get<std::string>(), place.root / "set"));
}

TEST_CASE("report.html is one page that needs nothing else, with figures or without") {
  const Place place;
  const Finished without =
      place.run("compare TINY --seeds 1 --out plain", {"NORMA_GNUPLOT=/nowhere/gnuplot"});
  CHECK((without.code == 0 && without.err.empty()));
  CHECK((has(without.out, "No figures") && has(without.out, "/nowhere/gnuplot")));
  place.make("compare TINY --seeds 2 --lr 1 --eval-every 5", "drawn", {"NORMA_GNUPLOT=gnuplot"});
  for (const char* folder : {"plain", "drawn"}) {
    const std::string page = contents(place.here / folder / "report.html");
    INFO(folder);
    CHECK((page.starts_with("<!doctype html>") && has(page, "with BN") && has(page, "norma compare")));
    for (const char* outside : {"src=", "<link", "<script", "@import", "url(http", "href=\"http", "href=\"/"})
      CHECK_MESSAGE(!has(page, outside), outside);
    CHECK(fs::exists(place.here / folder / "test-accuracy.csv"));
    for (const char* name : {"without BN", "with BN"})
      CHECK_MESSAGE(has(contents(place.here / folder / "test-accuracy.csv"), name), name);
  }
  const std::string page = contents(place.here / "drawn/report.html");
  const bool drawn = fs::exists(place.here / "drawn/test-accuracy.svg");
  CHECK(has(page, "class=\"linear\"") == drawn);
  place.make("compare TINY --vary lr=0.1,0.3,1 --seeds 2", "rates");
  const std::string script = contents(place.here / "rates/test-accuracy.gp");
  CHECK((has(script, "'#f2844b'") && has(script, "'#0d0887'") && has(script, "'lr=0.3'")));  // light to dark
  CHECK((has(script, "lw 0.7") && !has(script, "filledcurves")));  // two runs are no band
}

}  // namespace commands_faults_test
}}  // namespace norma
