#include "apps/commands/help.h"

#include <algorithm>
#include <sstream>

#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr int width = 80, left = 32;  // what something does begins in column 32

/// "  --out DIR                     folder for the results"; a long name has a line to itself.
std::string entry(const std::string& name, const std::string& words) {
  const std::string margin = '\n' + std::string(left, ' '), start = "  " + name;
  const int room = left - display_width(start);
  return start + (room > 0 ? std::string(room, ' ') : margin) +
         wrapped(words, width - left, margin.substr(1)) + '\n';
}

std::string help_entry(const std::string& words = "show this help") { return entry("-h,--help", words); }

// The options of a run that --help shows; --help-all shows the others too.
bool is_common(const Option& o) {
  static const std::vector<std::string> common = {
      "data",       "resize", "split",     "validation", "model",    "layers",       "hidden",
      "activation", "norm",   "optimizer", "lr",         "momentum", "weight-decay", "schedule",
      "batch-size", "epochs", "steps",     "eval-every", "seed"};
  return std::find(common.begin(), common.end(), o.name) != common.end();
}

bool has_run_option(const Command& c, const Option& o) {
  return c.given && std::find(c.without.begin(), c.without.end(), o.name) == c.without.end();
}

}  // namespace

std::string help_of(const std::vector<Command>& commands) {
  std::string text =
      "Usage: norma [OPTIONS] [SUBCOMMAND]\n" +
      wrapped(
          "Norma: a small deep-learning framework. Trains networks with and without Batch Normalization and "
          "compares them.") +
      "\n\nOptions:\n" + help_entry("show this help; `norma COMMAND --help` lists the options of a command") +
      entry("--version", "the version, and the BLAS kernel in use") + "\nSubcommands:\n";
  for (const Command& c : commands) text += entry(c.name, c.help);
  return text + '\n' +
         wrapped(
             "Exit codes: 0 done, 1 a check failed or something broke (a full disk, no memory), 2 bad input, "
             "3 "
             "training diverged, 130 stopped.") +
         '\n';
}

std::string help_of(const Command& command, bool all) {
  std::string usage = "Usage: norma " + command.name + " [OPTIONS]", arguments;
  std::vector<std::pair<std::string, std::string>> groups = {
      {"Options", help_entry()}};  // a heading, its entries
  if (command.given) groups[0].second += entry("--help-all", "show all options");
  for (const CommandOption& o : command.options) {
    if (!o.argument) {
      groups[0].second += entry("--" + o.name + (o.metavar.empty() ? "" : " " + o.metavar), o.help);
      continue;
    }
    const std::string word = o.metavar + (o.repeatable ? "..." : "");
    usage += o.optional ? " [" + word + "]" : " " + word;
    arguments += entry(word, o.help);
  }
  int more = 0;
  for (const Option& o : run_options()) {
    if (!has_run_option(command, o)) continue;
    if (!all && !is_common(o)) {
      ++more;
      continue;
    }
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == o.group; });
    if (group == groups.end()) group = groups.insert(group, {o.group, ""});
    const std::string usual = o.get(command.defaults);
    group->second +=
        entry("--" + o.name + " " + o.metavar + (usual.empty() ? "" : " [" + usual + "]"), o.help);
  }
  std::string text = usage + '\n' + wrapped(command.help) + '\n';
  if (!arguments.empty()) text += "\nPositionals:\n" + arguments;
  for (const auto& [heading, entries] : groups) text += '\n' + heading + ":\n" + entries;
  if (more > 0)
    text += "\nnorma " + command.name + " --help-all shows " + std::to_string(more) + " more options.\n";
  if (!command.example.empty()) text += "\nExample: " + command.example + '\n';
  if (!command.notes.empty()) text += '\n';
  std::istringstream notes(command.notes);
  for (std::string line; std::getline(notes, line);) text += wrapped(line, 78, "  ") + '\n';
  return text;
}

}}  // namespace norma
