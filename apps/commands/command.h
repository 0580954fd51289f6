// What the subcommands share: the options of a run on the command line, the data's first line, exit codes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "apps/run/opened_run.h"
#include "apps/run/options.h"

namespace norma { inline namespace NORMA_BUILD {

/// What `norma` returns to the shell.
enum ExitCode {
  exit_ok = 0,
  // A check failed (a gradient is wrong), or something broke that is not the input's fault: the disk is full,
  // no memory is left.
  exit_failed = 1,
  exit_usage = 2,      // bad input: an option, a file, a configuration
  exit_diverged = 3,   // norma train: the loss stopped being finite, or exploded
  exit_stopped = 130,  // by Ctrl-C; train, compare and reproduce keep everything that is needed to continue
};

/// The options of a run that were given, by name, as written; defaults are not there.
using Given = std::map<std::string, std::string>;

/// `start`, changed by the file --config names (if it is not empty), then by the options given.
RunConfig make_config(RunConfig start, const std::string& config_file, const Given& given);

/// Error if an option was given that has no effect in any of
/// the configurations (--norm-eps without --norm batch).
void refuse_unused(const Given& given, const std::vector<RunConfig>& configs);

/// Reads the data of a configuration, says on stdout which (unless quiet), and resolves config.data to it.
DataPair open_data(RunConfig& config, bool quiet = false);

/// Reads the data that a trained network is to see: those named, else its run's own, which config then says,
/// with the network's classes, matched by name. test_only: pictures as CLASS/FILE in another folder than the
/// run's are all for testing, and there is no training set. Error if the images have another size, or a class
/// is none of the network's.
DataPair open_data_for(OpenedRun& run, const std::string& data, const std::string& data_dir,
                       bool quiet = false, bool test_only = false);

/// Says in a line on stderr that the run diverged, if it did and its last weights were opened, or that it has
/// no end yet.
void warn_of_run(const OpenedRun& run);

/// Says that a share of a grid is done, in `folder`, and what makes the report of all.
void say_share(const std::string& shard, const std::string& folder);

/// An option of one subcommand, besides those of a run.
struct CommandOption {
  std::string name;                             // "out"
  std::string metavar;                          // "DIR"; "" makes it a flag, without a value
  std::string help;                             // one line, with the default
  std::function<void(const std::string&)> set;  // Error on a value that is not allowed; a flag gets ""
  bool repeatable = false;  // set once for each time it is given; otherwise the last counts
  bool argument = false;    // not an option: a word that must be given, known by its metavar
  bool optional = false;    // an argument that may be omitted
};

/// The argument RUN: the folder of a run, left by `makers`.
CommandOption run_argument(std::string& target, const std::string& makers = "norma train");

/// The option --weights.
CommandOption weights_option(std::string& target);

/// A subcommand. main.cpp makes its command line of this and calls `run` for the exit code.
struct Command {
  std::string name, help;
  std::vector<CommandOption> options;
  std::function<int()> run;
  std::string example = {};  // a command line, for the help
  // The options of a run, if it takes them: what is given lands in *given; the help shows the defaults.
  Given* given = nullptr;
  RunConfig defaults = {};
  std::vector<std::string> without = {};  // run options that this command does not have
  std::string notes = {};                 // what the help says last
  bool several = false;                   // mpirun may start several processes of it
};

Command train_command();
Command compare_command();
Command reproduce_command();
Command data_command();
Command eval_command();
Command predict_command();
Command fold_command();
Command export_command();
Command inspect_command();
Command report_command();
Command runs_command();
Command watch_command();
Command find_lr_command();
Command gradcheck_command();
Command bench_command();
Command explain_command();

/// Setters for CommandOption::set. Error, naming the option, on
/// anything but a whole number from `least` to `most`, or a number above 0.
std::function<void(const std::string&)> set_text(std::string& target);
std::function<void(const std::string&)> set_flag(bool& target);
std::function<void(const std::string&)> add_text(std::vector<std::string>& target);
std::function<void(const std::string&)> set_whole(const std::string& name, int& target, int least, int most);
std::function<void(const std::string&)> set_number(const std::string& name, double& target);

}}  // namespace norma
