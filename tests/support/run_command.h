// Runs the `norma` command as a person would: in a new, empty folder, with a small data set at hand, what it
// says caught, and ended after a minute whatever it does.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using json = nlohmann::json;

inline std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void put(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// An IDX file of bytes: 0x08 and the rank, the sizes, the values.
inline std::string idx(const std::vector<unsigned>& sizes, const std::string& values) {
  std::string file = {0, 0, 8, static_cast<char>(sizes.size())};
  for (unsigned n : sizes) {
    for (int shift : {24, 16, 8, 0}) file += static_cast<char>(n >> shift & 255);
  }
  return file + values;
}

/// n pictures of 6 × 6: in class k the rows 2k and 2k + 1 are bright, the rest is noise; with their labels.
struct Pictures {
  std::string images, labels;
  explicit Pictures(unsigned n, unsigned classes = 3) {
    std::string pixels, classes_of;
    unsigned noise = n;
    for (unsigned i = 0; i < n; ++i) {
      for (unsigned p = 0; p < 36; ++p) {
        noise = noise * 1664525 + 1013904223;
        pixels += static_cast<char>((noise >> 24) % 150 + (p / 12 == i % classes ? 100 : 0));
      }
      classes_of += static_cast<char>(i % classes);
    }
    images = idx({n, 6, 6}, pixels);
    labels = idx({n}, classes_of);
  }
};

inline const char *train_images = "train-images-idx3-ubyte", *train_labels = "train-labels-idx1-ubyte",
                  *test_images = "t10k-images-idx3-ubyte", *test_labels = "t10k-labels-idx1-ubyte";

inline void put_data(const fs::path& folder, unsigned training, unsigned testing, unsigned classes = 3) {
  const Pictures train(training, classes), test(testing, classes);
  put(folder / train_images, train.images);
  put(folder / train_labels, train.labels);
  put(folder / test_images, test.images);
  put(folder / test_labels, test.labels);
}

struct Finished {
  int code = -1;  // −1: it was ended by a signal, or by us
  std::string out, err;
};

/// Whether this machine gives terminals to programs; if not, says what is left out.
inline bool has_terminals() {
  const int ours = posix_openpt(O_RDWR | O_NOCTTY);
  const char* name = ours < 0 || unlockpt(ours) != 0 ? nullptr : ptsname(ours);
  const int theirs = name ? open(name, O_RDWR | O_NOCTTY) : -1;
  for (const int end : {ours, theirs})
    if (end >= 0) close(end);
  if (theirs < 0) MESSAGE("SKIPPED: what is shown on a terminal (needs /dev/pts)");
  return theirs >= 0;
}

/// A place to run commands in: `here`, where they start, and `data`, 61 + 20 pictures of three classes.
class Place {
 public:
  fs::path root, here, data;
  Words under = {};  // another program that runs it, such as prlimit, and what that is told

  Place() {
    std::string pattern = (fs::temp_directory_path() / "norma-command-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    root = fs::canonical(pattern);
    here = root / "here";
    data = root / "data";
    fs::create_directory(here);
    put_data(data, 61, 20);
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Words at blanks, a tab is a blank inside a word; $DATA is the data's folder, '' an empty
  /// word, TINY the options of a run of milliseconds.
  Words words(const std::string& line) const {
    Words all;
    std::istringstream in(line);
    for (std::string word; std::getline(in, word, ' ');) {
      if (word.empty()) continue;
      std::replace(word.begin(), word.end(), '\t', ' ');
      if (word == "TINY") {
        for (const char* w : {"--hidden", "8", "--steps", "20", "--quiet", "--data"}) all.push_back(w);
        word = data.string();
      }
      if (const auto at = word.find("$DATA"); at != std::string::npos) word.replace(at, 5, data.string());
      all.push_back(word == "''" ? "" : word);
    }
    return all;
  }

  Finished run(const std::string& line, const Words& environment = {}, const std::string& out = "") const {
    return run(words(line), environment, out);
  }

  /// `environment` ("NAME=value") comes before the test's own; of that, what names places of data and figures
  /// is not passed on. `out` stands for a file that takes the standard output. `strike` is asked every
  /// millisecond for a signal to send it; 0: none. It may run a command itself.
  Finished run(
      const Words& arguments, Words environment = {}, const std::string& out = "",
      const std::function<int()>& strike = [] { return 0; }) const {
    environment.push_back("HOME=" + (root / "home").string());
    environment.push_back("NORMA_GNUPLOT=");  // figures take longer than all the rest
    for (char** e = environ; *e; ++e) {
      const std::string entry = *e, name = entry.substr(0, entry.find('=') + 1);
      const bool own = name == "XDG_CACHE_HOME=" || name == "NORMA_DATA_DIR=";
      const bool known = std::any_of(environment.begin(), environment.end(),
                                     [&](const std::string& set) { return set.starts_with(name); });
      if (!own && !known) environment.push_back(entry);
    }
    Words command = under;
    command.push_back(NORMA_COMMAND);
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv, envp;
    for (std::string& w : command) argv.push_back(w.data());
    for (std::string& e : environment) envp.push_back(e.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    // A command that is run while another is at work has files of its own.
    const std::string inner = at_work_ ? "-" + std::to_string(at_work_) : "";
    const std::string out_file = out.empty() ? (root / ("out" + inner)).string() : out,
                      err_file = (root / ("err" + inner)).string();

    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const int in = open("/dev/null", O_RDONLY),
                o = open(out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600),
                e = open(err_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (in >= 0 && o >= 0 && e >= 0 && dup2(in, 0) == 0 && dup2(o, 1) == 1 && dup2(e, 2) == 2 &&
          chdir(here.c_str()) == 0)
        execve(argv[0], argv.data(), envp.data());
      _exit(127);
    }
    // Against hangs: longer than any command takes, under a sanitizer too, and shorter than CTest waits.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(400);
    int status = 0;
    ++at_work_;
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > end) kill(child, SIGKILL);
      if (const int signal = strike()) kill(child, signal);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    --at_work_;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out.empty() ? contents(out_file) : "",
            contents(err_file)};
  }

  /// The same on a terminal, which script(1) gives it: all that it shows there, with \n for a new line.
  /// `variables` are words for env(1), such as "TERM=dumb".
  std::string on_terminal(const std::string& command, const std::string& variables) const {
    const std::string file = (root / "typescript").string();
    std::string line =
        "cd " + here.string() + " && env " + variables + " NORMA_GNUPLOT= script -qec '" NORMA_COMMAND;
    for (const std::string& word : words(command)) line += " " + word;
    REQUIRE(std::system((line + "' " + file + " > /dev/null 2>&1 < /dev/null").c_str()) == 0);
    std::string shown;
    std::istringstream in(contents(file));
    std::getline(in, shown);  // script's own
    std::string all;
    while (std::getline(in, shown)) {
      if (shown.ends_with('\r')) shown.pop_back();
      all += shown + '\n';
    }
    return all;
  }

  /// Runs it, wants success and the folder `out` made; returns the folder.
  fs::path make(const std::string& line, const std::string& out, const Words& environment = {}) const {
    const Finished f = run(line + " --out " + out, environment);
    INFO("norma ", line, " --out ", out, "\n", f.err);
    REQUIRE(f.code == 0);
    return here / out;
  }

  /// All files and folders in `here`, or in one of its folders.
  std::set<std::string> files(const std::string& folder = ".") const {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(here / folder))
      all.insert(fs::relative(entry.path(), here / folder).string());
    return all;
  }

 private:
  mutable int at_work_ = 0;  // commands that run() waits for
};

/// Bad input: code 2, one line on stderr that has every one of `wanted`, and nothing new in the folder.
inline void check_refused(const Place& place, const Words& arguments, const Words& wanted) {
  std::string line, problems;
  for (const std::string& w : arguments) line += " " + w.substr(0, 200);
  const auto before = place.files();
  const Finished f = place.run(arguments);
  auto want = [&](bool ok, const std::string& what) { problems += ok ? "" : what + "; "; };
  want(f.code == 2, "exit code " + std::to_string(f.code));
  want(f.err.starts_with("norma: ") && f.err.find('\n') + 1 == f.err.size(), "not one line");
  want(f.err.size() <= 1000, "a line of " + std::to_string(f.err.size()) + " bytes");
  want(std::none_of(f.err.begin(), f.err.end(), [](char c) { return c >= 0 && c < 32 && c != '\n'; }),
       "control characters");
  for (const std::string& w : wanted) want(has(f.err, w), "does not say " + w);
  want(place.files() == before, "leaves files behind");
  CHECK_MESSAGE(problems.empty(), "norma", line, "\n", f.err.substr(0, 500), "→ ", problems);
}

inline void check_refused(const Place& place, const std::string& line, const Words& wanted) {
  check_refused(place, place.words(line), wanted);
}

// The metrics of a run, each line by itself valid JSON.
inline std::vector<json> metrics(const fs::path& run) {
  std::vector<json> lines;
  std::ifstream in(run / "metrics.jsonl");
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

inline json config(const fs::path& run) { return json::parse(contents(run / "config.json")); }
inline std::string model(const fs::path& run) { return contents(run / "model.safetensors"); }

// Without what a clock said.
inline json without_times(json j) {
  if (j.is_object()) j.erase("seconds");
  for (json& part : j) {
    if (part.is_structured()) part = without_times(part);
  }
  return j;
}

inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Command lines that are refused, and the words in their messages.
struct Fault {
  std::string line;
  Words wanted;
};
inline void check_all(const Place& place, const std::vector<Fault>& faults) {
  for (const Fault& f : faults) check_refused(place, f.line, f.wanted);
}

/// Words with blanks inside, as --layers has them.
inline Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The folder of a run of these words, which must end well.
inline fs::path make(const Place& place, const Words& words, const std::string& out) {
  const Finished f = place.run(with(words, {"--out", out}));
  INFO(words.back(), "\n", f.err);
  REQUIRE(f.code == 0);
  return place.here / out;
}

/// What `norma eval --json` says.
inline json eval_json(const Place& place, const std::string& line, const Words& environment = {}) {
  const Finished f = place.run("eval " + line + " --json", environment);
  INFO(f.err);
  REQUIRE(f.code == 0);
  return json::parse(f.out);
}

}}  // namespace norma
