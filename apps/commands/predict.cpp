// norma predict: what a trained network sees in pictures from files.
#include <algorithm>
#include <iostream>
#include <memory>
#include <numeric>

#include "apps/commands/command.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "apps/run/json.h"
#include "apps/run/opened_run.h"
#include "core/suggest.h"
#include "core/text.h"
#include "data/digit_image.h"
#include "data/load.h"
#include "data/read_image.h"
#include "data/resize_image.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

struct PredictOptions {
  std::string run, prepare, weights;
  std::vector<std::string> images;
  bool json = false;
};

struct Answer {
  Index label;
  double probability;
};

struct Reading {
  bool prepared;                // as MNIST's digits were; else taken as it is
  bool colour_dropped;          // and lost its colour
  std::vector<Answer> answers;  // the likeliest first, at most three
};

/// Whether the network learned from digits that were all prepared in the way of digit_image.h.
bool of_digits(const OpenedRun& run) {
  const DataRow* row = find_data_set(run.plan.config.data);
  return row && row->digits;
}

Reading read(OpenedRun& run, const std::string& file, const std::string& prepare) {
  const Shape& sample = run.plan.about.sample;
  const Index height = sample[1], width = sample[2];
  Image image = read_image(file, sample[0] == 1 ? Colour::grey : Colour::rgb);
  const bool coloured = image.coloured;
  if (!run.plan.config.resize.empty() && prepare != "digit") image = resized(std::move(image), height, width);
  const bool fits = image.height == height && image.width == width;
  const bool prepared =
      prepare.empty() ? of_digits(run) && !(fits && has_dark_border(image)) : prepare == "digit";
  // A blank picture is refused whenever a digit is expected.
  if (prepared || (prepare.empty() && of_digits(run))) {
    Image digit = prepare_digit(image, height, width, file);
    if (prepared) image = std::move(digit);
  }
  check(prepared || fits, file, ": expected ", width, "×", height,
        ", the size the network takes, or --prepare digit, got ", image.width, "×", image.height);

  Dataset one = run.plan.about.without_samples();
  one.pixels = std::move(image.pixels);
  one.labels = {0};  // not looked at
  const std::vector<double> p = probabilities(run, one, 0);
  std::vector<Index> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  auto likelier = [&](Index a, Index b) { return p[a] > p[b]; };
  std::stable_sort(order.begin(), order.end(), likelier);
  Reading reading{
      .prepared = prepared, .colour_dropped = coloured && sample[0] == 1 && !prepared, .answers = {}};
  for (Index c : order)
    if (reading.answers.size() < 3) reading.answers.push_back({c, p[c]});
  return reading;
}

json reading_json(const std::string& file, const Reading& reading, const Dataset& about) {
  json answers = json::array();
  for (const Answer& a : reading.answers)
    answers.push_back(
        {{"class", a.label}, {"name", about.class_name(a.label)}, {"probability", a.probability}});
  return {{"image", escaped_name(file)},
          {"prepared", reading.prepared ? "digit" : "as-is"},
          {"answers", answers}};
}

int predict(const PredictOptions& o) {
  const std::vector<std::string> ways = {"digit", "as-is"};
  check(o.prepare.empty() || std::count(ways.begin(), ways.end(), o.prepare),
        "--prepare: expected digit or as-is, got '", o.prepare, "'", did_you_mean(o.prepare, ways));
  OpenedRun run = open_run(o.run, "predict", o.weights);
  warn_of_run(run);
  const Index channels = run.plan.about.sample[0];
  check(channels == 1 || channels == 3, "predict: expected a network for images of 1 channel or 3, got ",
        channels, " channels in ", o.run);
  Table table({"picture", "class", "probability", "2nd", "probability", "3rd", "probability"});
  table.align(0, Align::left);
  for (std::size_t c : {1u, 3u, 5u}) table.align(c, Align::left).align(c + 1, Align::right);
  json list = json::array();
  bool broken = false;
  int colour_dropped = 0;
  for (const std::string& file : o.images) {
    try {
      const Reading reading = read(run, file, o.prepare);
      list.push_back(reading_json(file, reading, run.plan.about));
      colour_dropped += reading.colour_dropped;
      std::vector<std::string> cells = {escaped_name(file)};
      for (const Answer& a : reading.answers) {
        cells.push_back(run.plan.about.class_name(a.label));
        cells.push_back(percent(a.probability, 1));
      }
      table.row(cells);
    } catch (const Error& e) {  // the others are read all the same
      broken = true;
      std::cerr << "norma: " << one_line(e.what()) << '\n';
      list.push_back({{"image", escaped_name(file)}, {"error", e.what()}});
    }
  }
  if (colour_dropped > 0)
    std::cerr << "norma: colour was dropped from " << colour_dropped << " of " << o.images.size()
              << " pictures: the network of " << one_line(o.run) << " takes grey ones\n";
  if (o.json)
    std::cout << json_text(list) << '\n';
  else if (table.rows() > 0)
    std::cout << table.text();
  return broken ? exit_usage : exit_ok;
}

}  // namespace

Command predict_command() {
  auto o = std::make_shared<PredictOptions>();
  std::vector<std::string> digits;
  for (const DataRow& row : data_sets())
    if (row.digits) digits.push_back(row.name);
  return {.name = "predict",
          .help = "What a trained network sees in pictures: the three likeliest classes of each",
          .options = {run_argument(o->run),
                      {.name = "image",
                       .metavar = "IMAGE",
                       .help = "PNG, JPEG, BMP, PBM, PGM or PPM files",
                       .set = add_text(o->images),
                       .repeatable = true,
                       .argument = true},
                      {"prepare", "HOW",
                       "digit: cut out, fitted and centred as MNIST's; as-is: as they are, of the network's "
                       "size [digit, unless a picture is like that already, for networks trained on " +
                           one_of(digits, " and ") + "; else as-is]",
                       set_text(o->prepare)},
                      weights_option(o->weights),
                      {"json", "", "JSON instead of a table", set_flag(o->json)}},
          .run = [o] { return predict(*o); },
          .example = "norma predict runs/001-train photo.jpg digit.png"};
}

}}  // namespace norma
