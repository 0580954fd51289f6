// norma report: the page of a run that is finished, from its files.
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/compare/describe.h"
#include "apps/compare/run_report.h"
#include "apps/report/text.h"
#include "apps/run/results_folder.h"
#include "apps/run/run_folder.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string run, out;
};

// The training set that the run saw; without samples, and a line on stderr, if it is not there any more.
Dataset training_set(const fs::path& run, const RunResult& r) {
  RunConfig config = r.config;
  try {
    const DataPair data = open_data(config, /*quiet=*/true);
    check(data.train.sample == r.about.sample && trained_on(run, data), "--data ", config.data,
          ": are other data than the run saw");
    return data.train;
  } catch (const Error& e) {
    std::cerr << "norma: the report has no samples of the data: " << one_line(e.what()) << '\n';
    return r.about;
  }
}

int report(const ReportOptions& o) {
  const fs::path run = o.run, folder = o.out.empty() ? run : fs::path(o.out);
  std::error_code none;
  recover_results(run);
  const RunResult r = read_run(run);
  check(fs::equivalent(run, folder, none) || !holds_results(folder), "--out ", folder.string(),
        ": holds results already; give another folder");
  check(!at_work(run), run.string(), ": another norma is at work there");
  make_results_folder(folder);
  write_run_report(r, training_set(run, r), network_words(r.config, r.about), folder);
  std::cout << (folder / "report.html").string() << '\n';
  return exit_ok;
}

}  // namespace

Command report_command() {
  auto o = std::make_shared<ReportOptions>();
  return {.name = "report",
          .help = "Draw the curves of a finished run and write a page, report.html",
          .options = {run_argument(o->run),
                      {"out", "DIR", "folder for the page and its figures [RUN]", set_text(o->out)}},
          .run = [o] { return report(*o); },
          .example = "norma report runs/001-train"};
}

}}  // namespace norma
