// The documents against what they speak of: links, commands and their options, formulas, lines of code.
// Spelling: check_spelling.cmake.
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "tests/support/markdown.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const fs::path repository = NORMA_SOURCE_DIR;

// Those of the top folder, of examples/ and exercises/, and of docs/ with its folders.
std::vector<fs::path> documents() {
  std::vector<fs::path> all;
  auto add = [&](const fs::directory_entry& entry) {
    if (entry.path().extension() == ".md") all.push_back(entry.path());
  };
  for (const fs::path& folder : {repository, repository / "examples", repository / "exercises"})
    for (const auto& entry : fs::directory_iterator(folder)) add(entry);
  for (const auto& entry : fs::recursive_directory_iterator(repository / "docs")) add(entry);
  return all;
}

std::vector<std::string> all_matches(const std::string& text, const std::string& pattern, int group = 1) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i)
    found.push_back(i->str(static_cast<std::size_t>(group)));
  return found;
}

// The files of the repository that a page links to.
std::set<fs::path> linked(const fs::path& document) {
  std::set<fs::path> files;
  for (const MarkdownLine& line : markdown_lines(document)) {
    if (!line.fence.empty()) continue;
    for (const std::string& target : all_matches(line.text, "\\]\\(([^)\\s#]+)"))
      if (!target.starts_with("http")) files.insert(fs::weakly_canonical(document.parent_path() / target));
  }
  return files;
}

std::string place(const fs::path& document, const MarkdownLine& line) {
  return fs::relative(document, repository).string() + ":" + std::to_string(line.number) + ": ";
}

// Runs of blanks as one: formulas stand at their own distances in the code.
std::string tight(const std::string& text) {
  return std::regex_replace(std::regex_replace(text, std::regex("\\s+"), " "), std::regex("^ | $"), "");
}

// Whether a formula stands in the code in full: a line ends behind it, or a wide gap, a comma or a semicolon
// follows.
bool stands_in(const std::string& code, const std::string& formula) {
  std::istringstream lines(code);
  for (std::string line; std::getline(lines, line);) {
    line = tight(std::regex_replace(line, std::regex(" {3,}"), ";"));
    for (auto at = line.find(formula); at != std::string::npos; at = line.find(formula, at + 1)) {
      const auto end = at + formula.size();
      if (end == line.size() || line[end] == ',' || line[end] == ';') return true;
    }
  }
  return false;
}

// The differentiable operations that core's headers declare.
std::set<std::string> operations() {
  std::set<std::string> names;
  for (const char* header :
       {"ops.h", "normalize.h", "normalize_parts.h", "conv.h", "pooling.h", "reparametrize.h"}) {
    const auto found = all_matches(contents(repository / "core" / header), "\nTensor ([a-z_0-9]+)\\(");
    CHECK_MESSAGE(!found.empty(), header);
    names.insert(found.begin(), found.end());
  }
  return names;
}

// What `norma X --help` names, for each subcommand X; and the claims and lessons that there are.
std::map<std::string, std::set<std::string>> options_by_command() {
  const Place here;
  const std::string help = here.run("--help").out;
  std::map<std::string, std::set<std::string>> options;
  for (const std::string& name : all_matches(help.substr(help.find("Subcommands:")), "\n  ([a-z-]+) ")) {
    for (const std::string& o :
         all_matches(here.run(name + (name == "train" || name == "compare" ? " --help-all" : " --help")).out,
                     "(--[a-z][a-z0-9-]*)"))
      options[name].insert(o);
  }
  for (const auto& [command, list] :
       {std::pair("reproduce", "reproduce --list"), std::pair("explain", "explain")}) {
    for (const std::string& name : all_matches('\n' + here.run(list).out, "\n  ([a-z][a-z-]+)(?:  |\n)"))
      options[command].insert(name);
  }
  return options;
}

// The problems of one line of code: `norma X --option …` whose X or option is not there, `norma reproduce
// CLAIM` and `norma explain LESSON` of unknown ones, or `--option` alone that no subcommand has.
std::string faults_of(const std::string& code, const std::map<std::string, std::set<std::string>>& options) {
  std::istringstream words(code);
  std::string problems, command;
  const bool alone = code.starts_with("--");
  bool next_is_command = false, before_options = false;
  for (std::string word; words >> word;) {
    if (word == "#" || word == "|" || word == "&&" || word == ";" || word == "…") command.clear();
    if (next_is_command) {
      next_is_command = false;
      if (std::regex_match(word, std::regex("[a-z][a-z-]+"))) {
        command = word;
        before_options = true;
        if (!options.count(command)) return "there is no `norma " + command + "`";
      }
    } else if (word == "norma" || word.ends_with("/norma")) {
      next_is_command = true;
    } else if ((command == "reproduce" || command == "explain") && before_options &&
               std::regex_match(word, std::regex("[a-z][a-z-]+"))) {
      if (!options.at(command).count(word)) problems += "`norma " + command + "` knows no " + word + "; ";
    } else if (std::smatch m; std::regex_search(word, m, std::regex("^(--[a-z][a-z0-9-]*)"))) {
      before_options = false;
      const bool known = std::any_of(options.begin(), options.end(), [&](const auto& entry) {
        return (alone || entry.first == command) && entry.second.count(m.str(1));
      });
      if ((alone || !command.empty()) && !known)
        problems += "no " + m.str(1) + " in `norma " + command + " --help`; ";
    }
  }
  return problems;
}

}  // namespace

TEST_CASE("docs: links lead to files and headings that are there") {
  int links = 0;
  for (const fs::path& document : documents()) {
    for (const MarkdownLine& line : markdown_lines(document)) {
      if (!line.fence.empty()) continue;
      for (const std::string& target : all_matches(spans(line.text, false)[0], "\\]\\(([^)\\s]+)\\)")) {
        if (target.starts_with("http")) continue;
        ++links;
        const auto hash = target.find('#');
        const fs::path file = hash == 0 ? document : document.parent_path() / target.substr(0, hash);
        CHECK_MESSAGE(fs::exists(file), place(document, line), target);
        if (hash == std::string::npos || !fs::exists(file)) continue;
        std::set<std::string> anchors;
        for (const MarkdownLine& l : markdown_lines(file)) anchors.insert(anchor(l));
        CHECK_MESSAGE(anchors.count(target.substr(hash + 1)), place(document, line), target);
      }
    }
  }
  CHECK(links > 20);
}

TEST_CASE("docs: the front door is a screenful, and every page can be reached from it") {
  const auto readme = markdown_lines(repository / "README.md");
  std::size_t words = 0;
  for (const MarkdownLine& line : readme) {
    std::istringstream in(line.text);
    words += static_cast<std::size_t>(std::distance(std::istream_iterator<std::string>(in), {}));
  }
  CHECK((readme.size() <= 130 && words <= 1300));
  std::set<fs::path> reached = {repository / "README.md"}, next = reached;
  while (!next.empty()) {
    std::set<fs::path> found;
    for (const fs::path& page : next) {
      for (const fs::path& file : linked(page))
        if (file.extension() == ".md" && fs::exists(file) && reached.insert(file).second) found.insert(file);
    }
    next = std::move(found);
  }
  for (const fs::path& page : documents())
    CHECK_MESSAGE(reached.count(page), page, " is linked from no page that the README leads to");
}

TEST_CASE("docs: every command and option is one that norma has") {
  const auto options = options_by_command();
  REQUIRE(options.count("train"));
  CHECK(faults_of("norma train --epochs 3 # --no-such", options) == "");
  CHECK(faults_of("build/release/norma train --epoch 3", options) != "");
  CHECK(faults_of("norma trian", options) != "");
  CHECK(faults_of("norma reproduce init --out init", options) == "");
  CHECK(faults_of("norma reproduce init inti", options) != "");
  CHECK(faults_of("norma explain variants", options) != "");
  CHECK(faults_of("--no-such", options) != "");
  int commands = 0;
  for (const fs::path& document : documents()) {
    std::string begun;  // a command whose line ends in \ goes on in the next one
    for (MarkdownLine line : markdown_lines(document)) {
      line.text = std::exchange(begun, "") + line.text;
      if (line.fence.starts_with("help ")) continue;  // check_help.cmake
      if (!line.fence.empty() && line.text.ends_with('\\')) {
        begun = line.text.substr(0, line.text.size() - 1);
        continue;
      }
      for (const std::string& code :
           line.fence.empty() ? spans(line.text, true) : std::vector<std::string>{line.text}) {
        commands += has(code, "norma ");
        const std::string faults = faults_of(code, options);
        CHECK_MESSAGE(faults.empty(), place(document, line), faults);
      }
    }
  }
  CHECK(commands > 20);
}

TEST_CASE(
    "docs: each operation has a section, whose formulas stand in the file it names, and a gradient check") {
  const fs::path document = repository / "docs" / "operations.md";
  std::set<std::string> sections, with_formulas;
  std::string section, file;
  for (const MarkdownLine& line : markdown_lines(document)) {
    if (line.text.starts_with("### ")) {
      section = line.text.substr(4);
      file.clear();
      CHECK_MESSAGE(sections.insert(section).second, place(document, line), "twice");
    }
    if (const auto links = all_matches(line.text, "\\]\\(\\.\\./(core/[a-z_]+\\.cpp)\\)");
        !links.empty() && !section.empty()) {
      file = contents(repository / links[0]);
      CHECK_MESSAGE(has(file, "Tensor " + section + "(const Tensor&"), place(document, line), "not in ",
                    links[0]);
    }
    if (line.fence != "formula") continue;
    with_formulas.insert(section);
    CHECK_MESSAGE(stands_in(file, tight(line.text)), place(document, line), "not in the code: ", line.text);
  }
  for (const std::string& name : operations()) {
    CHECK_MESSAGE(sections.count(name), name, " has no section in docs/operations.md");
    CHECK_MESSAGE(with_formulas.count(name), name, " has no formula in docs/operations.md");
  }
  for (const std::string& name : sections)
    CHECK_MESSAGE(operations().count(name), name, " is no operation of core");

  const Place here;
  const std::string checked = here.run("gradcheck").out;
  for (const std::string& name : operations())
    CHECK_MESSAGE(std::regex_search(checked, std::regex("(^|\n)" + name + "[ ,]")), name,
                  " is not in gradcheck's list");
}

// The tour says "[file](../file): search `this`, `that`"; and shows a change as a diff, whose first line
// names the file.
TEST_CASE("docs: what the tour sends one to look for, or to change, is there") {
  const fs::path document = repository / "docs" / "tour.md";
  int sought = 0, changed = 0;
  std::string file, name, paragraph;
  for (const MarkdownLine& line : markdown_lines(document)) {
    if (line.fence == "diff") {
      if (line.text.starts_with("--- ")) {
        name = line.text.substr(4);
        file = contents(repository / name);
        CHECK_MESSAGE(!file.empty(), place(document, line), name);
      } else if (line.text.starts_with("-")) {
        ++changed;
        CHECK_MESSAGE(count(tight(file), tight(line.text.substr(1))) == 1, place(document, line),
                      "not once in ", name);
      }
      continue;
    }
    if (!line.fence.empty()) continue;
    paragraph = line.text.empty() ? "" : paragraph + ' ' + line.text;
    std::smatch m;
    while (std::regex_search(paragraph, m,
                             std::regex("\\]\\(\\.\\./([^)]+)\\): search ((?:(?:, *)?`[^`]+`)+)[^,`]"))) {
      const std::string path = m.str(1), code = contents(repository / path);
      for (const std::string& wanted : spans(m.str(2), true)) {
        ++sought;
        CHECK_MESSAGE(has(code, wanted), place(document, line), "not in ", path, ": ", wanted);
      }
      paragraph = m.suffix();
    }
  }
  CHECK(sought > 20);
  CHECK(changed > 5);
}

// What the recipe says to copy stands so in the sources.
TEST_CASE("docs: the lines that the recipe for a normalizer shows are lines of the code") {
  std::string code;
  for (const char* file : {"layers/layernorm.cpp", "layers/groupnorm.cpp", "layers/network/words.cpp"})
    code += tight(contents(repository / file)) + ' ';
  int shown = 0;
  for (const fs::path& document : documents()) {
    bool here = false;
    for (const MarkdownLine& line : markdown_lines(document)) {
      if (line.text.starts_with("#")) here = has(line.text, " Add a normalizer");
      if (!here || line.fence != "cpp") continue;
      ++shown;
      const std::string wanted = tight(line.text.substr(0, line.text.find("  //")));
      CHECK_MESSAGE(has(code, wanted), place(document, line), "not in the code: ", wanted);
    }
  }
  CHECK(shown >= 6);
}

TEST_CASE("docs: each example is named in the examples' README and built by their CMakeLists.txt") {
  const std::string readme = contents(repository / "examples" / "README.md"),
                    build = contents(repository / "examples" / "CMakeLists.txt");
  int examples = 0;
  for (const auto& entry : fs::directory_iterator(repository / "examples")) {
    if (entry.path().extension() != ".cpp") continue;
    ++examples;
    CHECK_MESSAGE(has(readme, "[" + entry.path().filename().string() + "]"), entry.path().string());
    CHECK_MESSAGE(has(build, entry.path().stem().string()), entry.path().string());
  }
  CHECK(examples >= 3);
}

// What their statements and their graders send one to: `norma explain LESSON`, and files.
TEST_CASE("docs: each exercise is in the exercises' README; what it refers to is there") {
  const auto options = options_by_command();
  const std::string readme = contents(repository / "exercises" / "README.md");
  int exercises = 0, commands = 0, files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(repository / "exercises")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string name = entry.path().filename().string(), text = contents(entry.path());
    if (entry.path().parent_path().filename() == "exercises") {
      ++exercises;
      CHECK_MESSAGE(has(readme, "[" + name + "](" + name + ")"), name);
      CHECK_MESSAGE(has(text, concat("\n//   sh exercises/grade.sh ", name[1], "\n")), name);
    }
    for (const std::string& code : all_matches(text, "`(norma [^`]*)`")) {
      ++commands;
      CHECK_MESSAGE(faults_of(code, options).empty(), name, ": ", code);
    }
    for (const std::string& file :
         all_matches(text, "\\b(?:norma/)?((?:core|layers|docs|examples)/[a-z_]+\\.[a-z]+)\\b")) {
      ++files;
      CHECK_MESSAGE(fs::exists(repository / file), name, ": ", file);
    }
  }
  CHECK((exercises == 8 && commands >= 10 && files >= 10));
}

TEST_CASE("docs: CITATION.cff, the examples and the exercises state the version of CMakeLists.txt") {
  auto version = [](const char* file, const std::string& before) {
    return all_matches(contents(repository / file), before + "(\\d+\\.\\d+[.\\d]*)");
  };
  const auto full = version("CMakeLists.txt", "project\\(norma VERSION ");
  REQUIRE(full.size() == 1);
  CHECK(version("CITATION.cff", "\nversion: ") == full);
  for (const char* file : {"examples/CMakeLists.txt", "exercises/CMakeLists.txt"}) {
    const auto minor = version(file, "find_package\\(norma ");
    REQUIRE(minor.size() == 1);
    CHECK(full[0].starts_with(minor[0] + "."));
  }
}

TEST_CASE("docs: the scripts that the workflow, the image and the development container run are there") {
  int scripts = 0;
  for (const char* file : {".github/workflows/ci.yml", "Dockerfile", ".devcontainer/devcontainer.json"}) {
    for (const std::string& script :
         all_matches(contents(repository / file), "\\b([a-z]+/[a-z/]+\\.sh)\\b")) {
      ++scripts;
      CHECK_MESSAGE(fs::exists(repository / script), file, ": ", script);
    }
  }
  CHECK(scripts >= 7);
}

TEST_CASE("docs: the image installs the packages of the quickstart") {
  auto packages = [](const char* file) {
    const std::string text = std::regex_replace(contents(repository / file), std::regex("\\\\\n"), "");
    const auto lines = all_matches(text, "\\bsh \"?[^ ]*apps/install\\.sh\"? ([^\n]+)");
    return lines.size() == 1 ? tight(lines[0]) : "";
  };
  CHECK(packages("Dockerfile") == packages("apps/quickstart.sh"));
  CHECK(packages("Dockerfile") != "");
}

}}  // namespace norma
