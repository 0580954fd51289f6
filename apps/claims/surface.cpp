// With BN the loss around the trained network is flatter, on directions that do not depend on the weights'
// scale.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/walks.h"
#include "core/ops.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<double> rates = {0.1, 0.3, 1};
const std::vector<std::string> norms = {"none", "batch"};
constexpr double farthest = 2;    // in lengths of the filters
constexpr double map_half = 1.5;  // half the width of the map

std::string arm(const std::string& norm, double lr) { return "norm=" + norm + ", lr=" + number_text(lr); }

std::string best(const Results& results, const std::string& norm) {
  return best_arm(results, arms_of(rates, [&](double lr) { return arm(norm, lr); }));
}

double loss_of(Sequential& model, const Batch& batch, Statistics statistics) {
  NoGrad guard;
  model.eval(statistics);
  const double loss = softmax_cross_entropy(model(batch.x), batch.labels).item();
  model.train();
  return loss;
}

// How finely a surface is looked at.
struct Grain {
  Index directions, side;  // random directions; points along a side of the map: 4k + 1
};

// Rows "distance", and the loss there, the mean over the directions: "loss" by the batch's statistics,
// "running" by the running ones. And "map" (side × side): the loss around the network in the plane of the
// first two directions.
void explore(Sequential& model, const Batch& batch, const Grain& grain, Outcome& out) {
  const Vector center = values_of(model);
  Rng rng = default_rng();  // a copy: other directions for every seed, and no trace
  std::vector<Vector> directions;
  for (Index i = 0; i < grain.directions; ++i) directions.push_back(filter_normalized_direction(model, rng));
  for (int i = 0; i <= 20; ++i) {
    const double distance = farthest * i / 20;
    double loss = 0, running = 0;
    for (const Vector& direction : directions) {
      set_values(model, along(center, distance, direction));
      loss += loss_of(model, batch, Statistics::batch) / double(grain.directions);
      running += loss_of(model, batch, Statistics::running) / double(grain.directions);
    }
    out["distance"].push_back(distance);
    out["loss"].push_back(loss);
    out["running"].push_back(running);
  }
  auto place = [&](Index i) { return map_half * double(2 * i - (grain.side - 1)) / double(grain.side - 1); };
  for (Index i = 0; i < grain.side; ++i) {
    const Vector line = along(center, -place(i), directions[1]);  // rows from the top
    for (Index j = 0; j < grain.side; ++j) {
      set_values(model, along(line, place(j), directions[0]));
      out["map"].push_back(loss_of(model, batch, Statistics::batch));
    }
  }
  set_values(model, center);
}

// The distance at which the loss has risen half the way to ln K, that of guessing. K: the classes.
double radius(const Outcome& outcome, const std::string& loss = "loss") {
  const std::vector<double>& y = row(outcome, loss);
  const double guessing = -std::log(last(outcome, "chance"));
  return first_crossing(row(outcome, "distance"), y, y.at(0) + (guessing - y.at(0)) / 2);
}

// Of the first seed; not a chosen one.
HeatMap map_of(const Results& results, const std::string& norm) {
  HeatMap map{.title = with_or_without(norm),
              .x_label = "first direction, in lengths of the filters",
              .y_label = "second direction",
              .value_label = "training loss",
              .values = row(results.at(best(results, norm), results.seeds().front()), "map"),
              .value_min = 0.01,
              .value_max = 10,
              .log_value = true,
              .print_values = false,
              .square = true};
  map.levels = {0.03, 0.1, 0.3, 1, 3};
  const auto side = static_cast<Index>(std::llround(std::sqrt(double(map.values.size()))));
  for (Index i = 0; i < side; ++i) {
    const double at = map_half * double(2 * i - (side - 1)) / double(side - 1);
    const bool named = i % std::max<Index>(1, (side - 1) / 4) == 0;
    map.x_names.push_back(named ? number(at) : "");
    map.y_names.push_back(named ? number(-at) : "");
  }
  return map;
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"", "learning rate", "test accuracy", "training loss", "radius", "radius, running statistics"});
  Figure f{.x_label = "distance in lengths of the filters", .y_label = "training loss", .log_y = true};
  for (const std::string& norm : norms) {
    const std::string name = best(results, norm);
    auto mean = [&](auto measure) { return number(mean_interval(results.each(name, measure))); };
    t.row({with_or_without(norm), last_value(name), percent(mean_accuracy(results, name)),
           mean([](const Outcome& o) { return row(o, "loss").at(0); }),
           mean([](const Outcome& o) { return radius(o); }),
           mean([](const Outcome& o) { return radius(o, "running"); })});
    f.series.push_back(curve(results, name, with_or_without(norm), "distance", "loss", arm_colour(norm)));
    if (norm == "batch") {
      f.series.push_back(
          curve(results, name, "with BN, running statistics", "distance", "running", arm_colour(norm), true));
    }
  }
  const std::string what =
      ": training loss around the trained network in the plane of two random filter-normalized directions "
      "(first seed, best rate), with contours at 0.03, 0.1, 0.3, 1 and 3.";
  return {
      {"table",
       "Each arm at the rate with the best test accuracy, mean ± 95% interval. Radius: the distance at which "
       "the loss has risen half the way to ln 10.",
       t},
      {"walk",
       "Training loss against the distance from the trained network, mean over the directions; mean and 95% "
       "interval over the seeds.",
       f},
      {"map-none", "Without BN" + what, map_of(results, "none"), Exhibit::Place::below},
      {"map-batch", "With BN, by the same colours.", map_of(results, "batch")}};
}

std::string seen(const Results& results) {
  auto of = [&](const char* norm, const char* loss) {
    return number(
        median(results.each(best(results, norm), [&](const Outcome& o) { return radius(o, loss); })));
  };
  return "The loss has risen half the way to guessing at a distance of " + of("none", "loss") +
         " lengths of the filters without BN and of " + of("batch", "loss") + " with it, " +
         of("batch", "running") + " if it keeps its running statistics (medians over the seeds).";
}

std::vector<Cell> cells(const Plan& plan) {
  const Grain grain{plan.of(10, 2), 4 * std::max<Index>(1, std::llround(5 * std::sqrt(plan.work))) + 1};
  return grid(
      [&](const std::string& norm, double lr) {
        RunConfig c;
        c.activation = "relu";
        c.norm = norm;
        c.lr = lr;
        c.schedule = "cosine";
        c.steps = c.eval_every = plan.of(3'000, 20);
        Training how{.test = Training::brief,
                     .seconds = 4e-4 * double(c.steps) + 1,
                     .more = std::to_string(grain.directions) + " directions, a map of " +
                             std::to_string(grain.side) + " by " + std::to_string(grain.side)};
        how.observe = [=](const StepEvent& m, const DataPair& data, Outcome& out) {
          if (m.step != c.steps) return;
          Batch batch;
          fill(data.train, 0, std::min<Index>(500, data.train.size()), {}, batch);
          explore(m.model, batch, grain, out);
        };
        return training(arm(norm, lr), c, how);
      },
      norms, rates);
}

}  // namespace

Claim surface_claim() {
  return {
      .name = "surface",
      .sentence = "With BN the loss around the trained network is flatter.",
      .source = "Santurkar et al. 2018, §3 (a smoother landscape), by the method of Li et al. 2018, §4",
      .paper =
          "Santurkar et al. argue that BN makes the landscape smoother, and measure it along the gradient; "
          "Li et al. show that random directions compare networks only if each filter moves by its own "
          "length, since with BN the scale of the weights means nothing. Neither gives a number for this.",
      .scope = "{data}, 3 hidden layers of ReLUs, {3,000} steps of 60; the paper: CIFAR-10, VGG",
      .asked =
          "784-100-100-100-10 with ReLUs, trained for {3,000} steps with a cosine schedule, with and without "
          "BN, each at the best of three rates, by test accuracy. From there straight on, in ten random "
          "directions: in each, every filter (the weights of a unit) moves by its own length times the "
          "distance; biases, γ and β stay. The loss is that of 500 training images, with the batch's "
          "statistics, the loss that training sees. How flat it is, is the distance at which the mean loss "
          "of the ten has risen half the way to ln 10, that of guessing: this does not depend on how small "
          "the two losses have become, as a doubling would.",
      .parts = {part(
          "distance at which the loss has risen half the way to guessing, with BN over without",
          at_least(1.4, Unit::times),
          "A bowl 1.4 times as wide has half the curvature: \"significantly smoother\" should be twice as "
          "flat at least, as in `landscape`.",
          [](const SeedResults& seed) {
            return radius(seed[best(seed.all, "batch")]) / radius(seed[best(seed.all, "none")]);
          })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "By the running statistics, with which the network is used, the loss of the network with BN rises "
          "along another curve (dashed). Random directions say little about the few steep ones.",
  };
}

}}  // namespace norma
