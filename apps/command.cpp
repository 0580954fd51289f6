#include "apps/command.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string_view>

#include "apps/table.h"
#include "core/suggest.h"
#include "data/files.h"

namespace norma::inline NORMA_BUILD {
namespace {

std::string image_words(const Dataset& data) {
  return std::to_string(data.sample[2]) + "×" + std::to_string(data.sample[1]) +
         (data.sample[0] == 1 ? "" : " of several channels") + " in " + std::to_string(data.classes) +
         " classes";
}

}  // namespace

RunConfig make_config(RunConfig config, const std::string& config_file, const Given& given) {
  if (!config_file.empty()) {
    constexpr Index megabyte = 1 << 20;
    read_json(config, read_file(config_file, megabyte), "--config " + config_file);
  }
  for (const Option& o : run_options()) {  // in the table's order: steps after epochs
    const auto it = given.find(o.name);
    if (it == given.end()) continue;
    check(o.name != "layers" || !it->second.empty(),
          "--layers: is empty; a line such as \"linear 100, relu, linear 10\" wanted");
    o.set(config, it->second);
  }
  return config;
}

void refuse_unused(const Given& given, const std::vector<RunConfig>& configs) {
  for (const auto& entry : given) {
    const Option& o = find_option(entry.first);
    const bool used = std::any_of(configs.begin(), configs.end(), [&](const RunConfig& c) {
      return unmet_need(c, o.name).empty() || o.get(c) == o.get(RunConfig());
    });
    check(used, "--", o.name, ": has no effect here, it needs ",
          used ? "" : unmet_need(configs.front(), o.name));
  }
}

DataPair open_data(RunConfig& config, bool quiet) {
  DataPair data = load_data(config.data, config.data_dir);
  const bool drawn = data.train.name != "MNIST" && config.data.empty();
  if (config.data.empty()) config.data = drawn ? "digits" : "mnist";
  namespace fs = std::filesystem;
  if (config.data != "mnist" && config.data != "digits") config.data = fs::absolute(config.data).string();
  if (!config.data_dir.empty()) config.data_dir = fs::absolute(config.data_dir).string();
  if (quiet) return data;
  std::cout << data.train.name << ": " << count(double(data.train.size())) << " training and "
            << count(double(data.test.size())) << " test images (" << data.train.source << ")\n";
  if (drawn)
    std::cout << "MNIST was not found, so digits are drawn instead; `cmake -P data/fetch_mnist.cmake` "
                 "fetches it.\n";
  return data;
}

DataPair open_data_for(Trained& trained, const std::string& data, const std::string& data_dir, bool quiet) {
  RunConfig& config = trained.config;
  if (!data.empty()) config.data = data;
  if (!data_dir.empty()) config.data_dir = data_dir;
  DataPair pair = open_data(config, quiet);
  // Classes that have names may be fewer; of numbers only as many are the same.
  const bool named = !pair.test.class_names.empty();
  check(pair.test.sample == trained.about.sample && (named || pair.test.classes == trained.about.classes),
        "--data ", config.data, ": images of ", image_words(pair.test), ", but the network of ",
        trained.run.string(), " takes ", image_words(trained.about));
  for (Dataset* half : {&pair.train, &pair.test})
    match_classes(trained.about, *half, "--data " + config.data);
  return pair;
}

void warn_if_diverged(const std::filesystem::path& run) {
  if (diverged(run))
    std::cerr << "norma: " << one_line(run.string())
              << " diverged in its training: its answers mean nothing\n";
}

std::string network_words(const RunConfig& c, const Dataset& data) {
  if (!c.layers.empty()) return to_text(network(c, data.classes));
  if (c.model != "mlp") return c.model + ": " + to_text(network(c, data.classes));
  std::string words = std::to_string(data.sample.size()) + '-';
  for (Index n : c.hidden) words += std::to_string(n) + '-';
  words += std::to_string(data.classes);
  if (c.hidden.empty()) return words;
  words += ", " + (c.activation == "default" ? "sigmoid" : c.activation);
  if (c.norm == "batch")
    words += ", batch norm " + c.norm_position + " it";
  else if (c.norm.rfind("weight", 0) == 0 || c.norm == "spectral")
    words += ", " + c.norm + " normalization";
  else if (c.norm != "none")
    words += ", " + c.norm + " normalization " + c.norm_position + " it";
  if (c.norm_noise != "none") words += ", noise by " + c.norm_noise;
  if (c.dropout > 0) words += ", dropout " + number(c.dropout);
  return words;
}

std::string optimizer_words(const RunConfig& c) {
  std::string words = chosen<std::string>("--optimizer", c.optimizer, {{"sgd", "SGD"}, {"adam", "Adam"}}) +
                      ", lr " + number(c.lr);
  if (c.schedule != "constant") words += ", " + c.schedule + " schedule";
  if (c.momentum > 0) words += ", momentum " + number(c.momentum);
  if (c.weight_decay > 0) words += ", weight decay " + number(c.weight_decay);
  if (c.spectral_penalty > 0) words += ", spectral penalty " + number(c.spectral_penalty);
  return words + ", batches of " + count(double(c.batch_size));
}

std::string sample_words(const RunConfig& c, const Dataset& train) {
  std::string words;
  const bool averages = uses_batch_statistics(c);
  const LastBatch last = averages ? LastBatch::drop_single : LastBatch::keep;
  if (batches_in(c.train_size, c.batch_size, last) * c.batch_size < c.train_size)
    words =
        "Each epoch leaves out one sample, which would be a last batch of its own: it has no statistics to "
        "normalize with. ";
  if (averages && !c.shuffle)
    words +=
        "Batches are in the order of the file (--shuffle off), and the running statistics are those of the last "
        "of them. ";
  const auto classes = [&](Index n) {
    return std::set(train.labels.begin(), train.labels.begin() + n).size();
  };
  if (const auto some = classes(c.train_size), all = classes(train.size()); some < all)
    words += "The first " + count(double(c.train_size)) + " samples (--train-size) hold " +
             std::to_string(some) + " of the " + std::to_string(all) + " classes. ";
  if (!words.empty()) words.pop_back();
  return words;
}

std::function<void(const std::string&)> set_text(std::string& target) {
  return [&target](const std::string& v) { target = v; };
}

std::function<void(const std::string&)> set_flag(bool& target) {
  return [&target](const std::string&) { target = true; };
}

std::function<void(const std::string&)> set_whole(const std::string& name, int& target, int least, int most) {
  return [&target, name, least, most](const std::string& v) {
    int value = 0;
    const auto [end, error] = std::from_chars(v.data(), v.data() + v.size(), value);
    check(error == std::errc() && end == v.data() + v.size() && value >= least && value <= most, "--", name,
          ": '", v, "' given, a whole number from ", least, " to ", most, " wanted");
    target = value;
  };
}

void check_memory(int threads) {
  constexpr double megabyte = 1e6, first = 145,
                   each_more = 215;  // a buffer of 128 MiB; with it a stack and a heap
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  double pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const double wanted = pages * double(sysconf(_SC_PAGESIZE)) / megabyte + first + each_more * (threads - 1);
  if (double(limit.rlim_cur) / megabyte >= wanted) return;
  throw std::runtime_error("not enough memory: a limit (ulimit -v) of " +
                           count(std::floor(double(limit.rlim_cur) / megabyte)) + " MB, " +
                           count(std::ceil(wanted)) + " MB wanted for " + std::to_string(threads) +
                           (threads == 1 ? " thread" : " threads"));
}

void on_stop(void (*stop)(int)) {
  for (int signal : {SIGINT, SIGTERM}) std::signal(signal, stop);
  if (std::signal(SIGHUP, stop) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

namespace {

std::string_view variable(const char* name) { return std::getenv(name) ? std::getenv(name) : ""; }

bool is_terminal(int file) { return isatty(file) && !variable("TERM").empty() && variable("TERM") != "dumb"; }

}  // namespace

bool interactive() { return is_terminal(STDERR_FILENO); }

bool wants_colour() { return is_terminal(STDOUT_FILENO) && variable("NO_COLOR").empty(); }

void StatusLine::show(const std::string& line, bool last) {
  const int width = display_width(line);
  std::cerr << '\r' << line << std::string(static_cast<std::size_t>(std::max(0, width_ - width)), ' ')
            << (last ? "\n" : "") << std::flush;
  width_ = last ? 0 : width;
}

void StatusLine::clear() {
  show("");
  std::cerr << '\r' << std::flush;
}

}  // namespace norma::inline NORMA_BUILD
