// Arms that start from the same weights and see the same batches, as in `norma compare`.
#include <cmath>
#include <set>

#include "apps/compare/comparison.h"
#include "apps/compare/describe.h"
#include "apps/lab/calls.h"
#include "apps/run/options.h"
#include "data/load.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// A race as `norma compare` takes it: what all arms share, and the text of each --arm.
struct Race {
  RunConfig base;
  std::vector<std::string> texts;
  Variants variants;
  int seeds = 1;
};

// An arm's configuration, without options that have no effect in it.
RunConfig arm_config(const json& options, std::uint64_t seed) {
  RunConfig c;
  c.data = "digits";
  for (const auto& [name, value] : options.items()) find_option(name).set(c, value.get<std::string>());
  c.seed = seed;
  reset_unused(c);
  return c;
}

// "norm=batch lr=0.3": an arm's values of some options, of those that have an effect in it.
std::string arm_text(const RunConfig& c, const std::vector<const Option*>& options) {
  std::string text;
  for (const Option* o : options) {
    if (!missing_requirement(c, o->name).empty()) continue;
    const std::string value = o->get(c);
    const bool plain = value.find(' ') == value.npos;
    text += (text.empty() ? "" : " ") + o->name + '=' + (plain ? value : '\'' + value + '\'');
  }
  return text;
}

Race read_race(const json& request) {
  const auto seed = request.at("seed").get<std::uint64_t>();
  std::vector<RunConfig> arms;
  for (const json& options : request.at("arms")) arms.push_back(arm_config(options, seed));
  check(!arms.empty() && arms.size() <= 4, "race: expected one to four arms, got ", arms.size());
  Race race;
  std::vector<const Option*> varied;
  for (const Option& o : run_options()) {
    std::set<std::string> values;
    for (const RunConfig& c : arms)
      if (missing_requirement(c, o.name).empty()) values.insert(o.get(c));
    if (values.size() == 1) o.set(race.base, *values.begin());
    if (values.size() > 1) varied.push_back(&o);
  }
  if (varied.empty()) {  // one arm, or arms that are the same, which is refused
    const bool norm = missing_requirement(arms.front(), "norm").empty();
    varied.push_back(&find_option(norm ? "norm" : "lr"));
  }
  for (const RunConfig& c : arms) race.texts.push_back(arm_text(c, varied));
  race.variants = parse_arms(race.base, race.texts);
  race.seeds = request.value("seeds", 1);
  return race;
}

// " --steps 1500 --lr 0.3": the options that are not as usual.
std::string option_words(const RunConfig& c, const std::set<std::string>& always) {
  std::string words;
  for (const Option& o : run_options()) {
    const std::string value = o.get(c);
    if (value == o.get(RunConfig()) && !always.contains(o.name)) continue;
    words += " --" + o.name + ' ' + (value.find(' ') == value.npos ? value : '"' + value + '"');
  }
  return words;
}

RunResult result_of(const json& run, RunConfig config) {
  RunResult r;
  config.seed = run.at("seed").get<std::uint64_t>();
  r.config = config;
  for (const json& e : run.at("evaluations")) {
    auto number = [&](int i) { return number_of(e.at(i)); };
    r.evaluations.push_back({count_of(e.at(0)), 0, config.lr, number(1), {number(2), number(3)}});
  }
  if (!run.at("diverged_at").is_null()) r.diverged_at = count_of(run.at("diverged_at"));
  if (!r.evaluations.empty()) r.test_running = r.evaluations.back().score;
  return r;
}

}  // namespace

json describe_race(Lab&, const json& request) {
  const Race race = read_race(request);
  json arms = json::array();
  std::string command = "norma compare" + option_words(race.base, {"steps", "eval-every"}) + " --seeds " +
                        std::to_string(race.seeds);
  for (std::size_t i = 0; i < race.texts.size(); ++i) {
    const Variant& arm = race.variants.arms[i];
    command += " --arm \"" + race.texts[i] + '"';
    json needs = json::object();
    for (const auto& entry : request["arms"][i].items())
      if (const std::string need = missing_requirement(arm.config, entry.key()); !need.empty())
        needs[entry.key()] = need;
    arms.push_back({{"words", race.variants.words(arm)},
                    {"command", "norma train" + option_words(arm.config, {"norm", "lr"})},
                    {"needs", needs}});
  }
  return {{"command", command}, {"arms", arms}};
}

json open(Lab& lab, const json& request) {
  RunConfig config = read_race(request).variants.arms.at(request.at("arm").get<std::size_t>()).config;
  config.seed = request.value("run_seed", config.seed);
  lab.trainer.reset();
  if (lab.data.train.name.empty()) lab.data = load_data(config.data);
  lab.plan = resolve(config, lab.data);
  lab.trainer = std::make_unique<Trainer>(lab.plan, lab.data);
  lab.shown = 0;
  return {{"network", network_words(lab.plan.config, lab.data.train)},
          {"parameters", lab.trainer->so_far().parameters},
          {"steps", lab.plan.config.steps},
          {"batch_size", lab.plan.config.batch_size},
          {"batch_statistics", lab.plan.batch_statistics}};
}

json steps(Lab& lab, const json& request) {
  check(lab.trainer != nullptr, "steps: expected a run that open began, got none");
  Trainer& trainer = *lab.trainer;
  const RunResult& run = trainer.so_far();
  const Index until = request.at("until").get<Index>();
  const double seconds = request.at("milliseconds").get<double>() / 1000;
  json losses = json::array(), evaluations = json::array();
  const auto start = Clock::now();
  while (trainer.running() && run.steps < until && seconds_since(start) < seconds) {
    trainer.step();
    losses.push_back(trainer.loss());
    trainer.evaluate_if_due();
  }
  for (; lab.shown < run.evaluations.size(); ++lab.shown) {
    const Evaluation& e = run.evaluations[lab.shown];
    evaluations.push_back({e.step, e.train_loss, e.score.loss, e.score.accuracy});
  }
  const bool lost =
      !trainer.running() && !(!run.evaluations.empty() && std::isfinite(run.evaluations.back().score.loss));
  return {{"step", run.steps},
          {"seconds", seconds_since(start)},
          {"losses", losses},
          {"evaluations", evaluations},
          {"running", trainer.running()},
          {"diverged_at", run.diverged_at ? json(*run.diverged_at)
                          : lost          ? json(run.steps)
                                          : json()}};
}

json finding(Lab&, const json& request) {
  const Race race = read_race(request);
  Comparison c;
  c.base = race.base;
  c.factors = race.variants.factors;
  c.grid = race.variants.is_grid();
  for (const Variant& variant : race.variants.arms) {
    Arm arm;
    arm.name = race.variants.name(variant);
    arm.words = race.variants.words(variant);
    arm.values = variant.values;
    c.arms.push_back(arm);
  }
  for (const json& run : request.at("runs")) {
    const auto i = run.at("arm").get<std::size_t>();
    Arm& arm = c.arms.at(i);
    arm.runs.push_back(result_of(run, race.variants.arms[i].config));
    arm.configs.push_back(arm.runs.back().config);
  }
  for (const Arm& arm : c.arms)
    check(!arm.runs.empty(), "finding: expected a run of each arm, got none of ", arm.name);
  return {{"finding", finding(c)}};
}

}}  // namespace norma
