// BN's larger rates pay in large batches; in small ones both networks need the same rate.
#include "apps/claims/engine/rates.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

const std::vector<Index> sizes = {8, 256};
const std::vector<std::string> norms = {"none", "batch"};
const std::vector<double> rates = {0.01, 0.018, 0.032, 0.056, 0.1, 0.18, 0.32, 0.56, 1, 1.8, 3.2, 5.6, 10};

std::string arm(const std::string& norm, Index size, double lr) {
  return "norm=" + norm + ", batch=" + std::to_string(size) + ", lr=" + number_text(lr);
}

// The rate that serves this seed's network best.
double best(const SeedResults& seed, const std::string& norm, Index size) {
  double rate = NAN, highest = -1;
  for (double lr : rates) {
    const double reached = accuracy(seed[arm(norm, size, lr)]);
    if (reached > highest) {
      highest = reached;
      rate = lr;
    }
  }
  return rate;
}

// The best rate with BN over that without.
double factor(const SeedResults& seed, Index size) {
  return best(seed, "batch", size) / best(seed, "none", size);
}

std::vector<Exhibit> show(const Results& results) {
  std::vector<Exhibit> exhibits;
  for (Index size : sizes) {
    Figure f = accuracy_figure("learning rate");
    f.title = "batches of " + std::to_string(size);
    for (const std::string& norm : norms) {
      const auto arms = arms_of(rates, [&](double lr) { return arm(norm, size, lr); });
      f.series.push_back(points_of(results, arms, rates, with_or_without(norm), arm_colour(norm), accuracy));
    }
    exhibits.push_back({"batches-of-" + std::to_string(size),
                        "Batches of " + std::to_string(size) +
                            ": test accuracy at the end against the rate; mean and 95% interval.",
                        f});
  }
  return exhibits;
}

std::string seen(const Results& results) {
  std::string words;
  for (Index size : sizes) {
    std::vector<double> plain, batch;
    for (std::uint64_t seed : results.seeds()) {
      plain.push_back(best({results, seed}, "none", size));
      batch.push_back(best({results, seed}, "batch", size));
    }
    words += (words.empty() ? "In batches of " : "; in batches of ") + std::to_string(size) +
             " the best rate is " + number(median(plain)) + " without BN and " + number(median(batch)) +
             " with it";
  }
  return words + " (medians over the seeds).";
}

}  // namespace

Claim rate_by_batch_claim() {
  return {
      .name = "rate-by-batch",
      .sentence =
          "The larger rates that BN allows pay in large batches; in small ones the best rates are alike.",
      .source = "De & Smith 2020, §4 (arXiv 2002.10444)",
      .paper =
          "Residual networks on CIFAR-10: below a batch size the best rate is proportional to it with BN and without; "
          "only in larger batches does BN bear, and gain by, rates that the plain network does not.",
      .scope =
          "{data}, 8 layers of ReLUs without skips, {500} steps of 8 and of 256; the paper: CIFAR-10, Wide-ResNet-16-4, "
          "200 epochs in batches of 16 to 4,096",
      .asked =
          "A network of eight layers of 100 ReLUs, He et al.'s weights, without BN and with it, at 13 rates from 0.01 "
          "to 10, four a decade, for {500} steps in batches of 8 and of 256 images. A network's best rate is the one "
          "with the highest test accuracy at the end, for each seed.",
      .parts = {part("best rate with BN over without, in batches of 256 over the same in batches of 8",
                     at_least(2, Unit::times),
                     "The grid's step is 1.8; \"grows with the batch\" should mean more than one step.",
                     [](const SeedResults& seed) { return factor(seed, 256) / factor(seed, 8); }),
                part("best rate with BN over without, in batches of 256", at_least(2, Unit::times),
                     "Larger rates that pay: more than one step of the grid.",
                     [](const SeedResults& seed) { return factor(seed, 256); })},
      .grid =
          [](const Plan& plan) {
            return grid(
                [&](const std::string& norm, Index size, double lr) {
                  RunConfig c = plain_mlp("relu", 8).config;
                  c.norm = norm;
                  c.batch_size = size;
                  c.lr = lr;
                  c.steps = c.eval_every = plan.of(500, 20);
                  return training(arm(norm, size, lr), c,
                                  {.test = Training::brief, .seconds = size > 100 ? 1.5 : 0.3});
                },
                norms, sizes, rates);
          },
      .show = show,
      .seen = seen,
      .caveat =
          "The paper's networks have skips, where BN also keeps the signal from growing; and they see each image many "
          "times, where here the steps are the same and the large batches see more images.",
  };
}

}}  // namespace norma
