// Looking into the network that is being trained, and asking it.
#include "apps/inspect/show.h"
#include "apps/lab/calls.h"
#include "apps/run/evaluate.h"
#include "data/digit_image.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Trainer& trainer_of(Lab& lab) {
  check(lab.trainer != nullptr, "expected a run that open began, got none");
  return *lab.trainer;
}

json json_of(const Score& s) { return {s.loss, s.accuracy}; }

json bytes_of(const std::vector<std::uint8_t>& pixels) {
  json all = json::array();
  for (std::uint8_t p : pixels) all.push_back(int{p});
  return all;
}

}  // namespace

json inside(Lab& lab, const json& request) {
  Trainer& trainer = trainer_of(lab);
  check(trainer.batch() != nullptr, "inside: expected a step at least, got none");
  const InspectionOptions options = {.samples = request.at("samples").get<Index>(),
                                     .seed = lab.plan.config.seed,
                                     .rate = trainer.rate(),
                                     .label_smoothing = lab.plan.config.label_smoothing,
                                     .format = lab.plan.loader.format};
  const Inspection look = inspect(trainer.model(), lab.data.test, *trainer.batch(), options);
  return parse_json(look_json(look, {}));
}

json score(Lab& lab, const json& request) {
  Module& model = trainer_of(lab).model();
  const BatchFormat& format = lab.plan.loader.format;
  const Index batch = request.at("batch").get<Index>();
  check(batch >= 2 && batch <= lab.data.test.size(), "score: expected batches of 2 to ", lab.data.test.size(),
        ", got ", batch);
  return {{"running",
           json_of(evaluate(model, lab.data.test, format, evaluation_batch(format), Statistics::running))},
          {"batch",
           json_of(evaluate(model, lab.data.test, format, batch, Statistics::batch, lab.plan.config.seed))}};
}

json prepare(Lab&, const json& request) {
  Image image{
      .height = request.at("height").get<Index>(), .width = request.at("width").get<Index>(), .pixels = {}};
  image.pixels = request.at("pixels").get<std::vector<std::uint8_t>>();
  check(image.height > 0 && std::ssize(image.pixels) == image.height * image.width, "prepare: expected ",
        image.height, " × ", image.width, " pixels, got ", image.pixels.size());
  return {{"pixels", bytes_of(prepare_digit(image, 28, 28, "the drawing").pixels)}};
}

json predict(Lab& lab, const json& request) {
  Module& model = trainer_of(lab).model();
  Dataset one = lab.plan.about.without_samples();
  one.pixels = request.at("pixels").get<std::vector<std::uint8_t>>();
  one.labels = {0};  // not looked at
  model.eval();
  const std::vector<double> p = probabilities(model, one, 0, lab.plan.loader.format);
  model.train();
  return {{"probabilities", p}};
}

json test_digit(Lab& lab, const json& request) {
  trainer_of(lab);
  const Dataset one = lab.data.test.part(request.at("index").get<Index>(), 1);
  return {{"pixels", bytes_of(one.pixels)}, {"label", int{one.labels[0]}}};
}

}}  // namespace norma
