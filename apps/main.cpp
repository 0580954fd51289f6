// The `norma` command: finds the subcommand, runs it, turns what went wrong into one line and an exit code.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <new>

#include "apps/commands/help.h"
#include "apps/commands/terminal.h"
#include "apps/report/text.h"
#include "apps/run/agreement.h"
#include "apps/run/processes.h"
#include "core/blas.h"
#include "core/suggest.h"

using namespace norma;

namespace {

// Options as other programs call them.
const std::vector<Named<const char*>> other_options = {{"--learning-rate", "--lr"},
                                                       {"--rate", "--lr"},
                                                       {"--eta", "--lr"},
                                                       {"--color", "--colour"},
                                                       {"--image-size", "--resize"},
                                                       {"--img-size", "--resize"},
                                                       {"--wd", "--weight-decay"},
                                                       {"--l2", "--weight-decay"},
                                                       {"--bs", "--batch-size"},
                                                       {"--scheduler", "--schedule"},
                                                       {"--lr-schedule", "--schedule"},
                                                       {"--normalization", "--norm"},
                                                       {"--arch", "--model"},
                                                       {"--network", "--model"},
                                                       {"--output", "--out"},
                                                       {"--checkpoint", "--resume"},
                                                       {"--num-epochs", "--epochs"},
                                                       {"--workers", "--jobs"},
                                                       {"--clip", "--clip-norm"}};

// Everything on the command line that no option took is an error that names the nearest right word.
void refuse_extras(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    if (word == "--") continue;  // what follows is no option, whatever it looks like
    std::vector<std::string> known;
    const bool option = word.starts_with('-');
    if (option) {
      for (const CLI::Option* o : app.get_options()) known.push_back(o->get_name());
    } else {
      for (const CLI::App* sub : app.get_subcommands(nullptr)) known.push_back(sub->get_name());
    }
    const std::string name = our_name(word, other_options);
    const std::string which = nearest(name, known).empty() && known.size() > 20
                                  ? "; norma " + app.get_name() + " --help-all shows all options"
                                  : did_you_mean(name, known);
    fail(app.get_parent() ? app.get_name() + ": " : "", option ? "unknown option '" : "unexpected word '",
         word, "'", which);
  }
}

// OpenBLAS asks for memory until it gets it, even while it is loaded, so a limit that is too low is found
// before that.
__attribute__((no_sanitize("address", "undefined"))) void check_limit(int, char**, char**) {
  constexpr rlim_t least = 400'000'000;
  static const char line[] = "norma: not enough memory: a limit (ulimit -v) of less than 400 MB\n";
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= least) return;
  [[maybe_unused]] const auto said = write(STDERR_FILENO, line, sizeof line - 1);
  _exit(exit_failed);
}
__attribute__((section(".preinit_array"), used)) void (*const before_all)(int, char**, char**) = check_limit;

// One line on stderr, whatever the message holds.
void say(const std::string& message) {
  constexpr std::size_t most = 900;
  std::string line = one_line(message);
  if (line.size() > most) line = one_line(line.substr(0, most - 100)) + " …";
  std::cerr.clear();
  std::cerr << "norma: " << line << '\n';
}

// Of several processes only the first writes; of the others only say() is heard.
void be_silent() {
  check(std::freopen("/dev/null", "w", stdout), "/dev/null: cannot be written");
  std::cerr.setstate(std::ios::failbit);
}

// The words of a command line, an option with its values in a line.
std::string command_lines(int argc, char** argv) {
  std::string text;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    text += (i == 1 ? "" : word.starts_with("--") ? "\n" : " ") + word;
  }
  return text;
}

// A message in CLI11's words, in ours.
std::string in_our_words(const CLI::ParseError& e) {
  const std::string words = e.what();
  if (words.find("flag override") != std::string::npos)
    return "--" + words.substr(0, words.find(' ')) + ": takes no value";
  if (e.get_name() == "ArgumentMismatch")
    return words.substr(0, words.find(':')) + ": expected a value after it";
  return words;
}

// Options go to CLI11 as text; what they mean, each command says.
void add(CLI::App& app, const Command& command) {
  CLI::App& sub = *app.add_subcommand(command.name);
  sub.allow_extras();
  if (command.given) sub.set_help_all_flag("--help-all");
  sub.formatter_fn([&command](auto&&, auto&&, CLI::AppFormatMode mode) {
    return help_of(command, mode == CLI::AppFormatMode::All);
  });
  const bool list = std::any_of(command.options.begin(), command.options.end(), [](const CommandOption& o) {
    return o.argument && o.repeatable;  // takes all words that are left
  });
  for (const CommandOption& o : command.options) {
    if (o.metavar.empty()) {
      sub.add_flag_function("--" + o.name, [set = o.set](std::int64_t) { set(""); })->disable_flag_override();
    } else {
      auto each = [set = o.set, &sub, one = o.argument && !o.repeatable, argument = o.argument,
                   name = o.metavar, option = o.name](const std::vector<std::string>& values) {
        if (argument) refuse_extras(sub);
        check(!one || values.size() == 1, sub.get_name(), ": expected one ", name, ", got '", values.back(),
              "' too");
        for (const std::string& v : values) {
          check(!v.empty(), argument ? sub.get_name() : "--" + option, ": expected ", name, ", got ''");
          set(v);
        }
      };
      CLI::Option* option =
          sub.add_option_function<std::vector<std::string>>(o.argument ? o.metavar : "--" + o.name, each)
              ->required(o.argument && !o.optional)
              ->multi_option_policy(o.repeatable || o.argument ? CLI::MultiOptionPolicy::TakeAll
                                                               : CLI::MultiOptionPolicy::TakeLast);
      // If CLI11 lets one word take more, it takes the arguments that follow.
      if (!o.argument || !o.repeatable) option->expected(1);
      if (!o.argument || list) option->allow_extra_args(o.argument && o.repeatable);
    }
  }
  if (!command.given) return;
  for (const Option& o : run_options()) {
    if (std::find(command.without.begin(), command.without.end(), o.name) != command.without.end()) continue;
    const bool path =
        o.name == "data" || o.name == "data-dir" || o.name == "init-from";  // others say it better
    auto keep = [given = command.given, name = o.name, metavar = o.metavar, path](const std::string& value) {
      check(!value.empty() || !path, "--", name, ": expected ", metavar, ", got ''");
      (*given)[name] = value;
    };
    sub.add_option_function<std::string>("--" + o.name, keep)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

// What a command came to.
struct Ending {
  int code;
  std::string problem = {};  // to be said; "": nothing
  bool common = false;       // all processes know of it
};

Ending run(int argc, char** argv) {
  std::vector<Command> commands;
  CLI::App app("", "norma");
  app.set_help_flag("-h,--help");
  app.formatter_fn([&commands](auto&&...) { return help_of(commands); });
  app.set_version_flag("--version", [] {
    return "norma " NORMA_VERSION ", " + blas_description() + ", " + Processes::description();
  });
  app.allow_extras();
  app.require_subcommand(0, 1);
  try {
    if (Processes::all().rank() > 0) be_silent();
    agree(command_lines(argc, argv));
    commands = {data_command(),    train_command(),   eval_command(),      predict_command(),
                inspect_command(), runs_command(),    report_command(),    watch_command(),
                find_lr_command(), compare_command(), reproduce_command(), explain_command(),
                fold_command(),    export_command(),  gradcheck_command(), bench_command()};
    for (const Command& command : commands) add(app, command);
    app.parse(argc, argv);
    refuse_extras(app);
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
      std::cout << app.help();
      return {exit_usage};
    }
    refuse_extras(*chosen[0]);
    if (const std::string warning = blas_warning(); !warning.empty()) std::cerr << warning << '\n';
    const auto is_chosen = [&](const Command& command) { return command.name == chosen[0]->get_name(); };
    const Command& command = *std::ranges::find_if(commands, is_chosen);
    const int processes = Processes::all().size();
    check(processes == 1 || command.several, command.name, ": expected to run as one process, got ",
          processes, "; only train, compare and reproduce take several");
    check_memory(1);
    return {command.run()};
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return {app.exit(e)};  // --help, --version
    return {exit_usage, in_our_words(e)};
  } catch (const CommonFailure& e) {
    return {e.code, Processes::all().rank() == 0 ? e.what() : "", true};
  } catch (const DiskError& e) {
    return {exit_failed, e.what()};
  } catch (const Error& e) {
    return {exit_usage, e.what()};
  } catch (const std::filesystem::filesystem_error& e) {
    return {exit_usage, e.path1().string() + ": " + e.code().message()};
  } catch (const std::bad_alloc&) {
    return {exit_failed, "not enough memory"};
  } catch (const std::exception& e) {
    return {exit_failed, e.what()};
  }
}

// The same among several processes: while they agree, a failure of one is the end of all, with one message.
Ending among_processes(const Ending& ending) {
  const Processes& all = Processes::all();
  if (all.size() == 1 || ending.common) return ending;
  const std::string& problem = ending.problem;
  if (stage() != Stage::agreeing) {
    if (problem.empty() || all.rank() == 0) return ending;
    return {ending.code, concat("process ", all.rank() + 1, " of ", all.size(), ": ", problem)};
  }
  try {
    if (!problem.empty()) throw fail_together(problem, ending.code);
    exchange("");
    return ending;
  } catch (const CommonFailure& e) {
    return {e.code, all.rank() == 0 ? e.what() : "", true};
  } catch (const std::exception& e) {
    return {exit_failed, e.what()};
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file past its size limit is an error to report, not a death
  try {
    Processes::all();
  } catch (const Error& e) {
    if (launch().rank == 0) say(e.what());
    return exit_usage;
  }
  const Ending ending = among_processes(run(argc, argv));
  int code = ending.code;
  if (!ending.problem.empty()) say(ending.problem);
  if (!std::cout.flush() && code != exit_failed) {  // one failure is enough said
    say("cannot write to the standard output");
    code = exit_failed;
  }
  if (stage() == Stage::together && !ending.problem.empty()) Processes::all().abort(code);
  Processes::all().leave();
  return code;
}
