// norma runs: the runs below a folder as a table; a note beside one; removing them.
#include <cmath>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_list.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct RunsOptions {
  std::vector<std::string> words, where;
  std::string sort = "run";
  bool reverse = false, json = false;
};

std::string shortened(const std::string& text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? text : text.substr(0, most - 1) + "…";
}

std::string network_name(const RunConfig& c) { return c.layers.empty() ? c.model : shortened(c.layers); }

Table table_of(const std::vector<ListedRun>& runs) {
  Table table({"run", "data", "model", "norm", "lr", "steps", "status", "test", "date", "note"});
  for (const ListedRun& r : runs) {
    const std::string steps =
        count(double(r.steps)) + (r.steps < r.config.steps ? " of " + count(double(r.config.steps)) : "");
    const bool own = r.config.norm == "none" && !r.config.layers.empty();  // which may have normalizers
    table.row({r.path.string(), value_of(r, "data"), network_name(r.config), own ? "" : r.config.norm,
               value_of(r, "lr"), steps, r.status, percent(r.accuracy), r.date, r.note});
  }
  return table.align(5, Align::right);
}

json json_of(const std::vector<ListedRun>& runs) {
  json list = json::array();
  for (const ListedRun& r : runs) {
    list.push_back({{"run", r.path.string()},
                    {"data", r.data},
                    {"status", r.status},
                    {"steps", r.steps},
                    {"test_accuracy", r.accuracy},
                    {"date", r.date},
                    {"note", r.note},
                    {"config", parse_json(to_json(r.config))}});
  }
  return list;
}

int list(const RunsOptions& o) {
  std::vector<ListedRun> runs;
  std::vector<std::string> unreadable;
  for (const std::string& folder : o.words.empty() ? std::vector<std::string>{"runs"} : o.words) {
    const std::vector<ListedRun> more = list_runs(folder, unreadable);
    runs.insert(runs.end(), more.begin(), more.end());
  }
  const bool any = !runs.empty();
  filter_runs(runs, o.where);
  sort_runs(runs, o.sort, o.reverse);
  for (const std::string& line : unreadable) std::cerr << "norma: " << one_line(line) << '\n';
  if (o.json)
    std::cout << json_text(json_of(runs)) << '\n';
  else if (!runs.empty())
    std::cout << table_of(runs).text();
  else if (any || unreadable.empty())
    std::cout << (any ? "No run is like that.\n" : "There are no runs; norma train makes one.\n");
  return unreadable.empty() ? exit_ok : exit_usage;
}

int note(const RunsOptions& o) {
  check(o.words.size() >= 2, "runs note: expected RUN and the words of the note");
  std::string words;
  for (std::size_t i = 2; i < o.words.size(); ++i) words += (i == 2 ? "" : " ") + o.words[i];
  write_note(o.words[1], one_line(words));
  return exit_ok;
}

int remove(const RunsOptions& o) {
  check(o.words.size() >= 2, "runs rm: expected the folders of runs or comparisons");
  for (std::size_t i = 1; i < o.words.size(); ++i)
    check(holds_run(o.words[i]), o.words[i], ": holds no run and no comparison; nothing was removed");
  for (std::size_t i = 1; i < o.words.size(); ++i) {
    remove_run(o.words[i]);
    std::error_code none;
    std::cout << o.words[i] << ": removed"
              << (std::filesystem::exists(o.words[i], none) ? ", except for files that norma did not make"
                                                            : "")
              << '\n';
  }
  return exit_ok;
}

int runs(const RunsOptions& o) {
  const std::string first = o.words.empty() ? "" : o.words[0];
  if (first != "rm" && first != "note") return list(o);
  check(o.where.empty() && o.sort == "run" && !o.reverse && !o.json, "runs ", first,
        ": takes no options, they are for the list");
  return first == "rm" ? remove(o) : note(o);
}

}  // namespace

Command runs_command() {
  auto o = std::make_shared<RunsOptions>();
  return {.name = "runs",
          .help = "List the runs below a folder, put a note beside one, or remove them",
          .options = {{.name = "folder",
                       .metavar = "FOLDER",
                       .help = "where to look, with all that is below; or `rm RUN ...`, or `note RUN WORDS "
                               "...`, which writes RUN/note.txt, or without words removes it [runs]",
                       .set = add_text(o->words),
                       .repeatable = true,
                       .argument = true,
                       .optional = true},
                      {"where", "COLUMN=VALUE",
                       "only these: a column of the table or an option of norma train, as norm=batch; "
                       "several: all must be true",
                       add_text(o->where), true},
                      {"sort", "COLUMN", "by a column, or an option of norma train [run]", set_text(o->sort)},
                      {"reverse", "", "the largest first", set_flag(o->reverse)},
                      {"json", "", "JSON with all options of each run", set_flag(o->json)}},
          .run = [o] { return runs(*o); },
          .example = "norma runs --where norm=batch --sort test --reverse"};
}

}}  // namespace norma
