// What the subcommands share: the options of a run on the command line, the data's first line, exit codes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "apps/experiment.h"
#include "apps/options.h"
#include "apps/trained.h"

namespace norma::inline NORMA_BUILD {

/// What `norma` returns to the shell.
enum ExitCode {
  exit_ok = 0,
  // A check failed (a gradient is wrong), or something broke that is no fault of the input: the disk is full, no memory
  // is left.
  exit_failed = 1,
  exit_usage = 2,      // bad input: an option, a file, a configuration
  exit_diverged = 3,   // norma train: the loss stopped being finite, or exploded
  exit_stopped = 130,  // by Ctrl-C; train and reproduce keep everything that is needed to go on
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

/// Reads the data that a trained network is to see: those named, else its run's own, which config then says, with the
/// network's classes, matched by name. Error if the images have another size, or a class is none of the network's.
DataPair open_data_for(Trained& trained, const std::string& data, const std::string& data_dir,
                       bool quiet = false);

/// Says in a line on stderr that the run diverged, if it did.
void warn_if_diverged(const std::filesystem::path& run);

/// "784-100-100-100-10, sigmoid, batch norm before it"
std::string network_words(const RunConfig& config, const Dataset& data);

/// "SGD, lr 0.1, momentum 0.9, batches of 60"
std::string optimizer_words(const RunConfig& config);

/// What one should know of the samples that a run takes, in sentences; else "": that each epoch leaves out a last batch of
/// one, which batch normalization cannot train on; that its statistics follow the order of the file; that not all classes
/// are among the first samples.
std::string sample_words(const RunConfig& resolved, const Dataset& train);

/// Error (std::runtime_error: exit code 1) if a limit on memory leaves no room for the work space that OpenBLAS wants for
/// each of `threads` threads: it would ask for it for ever.
void check_memory(int threads);

/// Calls `stop` at Ctrl-C, when the process is asked to end, and when its terminal goes away (but not under nohup).
void on_stop(void (*stop)(int));

/// Whether stderr is a terminal on which a line may be written over: not where TERM is dumb, or not set.
bool interactive();

/// A line on stderr that the next one is written over. It takes a carriage return and blanks, no escape sequence, and is
/// of use only where interactive().
class StatusLine {
 public:
  void show(const std::string& line, bool last = false);  // last: it stays
  void clear();

 private:
  int width_ = 0;
};

/// Whether standard output is a terminal that wants colours: not where NO_COLOR is set to anything (no-color.org), or
/// TERM is dumb, or not set.
bool wants_colour();

/// An option of one subcommand, besides those of a run.
struct CommandOption {
  std::string name;                             // "out"
  std::string metavar;                          // "DIR"; "" makes it a flag, without a value
  std::string help;                             // one line, with the default
  std::function<void(const std::string&)> set;  // Error on a value that is not allowed; a flag gets ""
  bool repeatable = false;  // set once for each time it is given; otherwise the last counts
  bool argument = false;    // not an option: a word that must be given, known by its metavar
  bool optional = false;    // of an argument: it need not
};

/// A subcommand. main.cpp makes its command line of this and calls `run` for the exit code.
struct Command {
  std::string name, help;
  std::vector<CommandOption> options;
  std::function<int()> run;
  std::string example = {};  // a command line, for the help
  // The options of a run, where it takes them: what is given lands in *given; the help shows the defaults.
  Given* given = nullptr;
  RunConfig defaults = {};
  std::vector<std::string> without = {};  // run options that this command does not have
  std::string notes = {};                 // what the help says last
};

Command train_command();
Command compare_command();
Command reproduce_command();
Command eval_command();
Command predict_command();
Command fold_command();
Command export_command();
Command inspect_command();
Command gradcheck_command();
Command bench_command();
Command explain_command();

/// Setters for CommandOption::set. Error, naming the option, on
/// anything but a whole number from `least` to `most`.
std::function<void(const std::string&)> set_text(std::string& target);
std::function<void(const std::string&)> set_flag(bool& target);
std::function<void(const std::string&)> set_whole(const std::string& name, int& target, int least, int most);

}  // namespace norma::inline NORMA_BUILD
