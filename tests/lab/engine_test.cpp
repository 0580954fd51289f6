// The engine's door: what a page asks, and what it gets. Numbers are held against the library's, sentences
// against what the command says.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "apps/lab/calls.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace lab_engine_test {

// As text both ways, as through the door.
json ask(Lab& lab, const char* call, json request) {
  request["call"] = call;
  return parse_json(json_text(answer(lab, parse_json(json_text(request)))));
}

json ask(const char* call, const json& request) {
  Lab lab;
  return ask(lab, call, request);
}

// Small networks, so that a test takes no time.
json small_race() {
  const json common = {{"layers", "linear 12, norm, relu, linear 10"}, {"steps", "40"}, {"eval-every", "20"}};
  json race = {{"seed", 3}, {"seeds", 1}, {"arms", json::array()}};
  for (const char* norm : {"none", "batch"}) {
    json arm = common;
    arm["norm"] = norm;
    race["arms"].push_back(arm);
  }
  return race;
}

json with(json request, const char* name, const json& value) {
  request[name] = value;
  return request;
}

TEST_CASE("a race is described by the commands that do the same: what arms share stands once") {
  const json described = ask("race", small_race());
  CHECK(
      described["command"] ==
      "norma compare --data digits --layers \"linear 12, norm, relu, linear 10\" --steps 40 --eval-every 20 --seed 3 "
      "--seeds 1 --arm \"norm=none\" --arm \"norm=batch\"");
  CHECK(described["arms"][1]["words"] == "with BN");
  CHECK(described["arms"][1]["needs"] == json::object());
  CHECK(
      described["arms"][1]["command"] ==
      "norma train --data digits --layers \"linear 12, norm, relu, linear 10\" --norm batch --lr 0.1 --steps 40 "
      "--eval-every 20 --seed 3");
}

TEST_CASE("an option without effect in an arm is left out of it, and of the command if it has none in any") {
  json race = {{"seed", 1},
               {"arms", {{{"norm", "none"}, {"norm-position", "after"}}, {{"norm", "batch"}, {"lr", "1"}}}}};
  CHECK(
      ask("race", race)["command"] ==
      "norma compare --data digits --steps 0 --eval-every 0 --seeds 1 --arm \"norm=none lr=0.1\" --arm \"norm=batch "
      "lr=1\"");
  CHECK(ask("race", race)["arms"][0]["needs"]["norm-position"] == "--norm, such as --norm batch");
  race["arms"][1]["norm-position"] = "after";
  CHECK(ask("race", race)["command"].get<std::string>().find("--norm-position after") != std::string::npos);
}

TEST_CASE("a run goes on in pieces as in one, and its last line is that of a comparison") {
  Lab whole, pieces;
  json runs = json::array();
  for (std::size_t arm : {0u, 1u}) {
    const json opened = ask(whole, "open", with(small_race(), "arm", arm));
    CHECK(opened["batch_statistics"] == (arm == 1));
    CHECK(opened["parameters"] == (arm == 1 ? 784 * 12 + 2 * 12 + 130 : 785 * 12 + 130));
    const json all = ask(whole, "steps", {{"until", 100}, {"milliseconds", 1e6}});
    CHECK(all["step"] == 40);
    CHECK(all["running"] == false);
    CHECK(all["losses"].size() == 40);
    REQUIRE(all["evaluations"].size() == 2);
    ask(pieces, "open", with(small_race(), "arm", arm));
    json losses = json::array(), evaluations = json::array();
    for (Index until : {7, 20, 33, 40}) {
      const json some = ask(pieces, "steps", {{"until", until}, {"milliseconds", 1e6}});
      CHECK(some["step"] == until);
      losses.insert(losses.end(), some["losses"].begin(), some["losses"].end());
      evaluations.insert(evaluations.end(), some["evaluations"].begin(), some["evaluations"].end());
    }
    CHECK(losses == all["losses"]);
    CHECK(evaluations == all["evaluations"]);
    runs.push_back({{"arm", arm}, {"seed", 3}, {"evaluations", evaluations}, {"diverged_at", nullptr}});
  }
  const std::string finding = ask("finding", with(small_race(), "runs", runs))["finding"];
  CHECK(finding.find("Test accuracy at the end: without BN ") != std::string::npos);
  CHECK(finding.ends_with("(one run each: no interval)."));
}

TEST_CASE("no time, no step; and a run that diverges says where") {
  Lab lab;
  json race = small_race();
  ask(lab, "open", with(race, "arm", 0));
  CHECK(ask(lab, "steps", {{"until", 10}, {"milliseconds", 0}})["step"] == 0);
  race["arms"][0]["lr"] = "1e6";
  ask(lab, "open", with(race, "arm", 0));
  const json lost = ask(lab, "steps", {{"until", 40}, {"milliseconds", 1e6}});
  CHECK(lost["running"] == false);
  CHECK(lost["diverged_at"].get<Index>() >= 2);
}

TEST_CASE("another seed is another run of the same arm") {
  Lab lab;
  auto first_loss = [&](const json& request) {
    ask(lab, "open", with(request, "arm", 1));
    return ask(lab, "steps", {{"until", 1}, {"milliseconds", 1e6}})["losses"][0].get<double>();
  };
  const double three = first_loss(small_race()), four = first_loss(with(small_race(), "run_seed", 4));
  CHECK(three != four);
  CHECK(four == first_loss(with(small_race(), "seed", 4)));
}

TEST_CASE("inside: what inspect measures, and the network is the same afterwards") {
  Lab looked, left;
  for (Lab* lab : {&looked, &left}) {
    ask(*lab, "open", with(small_race(), "arm", 1));
    ask(*lab, "steps", {{"until", 20}, {"milliseconds", 1e6}});
  }
  const json look = ask(looked, "inside", {{"samples", 50}});
  CHECK(look["samples"] == 50);
  CHECK(look["batch_size"] == 60);
  CHECK(look["layers"]["1"]["parameters"]["weight"]["shape"] == json({12}));
  CHECK(look["layers"]["1"]["running_statistics"]["channels"] == 12);
  CHECK(look["layers"]["2"]["activation"]["input"]["size"] == 50 * 12);
  const json scores = ask(looked, "score", {{"batch", 2}});
  CHECK(scores["running"][1].get<double>() > scores["batch"][1].get<double>());  // two examples are too few
  const json rest = {{"until", 40}, {"milliseconds", 1e6}};
  CHECK(ask(looked, "steps", rest)["losses"] == ask(left, "steps", rest)["losses"]);
}

TEST_CASE("a drawing is prepared as predict does it, and the answers are probabilities") {
  json pixels = json::array();
  for (int row = 0; row < 60; ++row)
    for (int column = 0; column < 40; ++column)
      pixels.push_back(row > 10 && row < 50 && column > 17 && column < 23 ? 255 : 0);
  Lab lab;
  const json digit = ask(lab, "prepare", {{"height", 60}, {"width", 40}, {"pixels", pixels}})["pixels"];
  REQUIRE(digit.size() == 784);
  CHECK(digit[14 * 28 + 14] == 255);
  CHECK(digit[0] == 0);
  ask(lab, "open", with(small_race(), "arm", 1));
  ask(lab, "steps", {{"until", 20}, {"milliseconds", 1e6}});
  double sum = 0;
  const json answers = ask(lab, "predict", {{"pixels", digit}});
  for (const json& p : answers["probabilities"]) sum += p.get<double>();
  CHECK(sum == doctest::Approx(1));
  const json test = ask(lab, "digit", {{"index", 5}});
  CHECK(test["label"] == int{lab.data.test.labels[5]});
  CHECK(test["pixels"].size() == 784);
}

TEST_CASE("by hand: the sheet's numbers, and a gradient by differences") {
  const json sheet = ask("by-hand", json::object());
  CHECK(sheet["mean"] == json({2.25, 1.25, 1.75}));
  CHECK(sheet["variance"] == json({0.6875, 1.6875, 4.1875}));
  auto y_at = [](json x, std::size_t i, double by) {
    x[i] = x[i].get<double>() + by;
    return ask("by-hand", {{"x", x}, {"at", 4}})["y"][4].get<double>();
  };
  const json chosen = ask("by-hand", {{"at", 4}});
  // x enters a through W, whose rows are (1 0 1), (1 1 0), (0 2 −1): by x's second feature a's second moves
  // as much.
  const double slope = (y_at(sheet["x"], 4, 0.01) - y_at(sheet["x"], 4, -0.01)) / 0.02;
  CHECK(slope == doctest::Approx(chosen["da"][4].get<double>()).epsilon(0.02));
  CHECK(chosen["dbeta"] == json({0, 1, 0}));
  CHECK(chosen["dgamma"][1].get<double>() == doctest::Approx(sheet["xhat"][4].get<double>()));
  const json undone = ask("by-hand", {{"gamma", sheet["std"]}, {"beta", sheet["mean"]}});
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(undone["y"][i].get<double>() == doctest::Approx(sheet["a"][i].get<double>()).epsilon(1e-5));
}

TEST_CASE("surface: a rate below 2 / curvature goes down, one above it up, and normalized inputs are round") {
  auto walk = [](double rate) {
    return ask("surface", {{"scale", 100},
                           {"rate", rate},
                           {"steps", 20},
                           {"start", {-0.5, 2.5}},
                           {"low", -1},
                           {"high", 3},
                           {"side", 5}});
  };
  const json any = walk(0);
  const double steep = any["raw"]["steep"], flat = any["raw"]["flat"];
  CHECK(steep / flat == doctest::Approx(10'000).epsilon(0.5));
  CHECK(any["normalized"]["steep"].get<double>() / any["normalized"]["flat"].get<double>() < 1.5);
  CHECK(any["raw"]["losses"].size() == 25);
  auto losses = [](const json& surface) { return surface["path_losses"]; };
  const json slow = losses(walk(1.8 / steep)["raw"]), fast = losses(walk(2.2 / steep)["raw"]);
  CHECK(slow.back().get<double>() < slow.front().get<double>() / 10);
  CHECK(fast.back().get<double>() > fast.front().get<double>() * 10);
  CHECK(losses(walk(0.3)["normalized"]).back().get<double>() < 1e-6);
  CHECK(walk(1e9)["raw"]["path_losses"].back().is_null());  // it ends where numbers do
}

// Accuracies of (seed, width, rate).
template <class F>
json accuracies(const F& of) {
  json all = json::array();
  for (int s = 0; s < 5; ++s) {
    json widths = json::array();
    for (int w = 0; w < 5; ++w) {
      json rates = json::array();
      for (int r = 0; r < 5; ++r) rates.push_back(of(s, w, r));
      widths.push_back(rates);
    }
    all.push_back(widths);
  }
  return all;
}

TEST_CASE("map: the rules of the claims judge all three ways") {
  auto verdicts = [](const json& none, const json& batch) {
    const json parts = ask("map", {{"rates", {0.004, 0.02, 0.1, 0.6, 3}},
                                   {"widths", {0.01, 0.1, 1, 10, 100}},
                                   {"accuracies", {{"none", none}, {"batch", batch}}}})["parts"];
    return parts[0]["verdict"].get<std::string>() + ", " + parts[1]["verdict"].get<std::string>();
  };
  const json plain = accuracies([](int, int w, int r) { return w == 2 && r == 2 ? 0.9 : 0.1; });
  const json wide = accuracies([](int s, int, int) { return 0.95 + s / 1000.0; });
  const json mixed = accuracies([](int s, int, int) { return s % 2 ? 0.95 : 0.1; });
  CHECK(verdicts(plain, wide) == "reproduced, reproduced");
  CHECK(verdicts(plain, plain) == "refuted, refuted");
  CHECK(verdicts(plain, mixed) == "inconclusive, inconclusive");
}

TEST_CASE("what cannot be is said in the words of the command") {
  json race = small_race();
  CHECK(error_of([&] { ask("sing", json::object()); }).starts_with("call: unknown value 'sing'"));
  CHECK(error_of([&] {
          ask("steps", {{"until", 1}, {"milliseconds", 1}});
        }) == "steps: expected a run that open began, got none");
  race["arms"][1]["batch-size"] = "1";
  CHECK(error_of([&] {
          ask("open", with(race, "arm", 1));
        }).starts_with("--batch-size: expected at least 2 with --norm batch"));
  race["arms"][1] = race["arms"][0];
  CHECK(error_of([&] { ask("race", race); }) == "--arm: 'norm=none' is the same as an arm before it");
  race["arms"] = json::array();
  CHECK(error_of([&] { ask("race", race); }) == "race: expected one to four arms, got 0");
  CHECK(error_of([&] {
          ask("prepare", {{"height", 2}, {"width", 2}, {"pixels", {1}}});
        }) == "prepare: expected 2 × 2 pixels, got 1");
  CHECK(error_of([&] {
          ask("by-hand", {{"at", 12}});
        }) == "by-hand: expected an element from 0 to 11, got 12");
  CHECK(error_of([&] { ask("by-hand", {{"x", {1, 2}}}); }) != "");
}

}  // namespace lab_engine_test
}}  // namespace norma
