// In batches of paired classes BN learns what is not there at inference; batch renormalization does not.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/pairs.h"
#include "apps/claims/engine/small_cnn.h"
#include "apps/run/evaluate.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<std::string> norms = {"batch", "batch-renorm", "group:4"};
const std::vector<double> rates = {0.02, 0.06, 0.2};
constexpr Index batch_size = 4;
constexpr BatchFormat images{.flat = false};

std::string arm(const std::string& norm, bool pairs, double lr) {
  return "norm=" + norm + (pairs ? ", pairs" : ", shuffled") + ", lr=" + number_text(lr);
}

std::string best_rate(const Results& results, const std::string& norm, bool pairs) {
  return best_arm(results, arms_of(rates, [&](double lr) { return arm(norm, pairs, lr); }));
}

std::vector<double> each(const Results& results, const std::string& norm, bool pairs) {
  return results.each(best_rate(results, norm, pairs), accuracy);
}

double best(const SeedResults& seed, const std::string& norm, bool pairs) {
  return accuracy(seed[best_rate(seed.all, norm, pairs)]);
}

// Both arms of a seed train once on the same images, and differ in which of them meet in a batch: the data
// set is made in the order of training, which is then left as it is. So no loader need know of pairs.
Cell on_batches(Cell cell, bool pairs, Index steps, bool brief) {
  cell.settings += pairs ? ", in pairs" : ", the same images shuffled";
  cell.work = [work = cell.work, pairs, steps, brief](const ClaimData& both, std::uint64_t seed) {
    const DataPair& data = brief ? both.brief : both.full;
    DataPair own = {in_pairs(data.train, steps, batch_size, seed), data.test};
    if (!pairs) own.train = shuffled(own.train, seed);
    return work({own, own, own}, seed);
  };
  return cell;
}

// Accuracy by each batch's own statistics, as in training: "in pairs" and "shuffled".
void test_as_trained(const StepEvent& m, const DataPair& data, Index samples, Outcome& out) {
  const Dataset few = data.test.first(std::min(samples, data.test.size()));
  for (const bool pairs : {true, false}) {
    const Dataset test = pairs ? in_pairs(few, few.size() / batch_size, batch_size, 1) : shuffled(few, 1);
    out[pairs ? "in pairs" : "shuffled"] = {
        evaluate(m.model, test, images, batch_size, Statistics::batch).accuracy};
  }
}

std::vector<Exhibit> show(const Results& results) {
  Table t({"normalizer", "trained shuffled", "trained in pairs", "difference"});
  for (const std::string& norm : norms) {
    const auto without = each(results, norm, false), with = each(results, norm, true);
    t.row({norm, percent(mean_interval(without)), percent(mean_interval(with)),
           points(paired_difference(with, without))});
  }
  Table own({"BN's networks", "running statistics", "test batches shuffled, their own",
             "test batches in pairs, their own"});
  for (const bool pairs : {false, true}) {
    const std::string name = best_rate(results, "batch", pairs);
    auto row_of = [&](const char* r) {
      return percent(mean_interval(results.each(name, [&](const Outcome& o) { return last(o, r); })));
    };
    own.row({pairs ? "trained in pairs" : "trained shuffled", percent(mean_accuracy(results, name)),
             row_of("shuffled"), row_of("in pairs")});
  }
  Figure f{.x_label = "training steps", .y_label = "test error", .log_y = true, .percent_y = true};
  for (const std::string& norm : norms) {
    for (const bool pairs : {false, true}) {
      f.series.push_back(error_curve(results, best_rate(results, norm, pairs),
                                     arm_words(norm) + (pairs ? ", in pairs" : ""), arm_colour(norm), pairs));
    }
  }
  return {{"table",
           "Test accuracy at the end by running statistics, each at its best of three rates, mean ± 95% "
           "interval; differences by seed.",
           t},
          {"own",
           "What BN has learned: test accuracy by running statistics, and by the statistics of test batches "
           "of four.",
           own},
          {"error", "Test error by running statistics over training, mean and 95% interval.", f}};
}

std::string seen(const Results& results) {
  auto change = [&](const char* norm) {
    return points(paired_difference(each(results, norm, true), each(results, norm, false)));
  };
  return "Pairs change the test accuracy by " + change("batch") + " with BN, by " + change("batch-renorm") +
         " with batch renormalization and by " + change("group:4") + " with group normalization.";
}

std::vector<Cell> cells(const Plan& plan) {
  const Index steps = plan.of(6'000, 16), samples = plan.of(2'000, 100);
  const bool brief = plan.work < 1;  // a quick look: one rate; the steps alone cannot shrink so much
  return grid(
      [&](const std::string& norm, bool pairs, double lr) {
        RunConfig c = small_cnn_with_hidden(norm);
        c.batch_size = batch_size;
        c.shuffle = false;
        c.norm_momentum = 0.01;
        c.lr = lr;
        c.schedule = "cosine";
        c.steps = steps;
        c.eval_every = std::max<Index>(1, steps / 4);
        Training how{.test = brief ? Training::brief : Training::full,
                     .seconds = 3.5e-5 * double(steps * batch_size) + 0.5};
        if (norm == "batch") {
          how.more = "own statistics, " + std::to_string(samples) + " images";
          how.observe = [steps, samples](const StepEvent& m, const DataPair& data, Outcome& out) {
            if (m.step == 0) out["in pairs"] = out["shuffled"] = {1.0 / data.test.classes};
            if (m.step == steps) test_as_trained(m, data, samples, out);
          };
        }
        return on_batches(training(arm(norm, pairs, lr), c, how), pairs, steps, brief);
      },
      norms, std::vector<bool>{false, true}, brief ? std::vector{rates[1]} : rates);
}

}  // namespace

Claim non_iid_claim() {
  return {
      .name = "non-iid",
      .sentence =
          "Trained in batches of paired classes BN is worse at inference, and batch renormalization recovers "
          "most of it.",
      .source = "Ioffe 2017 (arXiv 1702.03275), §4.3",
      .paper =
          "ImageNet, batches of 16 labels with two images each: 67% with BN, 78.5% with batch "
          "renormalization.",
      .scope =
          "{data}, 2 convolutions and a hidden layer, {6,000} steps of 4; the paper: ImageNet, Inception-v3, batches of 32",
      .asked =
          "The network of `small-batch`, {6,000} batches of four images, two of each of two classes; and the "
          "same 24,000 images shuffled, so that the arms of a seed differ only in which images meet. The "
          "paper's pairs tell of 1,000 classes which 16 are there; with ten classes that takes a small "
          "batch, and two pairs are the least in which a batch is not one class. The moving averages have "
          "the paper's weight of 0.01 for the newest batch, with BN as with batch renormalization (r up to "
          "3, d up to 5, plain BN for the first twentieth of the run). GN, which looks at one image at a "
          "time, shows what pairs cost by the gradient alone. Each arm speaks by its best of three rates.",
      .parts =
          {part("test error with BN, trained in pairs over trained shuffled", at_least(1.2, Unit::times),
                "The paper has 33% in pairs with BN and 21.5% with batch renormalization, 1.5 times; half of "
                "that, on a log scale, is 1.24.",
                [](const SeedResults& seed) {
                  return (1 - best(seed, "batch", true)) / (1 - best(seed, "batch", false));
                }),
           part(
               "accuracy in pairs that batch renormalization has over BN, minus half of what pairs cost BN",
               at_least(0, Unit::points),
               "\"Most of it\" is half of it at least. As a difference, for a share of a small loss would be "
               "noise.",
               [](const SeedResults& seed) {
                 const double lost = best(seed, "batch", false) - best(seed, "batch", true);
                 return best(seed, "batch-renorm", true) - best(seed, "batch", true) - lost / 2;
               })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "It takes a layer whose statistics are the batch's images alone, and a batch of four: on drawn "
          "digits pairs cost nothing behind convolutions only, nor in batches of eight, where four of ten "
          "classes tell little.",
  };
}

}}  // namespace norma
