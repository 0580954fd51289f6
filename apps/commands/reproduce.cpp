// norma reproduce: what the papers claim, put to the test.
#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "apps/claims/engine/pairs.h"
#include "apps/claims/engine/report.h"
#include "apps/claims/engine/runner.h"
#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/report/gnuplot.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "apps/run/agreement.h"
#include "apps/run/clock.h"
#include "apps/run/processes.h"
#include "apps/run/results_folder.h"
#include "apps/run/threads.h"
#include "core/parallel.h"
#include "core/suggest.h"
#include "data/load.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct ReproduceOptions {
  std::vector<std::string> names, beside, merge;
  std::string data, data_dir, out, shard;
  int seeds = 0, seed = static_cast<int>(first_judging_seed), jobs = 0;  // seeds 0: as many as decide
  bool list = false, all = false, quick = false, fresh = false, any_build = false, quiet = false;
};

std::vector<Claim> chosen(const ReproduceOptions& o) {
  if (o.all) {
    check(o.names.empty(), "reproduce: expected --all or claims by name, got both");
    return all_claims();
  }
  check(!o.names.empty(), "reproduce: expected the name of a claim, --all or --list");
  const std::vector<std::string> known = names_of(all_claims());
  std::vector<Claim> claims;
  for (const std::string& name : o.names) {
    const auto it = std::find(known.begin(), known.end(), name);
    check(it != known.end(), "reproduce: there is no claim '", name, "'", did_you_mean(name, known),
          "; norma reproduce --list shows them");
    check(std::none_of(claims.begin(), claims.end(), [&](const Claim& c) { return c.name == name; }),
          "reproduce: ", name, " given twice");
    claims.push_back(all_claims()[it - known.begin()]);
  }
  return claims;
}

// Each name, and under it its sentence and what its parts have to come to.
void list() {
  for (const Claim& claim : all_claims()) {
    std::cout << "  " << claim.name << "\n      "
              << wrapped(claim.sentence + " (" + claim.source + ")", 73, "      ") << '\n';
    for (const Part& part : claim.parts)
      std::cout << "        "
                << wrapped(judge(part.rule, {}).wanted() + ": " + part.rule.effect, 71, "          ") << '\n';
  }
}

// Removes the claims with a failed run, and says so.
void take_out_failed(Reproduction& r, std::vector<std::string>& failures) {
  for (std::size_t c = r.claims.size(); c-- > 0;) {
    const std::vector<std::string>& own = r.results[c].failures;
    if (own.empty()) continue;
    std::cout << "  " << r.claims[c].name << ": not judged\n";
    for (const std::string& failure : own) std::cout << "    " << failure << '\n';
    failures.insert(failures.begin(), own.begin(), own.end());
    r.claims.erase(r.claims.begin() + c);
    r.results.erase(r.results.begin() + c);
  }
}

// runs/reproduce, for a full look at the usual data.
std::filesystem::path usual_folder(const ReproduceOptions& o, const std::string& data) {
  const std::string usual = data_sets().front().name;
  const std::string of = data == usual ? "" : find_data_set(data) ? "-" + data : "-data";
  return std::filesystem::path("runs") / (std::string("reproduce") + (o.quick ? "-quick" : "") + of);
}

// What --shard says. Error if it, or --merge, does not fit.
Share share_of(const ReproduceOptions& o) {
  const Share share = o.shard.empty() ? Share() : parse_share(o.shard);
  check(o.shard.empty() || o.merge.empty(), "--shard: goes without --merge, which takes what it left");
  check(share.whole() || o.seeds || o.quick,
        "--shard: expected --seeds N too: how many decide is known only from all shares");
  for (const std::string& part : o.merge)
    check(std::filesystem::is_directory(std::filesystem::path(part) / "outcomes"), "--merge ", part,
          ": expected a folder that norma reproduce --shard left");
  return share;
}

int reproduce(const ReproduceOptions& o) {
  if (o.list) {
    list();
    return exit_ok;
  }
  Reproduction r;
  r.claims = chosen(o);
  r.plan = o.quick ? quick_plan : Plan();
  for (const std::string& folder : o.beside) r.beside.push_back(read_column(folder));
  if (o.seeds) r.plan.seeds = o.seeds;
  r.plan.first_seed = static_cast<std::uint64_t>(o.seed);
  RunConfig config;
  config.data = o.data;
  config.data_dir = o.data_dir;
  DataPair data = open_data(config);
  if (sorted_by_class(data.train) || sorted_by_class(data.test)) {
    std::cout << "The samples are sorted by class: they are shuffled first.\n";
    data = {shuffled(data.train, 1), shuffled(data.test, 2)};
  }
  r.data = data.train.name + ": " + count(double(data.train.size())) + " training and " +
           count(double(data.test.size())) + " test images";
  if (config.data != data_sets().front().name) r.data_words = " --data " + config.data;

  std::filesystem::path folder = o.out.empty() ? usual_folder(o, config.data) : std::filesystem::path(o.out);
  const Share share = share_of(o);
  const bool first = Processes::all().rank() == 0;
  if (first) {
    folder = make_results_folder(folder);
    for (const std::string& part : o.merge)
      copy_missing(std::filesystem::path(part) / "outcomes", folder / "outcomes");
  }
  on_stop_say("stopped; the same command continues where it stopped");
  GridLine line;
  const auto start = Clock::now();
  const int jobs = o.jobs ? o.jobs : own_processors();
  check_memory(jobs);
  const int workers = available_threads(jobs);
  RunnerOptions options{r.plan, workers, folder, o.any_build, o.fresh, share, {}};
  if (!o.quiet) options.progress = std::ref(line);
  r.results = run_claims(r.claims, data, options);
  std::vector<std::string> failures;
  take_out_failed(r, failures);
  if (!first) return exit_ok;  // what failed, the first one says; another code would have mpirun end it
  if (!share.whole()) {
    if (!failures.empty()) fail_runs(failures.size(), failures[0], "the same command tries them again");
    say_share(o.shard, folder.string());
    return exit_ok;
  }
  judge_all(r);
  if (failures.empty()) write_reproduction(r, folder);

  std::cout << '\n' << verdict_text(r) << '\n';
  if (!failures.empty())
    fail_runs(failures.size(), failures[0], "there is no report; the same command tries them again");
  if (o.quick) std::cout << "A tenth of the work: a quick look, not a result.\n";
  std::cout << seconds(seconds_since(start)) << ". " << figures_words() << (folder / "report.html").string()
            << '\n';
  return exit_ok;
}

}  // namespace

Command reproduce_command() {
  auto o = std::make_shared<ReproduceOptions>();
  return {
      .name = "reproduce",
      .help = "Put what the papers claim to the test, and say: reproduced, in part, refuted or inconclusive",
      .options =
          {{"CLAIM", "CLAIM", "claims to test, by name; --list shows them", add_text(o->names), true, true,
            true},
           {"list", "", "list the claims", set_flag(o->list)},
           {"all", "", "all of them", set_flag(o->all)},
           {"quick", "", "a tenth of the work: three seeds, a sixth of the steps", set_flag(o->quick)},
           {"seeds", "N",
            "runs of each arm, with seeds seed, seed + 1, … [5, 10, 20 or 40, until each part is decided; 3 with "
            "--quick]",
            set_whole("seeds", o->seeds, 1, 1000)},
           {"seed", "N", "the first seed [1001: those below were used while claims were designed]",
            set_whole("seed", o->seed, 0, 1'000'000'000)},
           {"jobs", "N", "runs at a time; 0: as many as there are processors [0]",
            set_whole("jobs", o->jobs, 0, 1024)},
           {"data", "NAME",
            one_of(names_of(data_sets()), ", ") + " or a folder [mnist if it is found, else digits]",
            set_text(o->data)},
           {"data-dir", "DIR", "where to look for mnist/", set_text(o->data_dir)},
           {"out", "DIR",
            "folder for the results; what is there already is not run again [runs/reproduce; with --quick runs/reproduce-quick]",
            set_text(o->out)},
           {"shard", "I/N", "run every N-th run from the I-th on, and no report: for N machines",
            set_text(o->shard)},
           {"merge", "DIR", "take the runs that --shard left in DIR; once for each share", add_text(o->merge),
            true},
           {"beside", "DIR", "put the verdicts of an earlier run's folder beside these in the table",
            [o](const std::string& v) { o->beside.push_back(v); }, true},
           {"fresh", "", "run everything again", set_flag(o->fresh)},
           {"any-build", "", "take earlier results of another build of norma too", set_flag(o->any_build)},
           {"quiet", "", "no progress line", set_flag(o->quiet)}},
      .run = [o] { return reproduce(*o); },
      .example = "norma reproduce convergence init --seeds 3",
      .several = true};
}

}}  // namespace norma
