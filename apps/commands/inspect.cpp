// norma inspect: what a trained network looks like inside.

#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/compare/describe.h"
#include "apps/inspect/show.h"
#include "apps/report/gnuplot.h"
#include "apps/run/opened_run.h"
#include "apps/run/results_folder.h"
#include "apps/run/sharpness.h"
#include "core/suggest.h"
#include "data/formats/files.h"
#include "data/load.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct InspectOptions {
  std::string run, data, data_dir, images = "test", weights, out, json;
  int samples = 0;  // 0: a thousand, or all
  bool html = false, sharpness = false;
};

// The first batch that the run took.
Batch first_batch(const RunPlan& plan, const Dataset& train) {
  Loader loader(train, plan.loader, plan.order_seed);
  const Batch& batch = loader.next();
  return {batch.x.clone(), batch.labels};
}

// What ‖ηg‖/‖w‖ leaves out of the run's own steps.
std::string rate_words(const RunConfig& c) {
  const OptimizerRow& optimizer = find_named(optimizers(), c.optimizer, "--optimizer");
  if (*optimizer.scaling)
    return "; not " + std::string(optimizer.printed) + "'s own, which " + optimizer.scaling;
  std::string words;
  if (c.momentum > 0) words += ", without the run's momentum";
  if (c.schedule != schedules().front().name) words += ", before the " + c.schedule + " schedule";
  return words;
}

double sharpness_of(Module& model, const Batch& batch) {
  const Sharpness found = sharpness(model, batch);
  check(found.settled, "--sharpness: the power iteration has not settled after ", found.products,
        " products, at ", found.largest);
  return found.largest;
}

int inspect(const InspectOptions& o) {
  check(o.images == "test" || o.images == "train", "--images: expected test or train, got '", o.images, "'");
  check(o.html || o.out.empty(), "--out: has no effect here, it needs --html");
  OpenedRun run = open_run(o.run, "inspect", o.weights);
  warn_of_run(run);
  DataPair data = open_data_for(run, o.data, o.data_dir);
  RunConfig config = run.plan.config;
  config.precise = 0;  // the statistics are there
  config.train_size = std::min(config.train_size, data.train.size());
  const RunPlan plan = resolve(config, data);
  config = plan.config;
  if (Dataset own = samples_of(config, data.train).train; own.size()) data.train = std::move(own);
  const Dataset& seen = o.images == "test" ? data.test : data.train;
  const std::string images = o.images == "test" ? "test" : "training";
  check(o.samples <= seen.size(), "--samples: expected at most ", seen.size(), ", the number of ", images,
        " images, got ", o.samples);
  const InspectionOptions options{.samples = o.samples ? o.samples : std::min<Index>(1000, seen.size()),
                                  .seed = config.seed,
                                  .rate = config.lr,
                                  .label_smoothing = config.label_smoothing,
                                  .format = plan.loader.format};
  Inspection look;
  try {
    const Batch batch = first_batch(plan, data.train);
    look = inspect(run.model, seen, batch, options);
    if (o.sharpness) look.sharpness = sharpness_of(run.model, batch);
  } catch (const Error& e) {
    fail("inspect: the network of ", o.run, ": ", e.what());
  }

  const InspectedRun at{.run = o.run,
                        .network = network_words(config, data.train) + weights_words(run),
                        .optimizer = optimizer_words(config),
                        .images = images,
                        .data = data.train.name,
                        .rate = rate_words(config)};
  if (!o.json.empty()) {
    check_not_own(o.run, "json", o.json);
    write_file(o.json, look_json(look, at));
  }
  fs::path folder;
  if (o.html) {
    folder = o.out.empty() ? fs::path(o.run) / "inspect" : fs::path(o.out);
    check(!holds_results(folder), "--out ", folder.string(), ": holds results already; give another folder");
    make_results_folder(folder);
  }
  std::cout << terminal_text(look, at, wants_colour());
  if (!o.html) return exit_ok;
  write_file(folder / "report.html", look_page(look, at, folder).str());
  std::cout << '\n' << figures_words() << (folder / "report.html").string() << '\n';
  return exit_ok;
}

}  // namespace

Command inspect_command() {
  const char* const notes =
      "saturated: an output of a sigmoid below 0.01 or above 0.99, of a tanh beyond ±0.98; always: at every "
      "image\nstill: a unit of them whose output has a standard deviation below 1% of the range (0.01, 0.02) "
      "over the images\ndead: a unit of ReLUs that is 0 for every image and at every position\nupdate: "
      "‖ηg‖/‖w‖, a step of plain SGD at the run's --lr over the size of the weights";
  auto o = std::make_shared<InspectOptions>();
  return {
      .name = "inspect",
      .help = "Look inside a trained network: activations, gradients, updates, normalizers",
      .options =
          {run_argument(o->run),
           {"samples", "N", "images that the activations see [1000, or all if there are fewer]",
            set_whole("samples", o->samples, 1, 1'000'000'000)},
           {"images", "SET", "whose images these are: test or train [test]", set_text(o->images)},
           {"sharpness", "",
            "measure how curved the loss is on the batch too: the largest eigenvalue of its Gauss–Newton matrix",
            set_flag(o->sharpness)},
           weights_option(o->weights),
           {"data", "NAME", one_of(names_of(data_sets()), ", ") + " or a folder [as the run]",
            set_text(o->data)},
           {"data-dir", "DIR", "where to look for mnist/", set_text(o->data_dir)},
           {"html", "", "leave a page with figures too", set_flag(o->html)},
           {"out", "DIR", "folder for the page [RUN/inspect]", set_text(o->out)},
           {"json", "FILE", "write all numbers there, over what is there", set_text(o->json)}},
      .run = [o] { return inspect(*o); },
      .example = "norma inspect runs/001-train --html",
      .notes = notes};
}

}}  // namespace norma
