// norma export: a run's model and metrics as files that other programs read.
#include <algorithm>
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "apps/run/metrics.h"
#include "apps/run/onnx.h"
#include "apps/run/opened_run.h"
#include "apps/run/results_folder.h"
#include "core/autograd.h"
#include "core/suggest.h"
#include "data/formats/files.h"
#include "data/formats/npy.h"
#include "layers/fold.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

struct ExportOptions {
  std::string run, weights, onnx, npz, logits, csv, tensorboard;
  std::vector<std::string> npy;  // NAME=FILE
  int images = 0;                // 0: not given
  bool fold = false, overwrite = false;
};

// A file to be written, and what the command says of it.
struct Output {
  std::string option;  // that asked for it
  fs::path path;
  std::string bytes, holds;
};

// Images, labels and logits of the first `n` of the test set.
std::string logits_npz(Module& model, const RunPlan& plan, const Dataset& data, Index n) {
  NoGrad guard;
  Batch batch;
  std::vector<real> images, logits;
  for (Index first = 0; first < n; first += 100) {
    fill(data, first, std::min<Index>(100, n - first), plan.loader.format, batch);
    const Tensor y = model(batch.x);
    images.insert(images.end(), batch.x.values().begin(), batch.x.values().end());
    logits.insert(logits.end(), y.values().begin(), y.values().end());
  }
  const std::vector<std::int64_t> labels(data.labels.begin(), data.labels.begin() + n);
  return encode_npz({{"images", encode_npy(batch_shape(n, plan.input), images)},
                     {"labels", encode_npy({n}, labels)},
                     {"logits", encode_npy({n, plan.about.classes}, logits)}});
}

void add_arrays(const ExportOptions& o, const StateDict& state, std::vector<Output>& outputs) {
  const std::vector<std::string> known = names_of(state);
  for (const std::string& text : o.npy) {
    const std::size_t at = text.find('=');
    check(at != text.npos && at > 0 && at + 1 < text.size(),
          "--npy: expected NAME=FILE.npy, such as 0.weight=weight.npy, got '", text, "'");
    const std::string name = text.substr(0, at);
    const auto it = std::find(known.begin(), known.end(), name);
    check(it != known.end(), "--npy: the model has no '", name, "'", did_you_mean(name, known));
    const StateEntry& e = state[it - known.begin()];
    outputs.push_back({"npy", text.substr(at + 1), encode_npy(e),
                       text_of(name, " ", e.counter ? Shape() : e.tensor.shape(), " for NumPy")});
  }
  if (!o.npz.empty())
    outputs.push_back({"npz", o.npz, encode_npz(state), text_of("all ", state.size(), " arrays for NumPy")});
}

void add_model(const ExportOptions& o, const fs::path& run, std::vector<Output>& outputs) {
  check(o.weights == "best" || !diverged(run), "export: ", run.string(),
        " diverged; its model is of no use (its metrics are: --csv, --tensorboard)");
  OpenedRun opened = open_run(run, "export", o.weights);
  warn_of_run(opened);
  Sequential& model = opened.model;
  const RunPlan& plan = opened.plan;
  if (o.fold) fold_batchnorm(model);

  if (!o.onnx.empty()) {
    OnnxGraph graph = onnx_graph(model, plan.input);
    const std::string takes = "input " + batch_words(graph.input),
                      gives = "logits " + batch_words(graph.output);
    graph.words =
        text_of(takes, ": a pixel p in 0..255 as ", plan.config.binarize ? "1 if p >= 128, else 0" : "p/255",
                "; ", gives, "; layers: ", to_text(plan.network),
                o.fold ? "; each bn folded into the layer before it" : "", weights_words(opened));
    json classes = json::array();
    for (int c = 0; c < plan.about.classes; ++c) classes.push_back(plan.about.class_name(c));
    graph.metadata["classes"] = json_text(classes);
    outputs.push_back(
        {"onnx", o.onnx, encode_onnx(graph, NORMA_VERSION),
         text_of("ONNX, opset ", onnx_opset, ", ", graph.nodes.size(), " operators: ", takes, " → ", gives)});
  }
  add_arrays(o, model.state_dict(), outputs);
  if (!o.logits.empty()) {
    const DataPair data = open_data_for(opened, "", "");
    const Index n = o.images ? o.images : std::min<Index>(100, data.test.size());
    check(n <= data.test.size(), "--images: expected at most ", data.test.size(),
          ", the size of the test set, got ", n);
    outputs.push_back({"logits", o.logits, logits_npz(model, plan, data.test, n),
                       text_of("images, labels and logits of ", n, n == 1 ? " test image" : " test images")});
  }
}

void add_metrics(const ExportOptions& o, const fs::path& run, std::vector<Output>& outputs) {
  const std::string file = (run / "metrics.jsonl").string();
  const std::vector<MetricsLine> lines = parse_metrics(read_file(file), file);
  if (!o.csv.empty())
    outputs.push_back({"csv", o.csv, metrics_csv(lines),
                       text_of("the metrics, ", lines.size(), lines.size() == 1 ? " row" : " rows")});
  if (!o.tensorboard.empty()) {
    const std::vector<Scalar> scalars = metrics_scalars(lines);
    outputs.push_back({"tensorboard", fs::path(o.tensorboard) / "events.out.tfevents.norma",
                       encode_events(scalars),
                       text_of("the metrics for TensorBoard, ", scalars.size(), " points")});
  }
}

// Error unless every file may be written: none twice, none of the run's own, none that is there without
// --overwrite.
void check_places(const ExportOptions& o, const std::vector<Output>& outputs) {
  std::error_code none;
  auto whole = [&](const fs::path& path) { return fs::weakly_canonical(fs::absolute(path), none); };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& [option, path, bytes, holds] = outputs[i];
    check_not_own(o.run, option, path);
    for (std::size_t j = 0; j < i; ++j)
      check(whole(path) != whole(outputs[j].path), "--", option, " ", path.string(), ": is what --",
            outputs[j].option, " writes; give another file");
    check(o.overwrite || !fs::exists(fs::symlink_status(path, none)), "--", option, " ", path.string(),
          ": is there already; give another file, or --overwrite");
  }
}

// Makes a folder and those above it; what is new goes into `made`, outermost first.
void make_folders(const fs::path& folder, std::vector<fs::path>& made) {
  std::error_code error;
  if (folder.empty() || fs::exists(folder, error)) return;
  make_folders(folder.parent_path(), made);
  fs::create_directory(folder, error);
  check(!error, "--tensorboard ", folder.string(), ": cannot make this folder: ", error.message());
  made.push_back(folder);
}

// Writes them all. If one cannot be written, the new ones before it are removed again, and the folders made
// for them.
void write_all(const std::vector<Output>& outputs) {
  std::vector<fs::path> made;
  std::error_code ignored;
  try {
    for (const Output& output : outputs) {
      if (output.option == "tensorboard") make_folders(output.path.parent_path(), made);
      const bool fresh = !fs::exists(output.path, ignored);
      write_file(output.path, output.bytes);
      if (fresh) made.push_back(output.path);
    }
  } catch (const Error&) {
    for (auto path = made.rbegin(); path != made.rend(); ++path) fs::remove(*path, ignored);
    throw;
  }
}

int export_run(const ExportOptions& o) {
  const fs::path run = o.run;
  const bool model = !o.onnx.empty() || !o.npy.empty() || !o.npz.empty() || !o.logits.empty(),
             metrics = !o.csv.empty() || !o.tensorboard.empty();
  check(model || metrics,
        "export: nothing to write; expected --onnx, --npy, --npz, --logits, --csv or --tensorboard");
  check(!o.fold || model, "--fold: has no effect here, it needs --onnx, --npy, --npz or --logits");
  check(o.weights.empty() || model,
        "--weights: has no effect here, it needs --onnx, --npy, --npz or --logits");
  check(!o.images || !o.logits.empty(), "--images: has no effect here, it needs --logits");
  std::error_code none;
  check(fs::is_directory(run, none), run.string(), ": is not a folder that norma train left");
  std::vector<Output> outputs;
  if (model) add_model(o, run, outputs);
  if (metrics) add_metrics(o, run, outputs);
  check_places(o, outputs);
  write_all(outputs);
  Table table({"file", "holds"});
  for (const Output& output : outputs) table.row({output.path.string(), output.holds});
  std::cout << table.text();
  return exit_ok;
}

// An option that names a file or folder, which may not be "".
CommandOption place(const std::string& name, const std::string& metavar, const std::string& help,
                    std::string& target) {
  return {name, metavar, help, [name, metavar, &target](const std::string& v) {
            check(!v.empty(), "--", name, ": expected ", metavar, ", got ''");
            target = v;
          }};
}

}  // namespace

Command export_command() {
  auto o = std::make_shared<ExportOptions>();
  return {
      .name = "export",
      .help = "Write a run's model for ONNX and NumPy, its metrics for tables and TensorBoard",
      .options =
          {run_argument(o->run, "norma train or norma fold"),
           place("onnx", "FILE.onnx", "the network at inference, opset 15: input (N, …), logits (N, classes)",
                 o->onnx),
           {.name = "npy",
            .metavar = "NAME=FILE.npy",
            .help = "one array of the model by its name in model.safetensors, for NumPy; may be given again",
            .set = add_text(o->npy),
            .repeatable = true},
           place("npz", "FILE.npz", "all arrays of the model, for NumPy", o->npz),
           place("logits", "FILE.npz",
                 "the network's answers to the first test images: images, labels, logits, for NumPy",
                 o->logits),
           {"images", "N", "how many test images for --logits [100, or all if there are fewer]",
            set_whole("images", o->images, 1, 1'000'000)},
           weights_option(o->weights),
           {"fold", "", "fold batch normalization into the layers before it first, as norma fold does",
            set_flag(o->fold)},
           place("csv", "FILE.csv", "metrics.jsonl as a table, one row per line", o->csv),
           place("tensorboard", "DIR",
                 "metrics.jsonl as an event file in this folder, by step; it contains no wall-clock time",
                 o->tensorboard),
           {"overwrite", "", "replace files that are there already", set_flag(o->overwrite)}},
      .run = [o] { return export_run(*o); },
      .example = "norma export runs/001-train --onnx model.onnx --fold"};
}

}}  // namespace norma
