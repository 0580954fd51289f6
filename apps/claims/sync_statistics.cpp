// Where a batch is spread over machines, BN with each machine's own statistics loses accuracy; statistics
// over all of them recover it.
#include "apps/claims/engine/claim.h"
#include "apps/claims/engine/small_cnn.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr Index batch = 32, parts = 16;
const std::vector<double> rates = {0.06, 0.2, 0.6};  // small-batch's for batches of 32

struct Arm {
  const char *name, *words, *norm, *group;
  Index parts;
};
const std::vector<Arm> arms = {
    {"parts", "BN, statistics of 2 images", "batch", "local", parts},
    {"all", "BN, statistics over all parts", "batch", "all", parts},
    {"batch", "BN, the batch in one piece", "batch", "all", 1},
    {"renorm", "batch renormalization, statistics of 2 images", "batch-renorm", "local", parts}};

std::string arm_at(const std::string& name, double lr) {
  return "statistics=" + name + ", lr=" + number_text(lr);
}

std::string best_rate(const Results& results, const std::string& name) {
  return best_arm(results, arms_of(rates, [&](double lr) { return arm_at(name, lr); }));
}

double error(const SeedResults& seed, const std::string& name) {
  return 1 - accuracy(seed[best_rate(seed.all, name)]);
}

std::vector<Cell> cells(const Plan& plan) {
  return grid(
      [&](const Arm& arm, double lr) {
        RunConfig c = small_cnn_with_hidden(arm.norm);
        c.batch_size = batch;
        c.accumulate = arm.parts;
        c.norm_group = arm.group;
        c.steps = c.eval_every = plan.of(450, 2);
        c.lr = lr;
        c.schedule = "cosine";
        return training(arm_at(arm.name, lr), c,
                        {.test = plan.work < 1 ? Training::brief : Training::full,
                         .seconds = (arm.parts > 1 ? 6e-3 : 1.2e-3) * double(c.steps)});
      },
      arms, rates);
}

std::vector<Exhibit> show(const Results& results) {
  Figure f{
      .x_label = "learning rate", .y_label = "test error", .log_x = true, .log_y = true, .percent_y = true};
  Table t({"", "0.06", "0.2", "0.6"});
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const auto names = arms_of(rates, [&](double lr) { return arm_at(arms[i].name, lr); });
    f.series.push_back(points_of(results, names, rates, arms[i].words, static_cast<int>(i),
                                 [](const Outcome& o) { return 1 - accuracy(o); }));
    std::vector<std::string> row = {arms[i].words};
    for (const std::string& name : names) row.push_back(percent(1 - mean_accuracy(results, name).mean));
    t.row(row);
  }
  return {{"error", "Test error at the end against the learning rate; mean and 95% interval.", f},
          {"table", "Mean test error at each rate.", t}};
}

std::string seen(const Results& results) {
  std::string text = "Test error at the best rate";
  for (const Arm& arm : arms)
    text += std::string(&arm == &arms.front() ? ": " : "; ") + arm.words + ", " +
            percent(1 - mean_accuracy(results, best_rate(results, arm.name)).mean);
  return text + ".";
}

}  // namespace

Claim sync_statistics_claim() {
  return {
      .name = "sync-statistics",
      .sentence =
          "Where a batch is spread over machines, BN with each machine's own statistics loses accuracy; "
          "statistics over all of them recover it.",
      .source = "Wu & He 2018, §4.1, Table 2; Peng et al. 2018 (MegDet)",
      .paper =
          "Wu & He take BN's statistics on each of 8 GPUs: with 2 images on each the ImageNet error is 34.7%, "
          "with 32 it is 23.6%. Peng et al. compute them over all GPUs (\"Cross-GPU Batch Normalization\"), "
          "and train detectors with 2 images on each.",
      .scope =
          "14,400 images of {data}, once, 2 convolutions and a hidden layer, batches of 32 in 16 parts; the "
          "papers: ImageNet and COCO, ResNet-50",
      .asked =
          "small-batch's network and rates, {450} batches of 32 in 16 parts of 2, as 16 machines would have "
          "them (`--accumulate 16`): each part with its own statistics (`--norm-group local`), with those over "
          "all parts (`all`), and without parts. Weights, batches, steps and rates are the same, so what "
          "differs is whose statistics normalize. Each arm speaks by its best of three rates.",
      .parts =
          {part("test error with statistics of each part over that with statistics over all",
                at_least(1.2, Unit::times),
                "small-batch's bound: a fifth more errors is the least that one would change a program for. "
                "The paper's is 34.7/23.6 = 1.47.",
                [](const SeedResults& seed) { return error(seed, "parts") / error(seed, "all"); }),
           part("test error with statistics over all parts over that of the batch in one piece",
                at_most(1.1, Unit::times),
                "They are the same sums in another order, so only rounding differs; half of the effect above "
                "would no longer be \"recover\".",
                [](const SeedResults& seed) { return error(seed, "all") / error(seed, "batch"); })},
      .grid = cells,
      .show = show,
      .seen = seen,
      .caveat =
          "Sixteen parts in one process give the bytes of sixteen processes, so nothing here depends on a "
          "network between machines, nor says what it would cost. Batch renormalization, which needs no "
          "message, stands beside them without a verdict.",
  };
}

}}  // namespace norma
