// The help of every command, and the version.
#include "apps/commands/help.h"

#include <doctest/doctest.h>

#include "apps/report/table.h"
#include "apps/report/text.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_help_test {

TEST_CASE("the help of train and compare lists every option, and of every command its own") {
  const Place place;
  const json options = config(place.make("train TINY", "run"));
  const Finished train = place.run("train --help-all"), compare = place.run("compare --help-all");
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

TEST_CASE("--help shows the options that most need, and how to see the others") {
  const Place place;
  for (const std::string c : {"train", "compare"}) {
    const std::string help = place.run(c + " --help").out, all = place.run(c + " --help-all").out;
    for (const char* o : {"--data ", "--norm ", "--lr ", "--epochs ", "--seed "})
      CHECK_MESSAGE(has(help, o), o);
    CHECK((!has(help, "--renorm-d-max") && has(help, "norma " + c + " --help-all shows ")));
    CHECK((has(all, "--renorm-d-max") && !has(all, "more options")));
    CHECK(count(help, "\n  --") < 32);
  }
}

TEST_CASE("what other programs call an option, or the language a normalizer, leads to ours") {
  const Place place;
  check_refused(place, "train --learning-rate 1",
                {"unknown option '--learning-rate'", "did you mean '--lr'"});
  check_refused(place, "train --xyzzy 1", {"'--xyzzy'", "norma train --help-all"});
  check_refused(place, "train --norm bn", {"--norm", "'bn'", "did you mean 'batch'"});
  check_refused(place, "train --norm gn", {"did you mean 'group:G'"});
  check_refused(place, "train --norm in", {"did you mean 'instance'"});
  check_refused(place, "train --layers layer", {"did you mean 'ln'"});
  check_refused(place, "train --layers maxpool\t2", {"did you mean 'pool'"});
}

TEST_CASE("every help begins with its usage and fits a terminal of 80 columns") {
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

TEST_CASE("help is the same text with every version of CLI11") {
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
        "  -h,--help                     show this help\n"
        "  --out DIR                     folder for the folded network [RUN/folded]\n"
        "  --weights WHICH               last, or best: those of the best validation\n"
        "                                [last; best of a run with --early-stop]\n"
        "  --rounds N                    rounds of timing; the medians are shown [5]\n"
        "  --overwrite                   replace what is in --out already, once the new\n"
        "                                is complete\n"
        "\n"
        "Example: norma fold runs/001-train\n");
  const std::string train = place.run("train --help-all").out;
  std::size_t at = 0;  // each heading once, in this order
  for (const char* group : {"Options", "Data", "Model", "Normalization", "Optimizer", "Run"}) {
    const std::string heading = std::string("\n\n") + group + ":\n  -";
    CHECK_MESSAGE((train.find(heading, at) < std::string::npos && train.find(heading) >= at), group);
    at = train.find(heading);
    CHECK_MESSAGE(train.find(heading, at + 1) == std::string::npos, group);
  }
}

TEST_CASE("--version names the BLAS kernel that was loaded") {
  const Finished f = Place().run("--version");
  CHECK(f.code == 0);
  CHECK((has(f.out, "norma ") && has(f.out, "OpenBLAS") && has(f.out, "kernel")));
}

}  // namespace commands_help_test
}}  // namespace norma
