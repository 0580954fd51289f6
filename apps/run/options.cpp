#include "apps/run/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "data/augment.h"
#include "data/load.h"
#include "layers/activation.h"
#include "layers/network/norm.h"
#include "layers/network/preset.h"
#include "optim/registry.h"
#include "optim/schedule.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

template <class Number>
Number parse(const std::string& name, const std::string& text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool below_0 = std::is_unsigned_v<Number> && text.size() > 1 && text[0] == '-' &&
                       text.find_first_not_of("0123456789", 1) == std::string::npos;
  check(error != std::errc::result_out_of_range && !below_0, "--", name, ": expected a ",
        std::is_unsigned_v<Number> ? "whole number from 0 to 18446744073709551615" : "number in range",
        ", got ", text);
  check(error == std::errc() && end == text.data() + text.size(), "--", name, ": expected a ",
        std::is_integral_v<Number> ? "whole number" : "number", ", got '", text, "'");
  return value;
}

// Builders: one call of these is one line of the table.

auto words_of(std::string RunConfig::*field) {
  return [field](const RunConfig& c) { return c.*field; };
}

// `read`: Error, without the dashes of the option, on a value that is not allowed.
Option text(const char* name, std::string RunConfig::*field, const char* metavar, const std::string& help,
            const std::function<void(const std::string&)>& read = {}) {
  auto set = [field, read](RunConfig& c, const std::string& v) {
    try {
      if (read) read(v);
    } catch (const Error& e) {
      fail("--", e.what());
    }
    c.*field = v;
  };
  return {name, help, metavar, Option::Kind::text, {}, set, words_of(field)};
}

Option choice(const char* name, std::string RunConfig::*field, const std::vector<std::string>& choices,
              const std::string& help) {
  auto set = [field, choices, name](RunConfig& c, const std::string& v) {
    check(std::find(choices.begin(), choices.end(), v) != choices.end(), "--", name, ": unknown value '", v,
          "'", did_you_mean(v, choices));
    c.*field = v;
  };
  return {name, help, "NAME", Option::Kind::text, choices, set, words_of(field)};
}

Option flag(const char* name, bool RunConfig::*field, const char* help) {
  auto set = [field, name](RunConfig& c, const std::string& v) {
    check(v == "on" || v == "off", "--", name, ": expected on or off, got '", v, "'");
    c.*field = v == "on";
  };
  return {name, help, "on|off", Option::Kind::flag, {"on", "off"}, set, [field](const RunConfig& c) {
            return std::string(c.*field ? "on" : "off");
          }};
}

Option whole(const char* name, Index RunConfig::*field, Index least, const char* help,
             Index most = 1'000'000'000'000) {
  auto set = [field, least, most, name](RunConfig& c, const std::string& v) {
    const Index n = parse<Index>(name, v);
    check(n >= least && n <= most, "--", name, ": expected ", least, " to ", most, ", got ", n);
    c.*field = n;
  };
  return {name, help, "N", Option::Kind::number, {}, set, [field](const RunConfig& c) {
            return std::to_string(c.*field);
          }};
}

Option number(const char* name, double RunConfig::*field, const Range& range, const char* help) {
  auto set = [=](RunConfig& c, const std::string& v) {
    const double x = parse<double>(name, v) + 0.0;  // −0 is 0
    check(std::isfinite(x) && range.holds(x), "--", name, ": expected a number", range.words(), ", got ", v);
    c.*field = x;
  };
  return {name, help, "X", Option::Kind::number, {}, set, [field](const RunConfig& c) {
            return shortest_decimal(c.*field);
          }};
}

Option hidden_sizes() {
  auto set = [](RunConfig& c, const std::string& v) {
    std::vector<Index> sizes;
    for (std::size_t at = 0; at <= v.size() && v != "none";) {
      const std::size_t end = std::min(v.find_first_of(",x", at), v.size());
      Index n = 0;
      const auto [stop, error] = std::from_chars(v.data() + at, v.data() + end, n);
      check(error == std::errc() && stop == v.data() + end && n >= 1 && n <= 100'000,
            "--hidden: expected none, or sizes from 1 to 100000 such as 100,100,100 (or 100x100x100), got '",
            v, "'");
      sizes.push_back(n);
      at = end + 1;
    }
    c.hidden = sizes;
  };
  auto get = [](const RunConfig& c) {
    std::string v;
    for (Index n : c.hidden) v += (v.empty() ? "" : ",") + std::to_string(n);
    return v.empty() ? "none" : v;
  };
  const char* help = "mlp and dln: sizes of the hidden layers, or none (with --vary: 100x100,50)";
  return {"hidden", help, "N,N,...", Option::Kind::list, {}, set, get};
}

// The one option whose value replaces another's: of two lengths, the one named counts.
Option epochs() {
  Option o =
      whole("epochs", &RunConfig::epochs, 1, "passes over the training set; not used if --steps is given");
  o.set = [set = o.set](RunConfig& c, const std::string& v) {
    set(c, v);
    c.steps = 0;
  };
  return o;
}

Option seed(const char* name, std::uint64_t RunConfig::*field, const char* help) {
  auto set = [=](RunConfig& c, const std::string& v) { c.*field = parse<std::uint64_t>(name, v); };
  return {name, help, "N", Option::Kind::number, {}, set, [field](const RunConfig& c) {
            return std::to_string(c.*field);
          }};
}

// "32", or "40x30", its width and height; Error, without the dashes of the option, if it is neither.
Shape parse_size(const std::string& text) {
  Shape size;  // width, height
  for (std::size_t at = 0; at <= text.size() && size.rank() < 3;) {
    const std::size_t end = std::min(text.find('x', at), text.size());
    Index n = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, n);
    const bool right = error == std::errc() && stop == text.data() + end && n >= 1 && n <= 4096;
    size.append(right ? n : 0);
    at = end + 1;
  }
  check((size.rank() == 1 || size.rank() == 2) && size.size() > 0,
        "resize: expected N or WxH, pixels from 1 to 4096, got '", text, "'");
  return size.rank() == 1 ? Shape{size[0], size[0]} : size;
}

// 0: all parts.
Index parse_norm_group(const std::string& text) {
  if (text == "all") return 0;
  if (text == "local") return 1;
  Index n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  check(error == std::errc() && end == text.data() + text.size() && n >= 1,
        "norm-group: expected all, local or a number of parts, got '", text, "'");
  return n;
}

std::string data_words() {
  std::vector<std::string> names;
  for (const DataRow& row : data_sets()) names.push_back(std::string(row.name) + row.note);
  return one_of(names, ", ");
}

std::string model_words() {
  std::vector<std::string> names;
  for (const PresetRow& row : presets()) names.push_back(std::string(row.name) + row.note);
  return one_of(names);
}

std::vector<std::string> activation_choices() {
  std::vector<std::string> names = names_of(activations());
  names.insert(names.begin(), "default");
  return names;
}

using C = RunConfig;
constexpr double inf = HUGE_VAL;

std::vector<Option> data_options() {
  return {
      text("data", &C::data, "NAME",
           data_words() +
               " or a folder: of pictures as train/CLASS/FILE and test/CLASS/FILE, or as CLASS/FILE with "
               "--split; or of four IDX files [mnist, else digits]"),
      text("data-dir", &C::data_dir, "DIR",
           "folder that holds mnist/, cifar10/ and the like [$NORMA_DATA_DIR, ~/.cache/norma]"),
      whole("train-size", &C::train_size, 0, "train on the first N samples only; 0: all"),
      choice("colour", &C::colour, names_of(colours()),
             "of pictures in folders: auto (rgb if any has a colour), grey or rgb"),
      text("resize", &C::resize, "SIZE",
           "resize pictures in folders to N×N pixels, or W×H: 32 or 40x30; proportions are not kept",
           [](const std::string& v) {
             if (!v.empty()) parse_size(v);
           }),
      number("split", &C::split, {0, 1, /*above=*/false, /*below=*/true},
             "of pictures as CLASS/FILE: share of each class that is for testing; 0: none"),
      seed("split-seed", &C::split_seed, "draws which pictures --split takes"),
      number("validation", &C::validation, {0, 0.5},
             "share of the training samples, of each class, held out to judge by; 0: the test set judges"),
      flag("binarize", &C::binarize, "pixels become 0 or 1, as in the 2015 paper"),
      flag("standardize", &C::standardize,
           "a first layer (x - mean)/deviation, per channel over the training set"),
      text("augment", &C::augment, "WORDS",
           "training pictures change at random: flip, shift:N, crop:N (of a picture padded by N); none",
           parse_augmentation),
      flag("shuffle", &C::shuffle, "a new order each epoch; off: the order of the file"),
  };
}

std::vector<Option> model_options() {
  return {
      choice("model", &C::model, names_of(presets()), model_words()),
      text("layers", &C::layers, "TEXT",
           "a custom network instead: \"conv 16 3, bn, relu, pool 2, flatten, linear 10\"",
           [](const std::string& v) {
             if (!v.empty()) parse_layers(v);
           }),
      hidden_sizes(),
      whole("width", &C::width, 1,
            "vgg: channels of its first stage; the others have 2, 4 and 8 times as many", 1024),
      whole("depth", &C::depth, 3, "plain: convolutions, in three stages", 1000),
      choice("activation", &C::activation, activation_choices(),
             one_of(names_of(activations())) + "; default: sigmoid for mlp, else relu"),
      number("dropout", &C::dropout, dropout_range,
             "probability of dropping a unit of a hidden fully connected layer"),
  };
}

std::vector<Option> normalization_options() {
  return {
      text("norm", &C::norm, "NAME", one_of(names_of(normalizers()), ", "), find_norm),
      choice("norm-position", &C::norm_position, names_of(norm_positions()),
             "before or after the activation"),
      number("norm-eps", &C::norm_eps, eps_range, "added to the variance before the root"),
      number("norm-momentum", &C::norm_momentum, momentum_range,
             "weight of the newest batch in the running statistics; 0: cumulative average"),
      flag("norm-gradient", &C::norm_gradient,
           "off: the batch's statistics count as constants in the gradient"),
      choice("norm-noise", &C::norm_noise, names_of(norm_noises()),
             "noise after each normalizer: none, or drawn for each unit or layer"),
      choice("norm-freeze", &C::norm_freeze, names_of(norm_freezes()),
             "none, statistics, affine (gamma, beta) or both stay as they were at the start"),
      number("renorm-r-max", &C::renorm_r_max, {1, inf},
             "batch-renorm: greatest correction of the deviation, a factor"),
      number("renorm-d-max", &C::renorm_d_max, {0, inf},
             "batch-renorm: greatest correction of the mean, in deviations"),
      whole("renorm-warmup", &C::renorm_warmup, 0,
            "batch-renorm: first steps, plain batch norm; 0: a twentieth of the run"),
      flag("data-init", &C::data_init,
           "weight norm: set lengths and biases by 500 samples, drawn by the seed"),
      whole("precise", &C::precise, 0,
            "recompute running statistics at the end from N training samples, drawn by the seed in whole "
            "batches; 0: no"),
  };
}

std::vector<Option> start_options() {
  return {
      choice("init", &C::init, names_of(initializations()),
             "default (PyTorch's); kaiming_, xavier_, lecun_ + normal, uniform; normal, uniform"),
      number("init-scale", &C::init_scale, {0, inf},
             "factor on their width; with normal the deviation, with uniform the bound"),
      text("init-from", &C::init_from, "FILE", "start from the weights in this .safetensors file"),
  };
}

std::vector<Option> optimizer_options() {
  return {
      choice("optimizer", &C::optimizer, names_of(optimizers()), one_of(names_of(optimizers()))),
      number("lr", &C::lr, {0, inf}, "learning rate"),
      number("momentum", &C::momentum, {0, 1}, "SGD's momentum"),
      number("dampening", &C::dampening, {-inf, 1}, "SGD's dampening of the momentum"),
      flag("nesterov", &C::nesterov, "SGD with Nesterov's momentum"),
      number("weight-decay", &C::weight_decay, {0, inf}, "L2 penalty, added to the gradient as λ·w"),
      flag("decay-all", &C::decay_all, "decay biases, gamma and beta too, as PyTorch does"),
      number("clip-norm", &C::clip_norm, {0, inf}, "greatest norm of all gradients together; 0: no limit"),
      number("label-smoothing", &C::label_smoothing, {0, 1}, "share of the target spread over all classes"),
      number("spectral-penalty", &C::spectral_penalty, {0, inf},
             "penalty on the largest singular value s of each weight: X/2 times the sum of s^2"),
      choice("schedule", &C::schedule, names_of(schedules()),
             "of the learning rate: " + one_of(names_of(schedules()))),
      whole("decay-every", &C::decay_every, 0,
            "schedule step: steps between two drops; 0: a third of the run"),
      number("decay-factor", &C::decay_factor, {0, 1, /*above=*/true}, "schedule step: factor of each drop"),
      whole("warmup", &C::warmup, 0, "first N steps raise the rate linearly, from lr/N"),
  };
}

std::vector<Option> run_length_options() {
  return {
      whole("batch-size", &C::batch_size, 1, "samples in a step"),
      whole(
          "accumulate", &C::accumulate, 1,
          "split each batch into N parts, one at a time, whose gradients add up; under mpirun as many as there "
          "are processes",
          10'000),
      text("norm-group", &C::norm_group, "N",
           "parts that share a batch norm's statistics: all, local (each its own), or N of them",
           [](const std::string& v) { parse_norm_group(v); }),
      epochs(),
      whole("steps", &C::steps, 0, "optimizer steps; 0: as many as --epochs take"),
      whole(
          "eval-every", &C::eval_every, 0,
          "evaluate after every N steps; 0: about 100 times, but of no more samples than are trained on; with --early-stop once per epoch"),
      whole("early-stop", &C::early_stop, 0,
            "stop after N evaluations without a better validation, and keep the best weights; 0: no"),
      whole("log-every", &C::log_every, 0,
            "write the training loss of every Nth step to metrics.jsonl; 0: none"),
      seed("seed", &C::seed, "determines the initial weights, the order of the data and dropout"),
      whole("threads", &C::threads, 1,
            "threads of one run; more than 1 pays only for convolutions and wide layers", 64),
  };
}

}  // namespace

const std::vector<Named<Colour>>& colours() {
  static const std::vector<Named<Colour>> table = {
      {"auto", Colour::automatic}, {"grey", Colour::grey}, {"rgb", Colour::rgb}};
  return table;
}

PictureOptions picture_options(const RunConfig& c) {
  PictureOptions pictures{.colour = find_named(colours(), c.colour, "--colour").value,
                          .split = c.split,
                          .split_seed = c.split_seed};
  if (c.resize.empty()) return pictures;
  const Shape size = parse_size(c.resize);
  pictures.width = size[0], pictures.height = size[1];
  return pictures;
}

Index parts_in_group(const RunConfig& c) {
  const Index n = parse_norm_group(c.norm_group);
  return n == 0 ? c.accumulate : n;
}

std::string key_of(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

const std::vector<Option>& run_options() {
  static const std::vector<Option> table = [] {
    std::vector<Option> all;
    for (auto& [group, options] : {std::pair("Data", data_options()),
                                   {"Model", model_options()},
                                   {"Normalization", normalization_options()},
                                   {"Model", start_options()},
                                   {"Optimizer", optimizer_options()},
                                   {"Run", run_length_options()}})
      for (Option o : options) {
        o.group = group;
        all.push_back(o);
      }
    return all;
  }();
  return table;
}

const Option& find_option(const std::string& name) {
  const std::string key = key_of(name);
  for (const Option& o : run_options())
    if (key_of(o.name) == key) return o;
  fail("there is no option '", name, "'", did_you_mean(name, names_of(run_options())));
}

}}  // namespace norma
