// norma watch: the curves of runs in the terminal, while they train; or in a page that loads itself again.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <thread>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/report/html.h"
#include "apps/report/numbers.h"
#include "apps/report/plot_text.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/run_folder.h"
#include "apps/run/run_list.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct WatchOptions {
  std::vector<std::string> folders;
  std::string html;
  int every = 1;
  bool once = false;
};

// A run with the evaluations so far.
struct Curves {
  ListedRun run;
  std::vector<double> step = {}, loss = {}, accuracy = {};  // loss: of training
  double best() const {
    double best = NAN;
    for (double a : accuracy) best = std::isnan(best) || a > best ? a : best;
    return best;
  }
};

Curves curves_of(const ListedRun& run) {
  Curves c{.run = run};
  std::error_code none;
  if (!fs::exists(run.path / "metrics.jsonl", none)) return c;
  RunResult so_far;
  so_far.config = run.config;
  read_metrics(so_far, run.path, /*growing=*/true);
  for (const Evaluation& e : so_far.evaluations) {
    c.step.push_back(double(e.step));
    c.loss.push_back(e.train_loss);
    c.accuracy.push_back(e.score.accuracy);
  }
  return c;
}

std::vector<Curves> look(const WatchOptions& o, std::vector<std::string>& unreadable) {
  std::vector<Curves> all;
  for (const std::string& folder : o.folders.empty() ? std::vector<std::string>{"runs"} : o.folders) {
    for (const ListedRun& run : list_runs(folder, unreadable)) {
      try {
        all.push_back(curves_of(run));
      } catch (const Error& e) {
        unreadable.push_back(e.what());
      }
    }
  }
  return all;
}

std::string state_words(const Curves& c) {
  std::string words =
      c.run.status + ", step " + count(double(c.run.steps)) + " of " + count(double(c.run.config.steps));
  if (!c.accuracy.empty())
    words += "; " + std::string(judging_set(c.run.config)) + " accuracy " + percent(c.accuracy.back()) +
             ", best " + percent(c.best()) + "; training loss " + number(c.loss.back());
  return words;
}

std::string steps_words(double step) { return count(step); }
std::string accuracy_words(double share) { return percent(share, 1); }
std::string loss_words(double loss) { return number(loss, 3); }

std::string one_run(const Curves& c, int width) {
  const int columns = std::clamp(width - 12, 10, 100);
  return one_line(c.run.path.string()) + ": " + wrapped(state_words(c)) + "\n\n" + judging_set(c.run.config) +
         " accuracy\n" + plot_text(c.step, c.accuracy, columns, 8, steps_words, accuracy_words) +
         "\ntraining loss\n" + plot_text(c.step, c.loss, columns, 8, steps_words, loss_words);
}

std::string many_runs(const std::vector<Curves>& all) {
  Table table({"run", "status", "step", "of", "training loss", "", "accuracy", "", "best"});
  for (const Curves& c : all) {
    table.row({c.run.path.string(), c.run.status, count(double(c.run.steps)),
               count(double(c.run.config.steps)), sparkline(c.loss, 12),
               c.loss.empty() ? "" : number(c.loss.back()), sparkline(c.accuracy, 12),
               c.accuracy.empty() ? "" : percent(c.accuracy.back()), percent(c.best())});
  }
  return table.align(2, Align::right).align(3, Align::right).text();
}

std::string page_of(const std::vector<Curves>& all, const fs::path& folder, bool ended, int every) {
  Page page("Runs");
  if (!ended) page.reload(every);
  Figure accuracy{.x_label = "training steps", .y_label = "accuracy", .percent_y = true},
      loss{.x_label = "training steps", .y_label = "training loss (nats)", .log_y = true};
  Table table({"run", "status", "step", "of", "training loss", "accuracy", "best"});
  for (const Curves& c : all) {
    const std::string name = c.run.path.string();
    accuracy.series.push_back({.label = all.size() > 1 ? name : "", .x = c.step, .y = c.accuracy});
    loss.series.push_back({.label = all.size() > 1 ? name : "", .x = c.step, .y = c.loss});
    table.row({name, c.run.status, count(double(c.run.steps)), count(double(c.run.config.steps)),
               c.loss.empty() ? "" : number(c.loss.back()),
               c.accuracy.empty() ? "" : percent(c.accuracy.back()), percent(c.best())});
  }
  page.table(table, ended ? ""
                          : "The page loads itself again every " + std::to_string(every) +
                                " seconds while norma watch runs.");
  constexpr std::size_t most = 8;  // curves that can be told apart
  const bool drawn_all = all.size() <= most;
  const bool any = std::ranges::any_of(all, [](const Curves& c) { return c.step.size() > 1; });
  if (any && drawn_all)
    page.figures(
        {{drawn(accuracy, folder, "watched-accuracy"), ""}, {drawn(loss, folder, "watched-loss"), ""}});
  else if (any)
    page.text("More than " + std::to_string(most) + " runs are not drawn; name fewer.");
  return page.str();
}

int watch(const WatchOptions& o) {
  const bool live = isatty(STDOUT_FILENO) && !o.once;
  for (;;) {
    std::vector<std::string> unreadable;
    const std::vector<Curves> all = look(o, unreadable);
    const bool ended = std::ranges::none_of(all, [](const Curves& c) { return c.run.status == "running"; });
    if (live) std::cout << "\x1b[H\x1b[2J";
    if (!all.empty())
      std::cout << (all.size() == 1 ? one_run(all[0], terminal_width()) : many_runs(all)) << std::flush;
    else if (unreadable.empty())
      std::cout << "There are no runs; norma train makes one.\n" << std::flush;
    for (const std::string& line : unreadable) std::cerr << "norma: " << one_line(line) << '\n';
    if (!o.html.empty()) {
      const fs::path file = o.html, folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
      write_file(file, page_of(all, folder, ended || o.once, std::max(5, o.every)));
    }
    const bool goes_on = (live || !o.html.empty()) && !o.once && !ended;
    if (!goes_on) return unreadable.empty() ? exit_ok : exit_usage;
    std::this_thread::sleep_for(std::chrono::seconds(o.every));
  }
}

}  // namespace

Command watch_command() {
  auto o = std::make_shared<WatchOptions>();
  return {
      .name = "watch",
      .help = "Show the curves of runs in the terminal, while they train and after",
      .options = {{.name = "run",
                   .metavar = "RUN",
                   .help = "folders of runs, or with runs below them; a single run is drawn larger [runs]",
                   .set = add_text(o->folders),
                   .repeatable = true,
                   .argument = true,
                   .optional = true},
                  {"every", "N", "seconds from one look to the next [1]",
                   set_whole("every", o->every, 1, 3600)},
                  {"once", "", "look once, whatever is still running", set_flag(o->once)},
                  {"html", "FILE", "write a page too, which browsers load again, with its figures beside it",
                   set_text(o->html)}},
      .run = [o] { return watch(*o); },
      .example = "norma watch runs/001-train"};
}

}}  // namespace norma
