// Judging by validation as a user sees it: what train says and leaves, --weights of each command, and what
// compare chooses by.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_validation_test {

const std::string loud =
    "train --data $DATA --hidden 8 --norm batch --lr 3 --steps 60 --eval-every 2 --batch-size 10 --validation 0.3 ";
const std::string line = loud + "--quiet ";

// Lines that were wrapped, as one.
std::string joined(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

TEST_CASE("train with --validation keeps the best weights beside the last, and says by which it is judged") {
  const Place place;
  const fs::path run = place.make(line + "--early-stop 4", "run");
  CHECK(place.files("run") == std::set<std::string>{"about.json", "config.json", "metrics.jsonl",
                                                    "model-best.safetensors", "model.safetensors",
                                                    "summary.json"});
  const json summary = json::parse(contents(run / "summary.json"));
  const int best = summary["validation"]["best_step"], steps = summary["steps"];
  CHECK(steps == best + 8);
  CHECK(summary["validation"]["final_scores_of"] == "best");
  CHECK(summary.contains("steps_to_validation_accuracy"));
  CHECK_FALSE(summary.contains("steps_to_test_accuracy"));
  for (const json& m : metrics(run))
    CHECK((m.contains("validation_accuracy") && m.contains("validation_loss") && !m.contains("test_loss")));
  const Finished f = place.run(line + "--early-stop 4 --out again");
  for (const std::string& part :
       {std::string("validation loss"), std::string("of the weights with the best validation"),
        "at step " + std::to_string(best) + ",", "early stop after step " + std::to_string(steps)})
    CHECK_MESSAGE(has(joined(f.out), part), part, "\n", f.out);
  const Finished last = place.run(line + "--out last");
  CHECK(has(joined(last.out), "The scores are of the last weights; the best validation, at step"));
  const Finished shown = place.run(loud + "--out shown");
  CHECK((has(shown.err, "validation ") && has(shown.out, "18 of the 61 training samples are held out")));
}

TEST_CASE("--weights takes the last or the best; by default those that the run was judged by") {
  const Place place;
  const fs::path run = place.make(line + "--early-stop 4", "run");
  const json summary = json::parse(contents(run / "summary.json"));
  CHECK(eval_json(place, "run")["weights"] == "best");
  CHECK(eval_json(place, "run")["running_statistics"] == summary["test"]["running_statistics"]);
  CHECK(eval_json(place, "run")["batch_statistics"] == summary["test"]["batch_statistics"]);
  CHECK(eval_json(place, "run --weights last")["weights"] == "last");
  place.make(line, "long");
  CHECK(eval_json(place, "long")["weights"] == "last");
  CHECK(eval_json(place, "long --weights best")["answers"].size() == 20);

  // Two files: every command must tell them apart.
  fs::create_directory(place.here / "other");
  for (const char* file : {"config.json", "metrics.jsonl", "summary.json"})
    fs::copy_file(run / file, place.here / "other" / file);
  fs::copy_file(run / "model.safetensors", place.here / "other/model-best.safetensors");
  fs::copy_file(run / "model-best.safetensors", place.here / "other/model.safetensors");
  const std::string picture = "P5 6 6 255 " + std::string(36, 'x');
  put(place.here / "x.pgm", picture);
  for (const std::string command :
       {"eval RUN --json", "predict RUN x.pgm --json", "inspect RUN --json look.json",
        "export RUN --npz x.npz --overwrite", "fold RUN --rounds 1 --overwrite --out folded"}) {
    INFO(command);
    const auto with = [&](const std::string& which, const std::string& weights) {
      std::string words = command;
      words.replace(words.find("RUN"), 3, which + " --weights " + weights);
      const Finished f = place.run(words);
      REQUIRE_MESSAGE(f.code == 0, f.err);
      if (has(command, "export")) return contents(place.here / "x.npz");
      if (has(command, "fold")) return contents(place.here / "folded/model.safetensors");
      if (has(command, "inspect")) {
        json look = json::parse(contents(place.here / "look.json"));
        look.erase("run"), look.erase("network");
        return look.dump();
      }
      json answer = json::parse(f.out);
      if (answer.is_object()) answer.erase("run"), answer.erase("weights");
      return answer.dump();
    };
    CHECK(with("run", "best") == with("other", "last"));
    CHECK(with("run", "last") == with("other", "best"));
    CHECK(with("run", "last") != with("run", "best"));
  }
  CHECK(place.run("eval folded").code == 0);  // which has one file of weights
}

TEST_CASE("--weights, --early-stop and --validation refuse what cannot be, in one line") {
  const Place place;
  place.make("train TINY", "plain");
  for (const std::string command :
       {"eval plain", "predict plain x.pgm", "inspect plain", "fold plain", "export plain --npz x.npz"})
    check_refused(place, command + " --weights best", {"plain", "no model-best.safetensors", "--validation"});
  check_refused(place, "eval plain --weights bst", {"--weights", "'bst'", "did you mean 'best'"});
  check_refused(place, "export plain --csv x.csv --weights last", {"--weights", "no effect", "--npz"});
  check_refused(place, "train --data $DATA --early-stop 3", {"--early-stop", "it needs --validation"});
  check_refused(place, "train --data $DATA --validation 0.6", {"--validation", "from 0 to 0.5", "got 0.6"});
  check_refused(place, "train --data $DATA --validation 0.001", {"--validation", "at least one of 61"});
  check_refused(place, "train --data $DATA --validation x", {"--validation", "'x'"});
  check_refused(place, "train --data $DATA --augment flip,shft:1",
                {"--augment", "'shft'", "did you mean 'shift'"});
  check_refused(place, "train --data $DATA --augment shift:6", {"--augment", "less than 6", "shift:6"});
  check_refused(place, "compare --data $DATA --vary validation=0.1,0.2",
                {"--vary", "validation cannot be varied"});
}

TEST_CASE("train says that it ended far below its best, or at chance") {
  const Place place;
  const std::string good =
      "train --data $DATA --hidden 8 --norm batch --activation relu --batch-size 10 --quiet ";
  const Finished still = place.run("train --data $DATA --lr 0 --steps 2 --quiet --out still");
  CHECK(has(joined(still.out), "is at chance: the largest class alone makes 35.00%"));
  const Finished learnt = place.run(good + "--steps 200 --out learnt");
  CHECK_FALSE(has(learnt.out, "at chance"));
  CHECK_FALSE(has(learnt.out, "far below"));
  // A warm-up to a rate that breaks what was learnt before.
  const std::string broken = good + "--steps 120 --eval-every 10 --warmup 120 --lr 300 ";
  const Finished below = place.run(broken + "--out below");
  REQUIRE_MESSAGE(below.code == 0, below.out);
  CHECK_MESSAGE(has(joined(below.out), "is far below the best, which was"), below.out);
  CHECK(has(joined(below.out), "--validation 0.1 --early-stop N keeps it"));
  const Finished kept = place.run(broken + "--validation 0.3 --early-stop 3 --out kept");
  CHECK_FALSE(has(kept.out, "far below"));
}

TEST_CASE("compare chooses by validation, and its tables, figures and JSON say so") {
  const Place place;
  const std::string grid =
      "compare --data $DATA --hidden 8 --steps 40 --eval-every 4 --batch-size 10 --seeds 2 --quiet "
      "--validation 0.3 --early-stop 5 ";
  const fs::path many = place.here / "many";
  const Finished f = place.run(grid + "--vary lr=0.01,0.3 --vary norm=none,batch --out many");
  REQUIRE_MESSAGE(f.code == 0, f.err);
  for (const char* part : {"validation accuracy", "test accuracy", "steps to a validation accuracy of",
                           "with the weights of the best validation", "chosen by validation accuracy"})
    CHECK_MESSAGE(has(joined(f.out), part), part, "\n", f.out);
  const json all = json::parse(contents(many / "comparison.json"));
  for (const json& arm : all["arms"]) {
    double validation = 0, test = 0;
    for (const json& run : arm["runs"]) {
      validation += run["validation"]["best"]["accuracy"].get<double>() / 2;
      test += run["test"]["running_statistics"]["accuracy"].get<double>() / 2;
    }
    CHECK(arm["validation_accuracy"]["mean"].get<double>() == doctest::Approx(validation));
    CHECK(arm["test_accuracy"]["mean"].get<double>() == doctest::Approx(test));
  }
  CHECK((fs::exists(many / "validation-accuracy.csv") && !fs::exists(many / "test-accuracy.csv")));
  CHECK(fs::exists(many / "runs/lr-0.3-norm-batch-seed-2/model-best.safetensors"));
  // A page left by a run with --report, over one without validation: nothing of the old stays.
  const Finished two = place.run(grid + "--out many --overwrite");
  REQUIRE_MESSAGE(two.code == 0, two.err);
  CHECK(has(two.out, "validation accuracy, difference in points"));
  CHECK_FALSE(fs::exists(many / "runs/lr-0.3-norm-batch-seed-2"));
}

TEST_CASE("compare: which arm is best does not depend on the test set") {
  const Place place;
  put_data(place.root / "other", 61, 20);
  std::string labels = contents(place.root / "other" / test_labels);
  for (std::size_t i = 8; i < labels.size(); ++i) labels[i] = static_cast<char>((labels[i] + 1) % 3);
  put(place.root / "other" / test_labels, labels);
  const auto chosen = [&](const std::string& data, const std::string& out) {
    const Finished f = place.run("compare --data " + data +
                                 " --hidden 8 --steps 40 --eval-every 4 --batch-size 10 --seeds 2 --quiet "
                                 "--validation 0.3 --vary lr=0.01,0.1,0.3 --activation relu --out " +
                                 out);
    REQUIRE_MESSAGE(f.code == 0, f.err);
    const std::string text = joined(f.out);
    const std::size_t at = text.find("Best (chosen by validation accuracy): ");
    REQUIRE(at != std::string::npos);
    return text.substr(at, text.find(", test", at) - at);
  };
  CHECK(chosen("$DATA", "a") == chosen((place.root / "other").string(), "b"));
}

TEST_CASE("a stopped run with validation continues to the same bytes, best weights included") {
  const Place place;
  const std::string options =
      "train --data $DATA --hidden 8 --norm batch --lr 3 --batch-size 10 --validation 0.3 "
      "--early-stop 200 --steps 400 --eval-every 2 --augment flip,shift:1 --quiet ";
  place.make(options, "whole");
  place.make(options + "--checkpoint-every 7 --threads 2", "two");
  const Finished stopped = place.run(place.words(options + "--checkpoint-every 5 --out part"), {}, "",
                                     [&, sent = false]() mutable {
                                       if (sent || !fs::exists(place.here / "part/checkpoint.safetensors"))
                                         return 0;
                                       sent = true;
                                       return SIGINT;
                                     });
  if (stopped.code == 130) CHECK(place.run("train --resume part --quiet").code == 0);
  for (const char* file : {"metrics.jsonl", "model.safetensors", "model-best.safetensors"}) {
    CHECK_MESSAGE(contents(place.here / "whole" / file) == contents(place.here / "part" / file), file);
    CHECK_MESSAGE(contents(place.here / "whole" / file) == contents(place.here / "two" / file), file);
  }
}

}  // namespace commands_validation_test
}}  // namespace norma
