// The `norma` command: finds the subcommand, runs it, turns what went wrong into one line and an exit code.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <new>

#include "apps/commands/help.h"
#include "apps/commands/terminal.h"
#include "apps/report/text.h"
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
  std::cerr << "norma: " << line << '\n';
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

int run(int argc, char** argv) {
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
      return exit_usage;
    }
    refuse_extras(*chosen[0]);
    if (const std::string warning = blas_warning(); !warning.empty()) std::cerr << warning << '\n';
    for (const Command& command : commands) {
      if (command.name != chosen[0]->get_name()) continue;
      check_memory(1);
      return command.run();
    }
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    say(in_our_words(e));
    return exit_usage;
  } catch (const DiskError& e) {
    say(e.what());
  } catch (const Error& e) {
    say(e.what());
    return exit_usage;
  } catch (const std::filesystem::filesystem_error& e) {
    say(e.path1().string() + ": " + e.code().message());
    return exit_usage;
  } catch (const std::bad_alloc&) {
    say("not enough memory");
  } catch (const std::exception& e) {
    say(e.what());
  }
  return exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file past its size limit is an error to report, not a death
  const int code = run(argc, argv);
  if (std::cout.flush() || code == exit_failed) return code;  // one failure is enough said
  say("cannot write to the standard output");
  return exit_failed;
}
