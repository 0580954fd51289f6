// What the subcommands share: the options of a run on the command line, the data's first line, exit codes.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

#include "apps/experiment.h"
#include "apps/options.h"

namespace norma::inline NORMA_BUILD {

/// What `norma` returns to the shell.
enum ExitCode {
  exit_ok = 0,
  exit_failed = 1,  // a check failed (a gradient is wrong), or something broke that is no fault of the input
  exit_usage = 2,   // bad input: an option, a file, a configuration
  exit_diverged = 3,  // norma train: the loss stopped being finite, or exploded
};

/// The options of a run that were given, by name, as written; defaults are not there.
using Given = std::map<std::string, std::string>;

/// Adds every run option but those named in `without` to `command`; those on the command line land in
/// `given`.
void add_run_options(CLI::App& command, Given& given, const RunConfig& defaults,
                     const std::vector<std::string>& without = {});

/// `start`, changed by the file --config names (if it is not empty), then by the options given.
RunConfig make_config(RunConfig start, const std::string& config_file, const Given& given);

/// Reads the data of a configuration, says on stdout which, and resolves config.data to it.
DataPair open_data(RunConfig& config);

/// "784-100-100-100-10, sigmoid, batch norm before it"
std::string network_words(const RunConfig& config, const Dataset& data);

/// "SGD, lr 0.1, momentum 0.9, batches of 60"
std::string optimizer_words(const RunConfig& config);

/// Whether stderr is a terminal, where a progress line may be written over.
bool interactive();

/// A subcommand: added to `app`; the function returned runs it, once its options are parsed, and returns its
/// exit code.
using Action = std::function<int()>;
Action add_train(CLI::App& app);
Action add_compare(CLI::App& app);
Action add_gradcheck(CLI::App& app);
Action add_bench(CLI::App& app);

}  // namespace norma::inline NORMA_BUILD
