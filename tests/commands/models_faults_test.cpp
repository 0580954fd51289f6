// Options of models and normalizers that cannot be, and runs that diverged.
#include <doctest/doctest.h>

#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_models_faults_test {

TEST_CASE("command refuses: values that the options of models and normalizers do not have") {
  const Place place;
  check_all(place, {{"train --model cmn", {"--model", "cmn", "'cnn'"}},
                    {"train --model vit", {"--model", "vit", "mlp, cnn, lenet, resnet, vgg, plain, dln"}},
                    {"train --model ''", {"--model", "''"}},
                    {"train --norm group", {"--norm", "group", "'group:G'"}},
                    {"train --norm group:", {"--norm", "group:", "group:4"}},
                    {"train --norm group:0", {"--norm", "group:0", "group:4"}},
                    {"train --norm group:-2", {"--norm", "group:-2", "group:4"}},
                    {"train --norm group:1e1", {"--norm", "group:1e1", "group:4"}},
                    {"train --norm group:1000000", {"--norm", "group:1000000", "group:4"}},
                    {"train --norm weight+mean", {"--norm", "weight+mean", "'weight+mean-only'"}},
                    {"train --norm batch,layer", {"--norm", "batch,layer"}},
                    {"train --norm xx", {"--norm", "xx", "none, batch"}},
                    {"train --norm-gradient no", {"--norm-gradient", "no", "on or off"}},
                    {"train --norm-noise batch", {"--norm-noise", "batch", "none, unit, layer"}},
                    {"train --norm-freeze all", {"--norm-freeze", "all", "none, statistics, affine, both"}},
                    {"train --norm-freeze statistic", {"--norm-freeze", "statistic", "'statistics'"}},
                    {"train --renorm-r-max 0.5", {"--renorm-r-max", "0.5", "at least 1"}},
                    {"train --renorm-r-max inf", {"--renorm-r-max", "inf", "at least 1"}},
                    {"train --renorm-d-max -1", {"--renorm-d-max", "-1", "at least 0"}},
                    {"train --renorm-warmup -1", {"--renorm-warmup", "-1", "0 to"}},
                    {"train --renorm-warmup 1.5", {"--renorm-warmup", "1.5", "whole number"}},
                    {"train --data-init 1", {"--data-init", "1", "on or off"}},
                    {"train --precise -1", {"--precise", "-1", "0 to"}},
                    {"train --precise all", {"--precise", "all", "whole number"}},
                    {"train TINY --norm batch --precise 59", {"--precise", "59", "60 (one batch)", "61"}},
                    {"train TINY --norm batch --precise 62", {"--precise", "62", "60 (one batch)", "61"}},
                    {"train --hidden none --activation relu", {"--activation", "a hidden layer"}},
                    {"train --hidden none --dropout 0.5", {"--dropout", "a hidden layer"}},
                    {"train --hidden none --norm-noise unit", {"--norm-noise", "a hidden layer"}},
                    {"train --hidden none --norm-position after", {"--norm-position", "a hidden layer"}},
                    {"train --seed -1", {"--seed", "-1", "0 to 18446744073709551615"}},
                    {"train --spectral-penalty -0.1", {"--spectral-penalty", "-0.1", "at least 0"}},
                    {"train --spectral-penalty nan", {"--spectral-penalty", "nan", "number"}},
                    {"compare TINY --vary norm=none,group:x", {"--norm", "group:x", "group:4"}},
                    {"compare TINY --vary norm-noise=none,units", {"--norm-noise", "units", "'unit'"}}});
}

TEST_CASE("command refuses: sentences that are none, or fit neither the data nor the classes") {
  const Place place;
  const struct {
    std::string layers;
    Words wanted;
  } table[] = {
      {"conv 16 3, bm, relu", {"layer 2, 'bm' at character 12", "'bn'"}},
      {"conv 16", {"layer 1, 'conv' at character 1", "kernel"}},
      {"linear 0", {"units: expected", "from 1 to 100000, got '0'"}},
      {"linear 3,", {"layer 2 is missing"}},
      {" ", {"layer 1 is missing"}},
      {"residual(relu", {"'residual' at character 1", "not closed"}},
      {"relu bn", {"'bn'", "a comma goes between layers"}},
      {"linear\n3\n4", {"'4' is one number too many"}},
      {"linear 3\033[31m", {"control character, code 27, at character 9"}},
      {std::string(120'000, 'x'), {"characters, got 120000"}},
      {"linear 8, conv 4 3, linear 3", {"layer 2, 'conv' at character 11", "(N, 8)"}},
      {"conv 4 3, linear 3", {"layer 2, 'linear' at character 11", "(N, 4, 6, 6)", "flatten"}},
      {"conv 4 3, gn 3, flatten, linear 3", {"layer 2, 'gn' at character 11", "got 4 channels and 3 groups"}},
      {"conv 4 3, relu, wn, flatten, linear 3",
       {"layer 3, 'wn' at character 17", "right after a linear or conv"}},
      {"pool 7, flatten, linear 3", {"layer 1, 'pool' at character 1", "(N, 1, 6, 6)"}},
      {"residual(conv 4 3), flatten, linear 3", {"layer 1, 'residual' at character 1"}},
      {"linear 8, gn 8, linear 3", {"layer 2, 'gn' at character 11", "at least 2 values per"}},
      {"linear 1, ln, linear 3", {"layer 2, 'ln' at character 11", "at least 2 values per"}},
      {"conv 4 6 pad 0, gn 4, flatten, linear 3", {"layer 2, 'gn'", "(N, 4, 1, 1)", "at least 2 values per"}},
      {"conv 1 6 pad 0, ln, flatten, linear 3", {"layer 2, 'ln'", "(N, 1, 1, 1)", "at least 2 values per"}},
      {"conv 4 3, pool 6, relu, in, flatten, linear 3",
       {"layer 4, 'in'", "(N, 4, 1, 1)", "at least 2 values per"}},
      {"conv 4 3, in, globalpool, flatten, linear 3", {"layer 3, 'globalpool'", "an activation between"}},
      {"conv 4 3, gn 4, globalpool, flatten, linear 3", {"layer 3, 'globalpool'", "an activation between"}},
      {"linear 4", {"(2, 4)", "(2, 3)", "one number per class"}},
      {"conv 3 6 pad 0", {"(2, 3, 1, 1)", "(2, 3)", "one number per class"}},
      {"relu", {"(2, 1, 6, 6)", "(2, 3)", "one number per class"}}};
  for (const auto& [layers, wanted] : table) {
    Words all = wanted;
    all.push_back("--layers");
    const Words words = {"--data", place.data.string(), "--steps", "2", "--layers", layers};
    for (const char* command : {"train", "compare"}) {
      Words line = {command};
      line.insert(line.end(), words.begin(), words.end());
      if (line[0] == "compare") {
        for (const char* w : {"--vary", "lr=0.1,1", "--seeds", "1"}) line.push_back(w);
      }
      check_refused(place, line, all);
    }
  }
  put(place.here / "c.json", R"({"layers": "linear 3\u0000"})");
  check_refused(place, "train --data $DATA --steps 2 --config c.json",
                {"c.json", "--layers", "code 0, at character 9"});
  put(place.here / "c.json", R"({"layers": ["linear 3"]})");
  check_refused(place, "train --data $DATA --steps 2 --config c.json", {"c.json", "--layers", "a string"});
}

TEST_CASE(
    "command refuses: options of models and normalizers that have no effect, or contradict each other") {
  const Place place;
  check_all(
      place,
      {{"train TINY --model cnn", {"--hidden", "mlp or dln"}},
       {"train --data $DATA --model dln --activation relu",
        {"--activation", "mlp, cnn, lenet, resnet, vgg or plain"}},
       {"train --data $DATA --layers linear\t3 --dropout 0.5", {"--dropout", "--layers"}},
       {"train --data $DATA --layers linear\t3 --hidden 8", {"--hidden", "mlp or dln"}},
       {"train --data $DATA --layers linear\t3 --model cnn", {"--model", "no --layers"}},
       {"train --data $DATA --layers linear\t3 --activation relu", {"--activation", "--model"}},
       {"train --data $DATA --layers linear\t3 --norm batch", {"--norm", "the word norm in --layers"}},
       {"train --data $DATA --layers linear\t4,bn,linear\t3 --norm batch",
        {"--norm", "the word norm in --layers"}},
       {"train --data $DATA --layers linear\t4,bn,linear\t3 --norm-noise unit",
        {"--norm-noise", "the word norm in --layers"}},
       {"train --data $DATA --layers linear\t4,norm,linear\t3 --norm batch --norm-position after",
        {"--norm-position", "--model"}},
       {"train TINY --norm-gradient off", {"--norm-gradient", "--norm batch"}},
       {"train TINY --norm layer --norm-gradient off", {"--norm-gradient", "--norm batch"}},
       {"train TINY --norm weight --norm-eps 0.1", {"--norm-eps", "--norm batch"}},
       {"train TINY --norm layer --norm-momentum 0.2", {"--norm-momentum", "running statistics"}},
       {"train TINY --norm weight --norm-position after",
        {"--norm-position", "a weight is normalized in its layer"}},
       {"train TINY --norm weight+mean-only --norm-position after", {"--norm-position", "in its layer"}},
       {"train TINY --model dln --norm batch --norm-position after",
        {"--norm-position", "activations", "dln"}},
       {"train TINY --norm-freeze both", {"--norm-freeze", "--norm batch"}},
       {"train TINY --norm layer --norm-freeze affine", {"--norm-freeze", "keeps running statistics"}},
       {"train --data $DATA --model resnet --norm instance --norm-freeze both",
        {"--norm-freeze", "running statistics"}},
       {"train TINY --renorm-r-max 2", {"--renorm-r-max", "--norm batch-renorm"}},
       {"train TINY --norm batch --renorm-d-max 2", {"--renorm-d-max", "--norm batch-renorm"}},
       {"train TINY --norm batch --renorm-warmup 2", {"--renorm-warmup", "--norm batch-renorm"}},
       {"train TINY --data-init off", {"--data-init", "--norm weight"}},
       {"train TINY --precise 60", {"--precise", "running statistics"}},
       {"train TINY --norm layer --precise 60", {"--precise", "running statistics"}},
       {"train TINY --norm batch --norm-freeze statistics --precise 60",
        {"--precise", "--norm-freeze statistics"}},
       {"train TINY --norm weight --spectral-penalty 0.1", {"--spectral-penalty", "weight or spectral"}},
       {"train TINY --norm batch-renorm --norm-momentum 0", {"--norm-momentum", "0", "batch-renorm"}},
       {"train TINY --norm instance", {"--norm", "instance", "positions"}},
       {"train TINY --hidden none --norm layer", {"--norm", "--hidden none"}},
       {"train TINY --norm group:3", {"--norm group:3", "got 8 channels and 3 groups"}},
       {"train --data $DATA --model lenet", {"--model lenet", "'conv' at character 34", "(N, 6, 3, 3)"}},
       {"train TINY --norm l1 --batch-size 1", {"--batch-size", "1", "--norm l1"}},
       {"train --data $DATA --model cnn --norm batch --batch-size 1",
        {"(1, 64, 1, 1)", "at least 2 values per channel"}},
       {"train --data $DATA --batch-size 1 --layers conv\t4\t6\tpad\t0,meanbn,flatten,linear\t3",
        {"layer 2, 'meanbn'", "(1, 4, 1, 1)", "at least 2 values per channel"}},
       {"train --data $DATA --layers linear\t4,bn,linear\t3 --batch-size 1",
        {"--batch-size", "1", "--layers"}},
       {"train --data $DATA --layers pool\t6,bn,flatten,linear\t3 --batch-size 1",
        {"(1, 1, 1, 1)", "variance"}},
       {"compare TINY --vary norm=none,weight --seeds 1 --precise 60", {"--precise", "running statistics"}},
       {"compare TINY --vary renorm-r-max=1,2", {"--vary", "renorm-r-max", "--norm batch-renorm"}},
       {"compare TINY --vary norm=none,group:3 --seeds 1", {"norm=group:3", "got 8 channels and 3 groups"}},
       {"compare --data $DATA --layers linear\t4,bn,linear\t3 --seeds 1",
        {"--vary", "norm", "the word norm in --layers"}},
       {"compare --data $DATA --vary layers=linear\t3;linar\t3 --seeds 1",
        {"layers", "'linar'", "did you mean"}}});
}

TEST_CASE("a run that diverged with finite weights says so wherever it is used") {
  const Place place;
  REQUIRE(place.run("train TINY --norm batch --lr 1e12 --clip-norm 0.1 --out d").code == 3);
  put(place.here / "a.png", grey_png(flat_image(6, 6, 100)));
  for (const char* line : {"eval d", "eval d --json", "predict d a.png", "inspect d", "fold d --rounds 1"}) {
    const Finished f = place.run(line);
    CHECK_MESSAGE(
        (f.code == 0 && f.err.starts_with("norma: d diverged in its training") && count(f.err, "\n") == 1),
        line, f.err);
  }
  CHECK(place.run("eval d/folded").err.empty());
}

}  // namespace commands_models_faults_test
}}  // namespace norma
