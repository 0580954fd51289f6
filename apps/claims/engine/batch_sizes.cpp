#include "apps/claims/engine/batch_sizes.h"

#include "apps/claims/engine/small_cnn.h"
#include "apps/run/evaluate.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr BatchFormat images{.flat = false};

// Accuracies of the trained model by each kind of statistics. The model's own are back at the end.
void compare_statistics(Sequential& model, const DataPair& data, const RunConfig& c, Index samples,
                        Outcome& out) {
  StateDict own = model.state_dict();
  for (StateEntry& e : own) {
    if (e.tensor.defined()) e.tensor = e.tensor.clone();
  }
  const DataPair few = {data.train.first(std::min(samples, data.train.size())),
                        data.test.first(std::min(samples, data.test.size()))};
  auto measure = [&](const std::string& how, Index batch_size, Statistics statistics) {
    for (const std::string set : {"train", "test"}) {
      const Dataset& images_of = set == "train" ? few.train : few.test;
      out[statistics_row(set, how)] = {
          evaluate(model, images_of, images, batch_size, statistics, c.seed).accuracy};
    }
  };
  measure("batch", c.batch_size, Statistics::batch);
  measure("moving", 100, Statistics::running);
  out[statistics_row("test", "one")] = {evaluate(model, few.test, images, 1, Statistics::running).accuracy};
  precise_statistics(model, data.train, images, c.batch_size, c.seed, few.train.size());
  measure("precise", 100, Statistics::running);
  model.load(own);
}

}  // namespace

std::vector<double> rates_at(Index batch_size) {
  switch (batch_size) {
    case 2:
      return {0.01, 0.03, 0.1};
    case 4:
      return {0.02, 0.06, 0.2};
    case 8:
      return {0.05, 0.15, 0.5};
    case 32:
      return {0.06, 0.2, 0.6};
    default:
      return {0.1, 0.3, 1};
  }
}

std::string batch_size_arm(const std::string& norm, Index batch_size, double lr) {
  return "norm=" + norm + ", size=" + std::to_string(batch_size) + ", lr=" + number_text(lr);
}

std::string statistics_row(const std::string& set, const std::string& statistics) {
  return set + " by " + statistics;
}

std::vector<Cell> batch_size_cells(const Plan& plan, const std::string& norm, Index batch_size) {
  std::vector<Cell> cells;
  const Index number_of_images = batch_sizes.back() * plan.of(225, 1);
  std::vector<double> rates = rates_at(batch_size);
  if (plan.work < 1) rates = {rates[1]};  // a quick look: the steps alone cannot shrink so much
  for (double lr : rates) {
    RunConfig c = small_cnn_with_hidden(norm);
    c.batch_size = batch_size;
    c.train_size = number_of_images;
    c.steps = c.eval_every = number_of_images / batch_size;
    c.lr = lr;
    c.schedule = "cosine";
    Training how{.test = plan.work < 1 ? Training::brief : Training::full,
                 .seconds = 3.5e-5 * double(number_of_images) + 0.1};
    if (norm == "batch") {
      const Index samples = plan.of(2'000, 100);
      how.more = "statistics, " + std::to_string(samples) + " images";
      how.observe = [c, samples](const StepEvent& m, const DataPair& data, Outcome& out) {
        if (m.step == c.steps) return compare_statistics(m.model, data, c, samples, out);
        if (m.step > 0) return;
        for (const char* statistics : {"batch", "moving", "precise", "one"}) {
          for (const char* set : {"train", "test"})
            out[statistics_row(set, statistics)] = {1.0 / data.train.classes};  // until the end is reached
        }
      };
    }
    cells.push_back(training(batch_size_arm(norm, batch_size, lr), c, how));
    cells.back().cache_key = "batch-sizes";
  }
  return cells;
}

std::string best_rate(const Results& results, const std::string& norm, Index batch_size) {
  return best_arm(results, arms_of(rates_at(batch_size),
                                   [&](double lr) { return batch_size_arm(norm, batch_size, lr); }));
}

double best_error(const SeedResults& seed, const std::string& norm, Index batch_size) {
  return 1 - accuracy(seed[best_rate(seed.all, norm, batch_size)]);
}

}}  // namespace norma
