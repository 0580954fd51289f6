// norma data: what a data set consists of, before anything is trained on it.
#include <iostream>
#include <memory>

#include "apps/commands/command.h"
#include "apps/compare/data_summary.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "data/formats/files.h"
#include "data/load.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

/// The options of a run that say what the data are, besides --data itself.
constexpr const char* run_names[] = {"data-dir", "colour", "resize", "split", "split-seed"};

struct DataOptions {
  Given given;
  std::string name, out;
  bool overwrite = false;
};

void write_page(const DataPair& data, const std::string& note, const fs::path& file) {
  Page page(data.train.name + ": the data");
  page.lead(count(double(data.train.size())) + " training and " + count(double(data.test.size())) +
            " test images, " + summary_words(data) + ".");
  page.text(data.train.source + (note.empty() ? "" : "; " + note) + '.');
  add_samples(page, data.train);
  page.section("Classes").table(class_table(data));
  page.section("Channels").table(channel_table(data), "Over the training set, in parts of the full value.");
  write_file(file, page.str());
}

int data(const DataOptions& o) {
  std::error_code ignored;
  check(o.overwrite || o.out.empty() || !fs::exists(fs::symlink_status(o.out, ignored)), "--out ", o.out,
        ": is there already; give another file, or --overwrite");
  check(!o.overwrite || !o.out.empty(), "--overwrite: has no effect here, it needs --out");
  RunConfig config = make_config({}, "", o.given);
  config.data = o.name;
  refuse_unused(o.given, {config});
  const DataPair pair = open_data(config);
  std::cout << wrapped(summary_words(pair)) << "\n\n"
            << class_table(pair).text(2) << '\n'
            << channel_table(pair).text(2);
  if (o.out.empty()) return exit_ok;
  write_page(pair, pair.note, o.out);
  std::cout << '\n' << o.out << '\n';
  return exit_ok;
}

}  // namespace

Command data_command() {
  auto o = std::make_shared<DataOptions>();
  const std::string names = find_option("data").help;
  Command command{.name = "data",
                  .help = "What a data set consists of: classes, sizes, chance level, mean and deviation",
                  .options = {{.name = "name",
                               .metavar = "NAME",
                               .help = names.substr(0, names.rfind(" [")),
                               .set = set_text(o->name),
                               .argument = true}},
                  .run = [o] { return data(*o); },
                  .example = "norma data pictures --resize 32 --split 0.2 --out data.html"};
  for (const std::string name : run_names) {
    const Option& option = find_option(name);
    command.options.push_back(
        {name, option.metavar, option.help, [o, name](const std::string& value) { o->given[name] = value; }});
  }
  command.options.push_back(
      {"out", "FILE.html", "also a page with ten samples of each class", set_text(o->out)});
  command.options.push_back(
      {"overwrite", "", "replace a file that is there already", set_flag(o->overwrite)});
  return command;
}

}}  // namespace norma
