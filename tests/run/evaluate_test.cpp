// Evaluation changes nothing, and what it measures stands for the whole set.
#include "apps/run/evaluate.h"

#include <doctest/doctest.h>

#include "apps/run/trainer.h"
#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_evaluate_test {

TEST_CASE("evaluate: evaluation changes nothing and goes back to training mode") {
  const FinishedRun r = run(small(), digits());
  Sequential model = build_network(resolve(r.result.config, digits()));
  model.load(r.model.state_dict());
  const std::string before = bytes_of(model);
  for (Statistics s : {Statistics::running, Statistics::batch}) {
    const Score score = evaluate(model, digits().test, {}, 60, s);
    CHECK(bytes_of(model) == before);
    CHECK(model.training());
    CHECK(evaluate(model, digits().test, {}, 60, s).loss == score.loss);
  }
  // By running statistics each sample is judged by itself, so the batch size does not matter.
  const Score by_sixty = evaluate(model, digits().test, {}, 60, Statistics::running),
              by_one = evaluate(model, digits().test, {}, 1, Statistics::running);
  CHECK(by_sixty.accuracy == by_one.accuracy);
  CHECK(by_sixty.loss == doctest::Approx(by_one.loss).epsilon(1e-5));
  CHECK(by_sixty.accuracy == r.result.test_running.accuracy);
  // By the batch's it does; a single sample that is left joins the batch before it: 167 = 83 + 84.
  const Dataset part = digits().test.first(167);
  const Score by_batch = evaluate(model, part, {}, 83, Statistics::batch),
              first = evaluate(model, part.first(83), {}, 83, Statistics::batch);
  Dataset rest = part;
  rest.pixels.erase(rest.pixels.begin(), rest.pixels.begin() + 83 * part.sample.size());
  rest.labels.erase(rest.labels.begin(), rest.labels.begin() + 83);
  const Score last = evaluate(model, rest, {}, 84, Statistics::batch);
  CHECK(by_batch.loss == doctest::Approx((83 * first.loss + 84 * last.loss) / 167).epsilon(1e-6));
  CHECK(167 * by_batch.accuracy == doctest::Approx(83 * first.accuracy + 84 * last.accuracy));
  CHECK(by_batch.loss != evaluate(model, part, {}, 60, Statistics::batch).loss);
  CHECK(std::isnan(evaluate(model, part.first(1), {}, 83, Statistics::batch).loss));  // no statistics of one
}

TEST_CASE("evaluate: precise and batch statistics stand for the whole set, whatever its order") {
  const auto sorted = [](const Dataset& data) {
    Dataset result = data.without_samples();
    for (int c = 0; c < data.classes; ++c) {
      for (Index i = 0; i < data.size(); ++i) {
        if (data.labels[static_cast<std::size_t>(i)] != c) continue;
        result.labels.push_back(static_cast<std::uint8_t>(c));
        const auto at = data.pixels.begin() + i * data.sample.size();
        result.pixels.insert(result.pixels.end(), at, at + data.sample.size());
      }
    }
    return result;
  };
  RunConfig c = small();
  c.dropout = 0;
  c.lr = 0.3;
  c.steps = 200;
  c.eval_every = 200;
  c.precise = 120;
  const DataPair by_class = {sorted(digits().train), sorted(digits().test)};
  const FinishedRun mixed = run(c, digits()), other = run(c, by_class);
  Sequential model = build_network(resolve(other.result.config, by_class));
  model.load(other.model.state_dict());
  const double in_order = evaluate(model, by_class.test, {}, 60, Statistics::batch).accuracy;
  CHECK(mixed.result.test_batch.accuracy > in_order + 0.1);
  CHECK(std::abs(mixed.result.test_batch.accuracy - other.result.test_batch.accuracy) < 0.1);
  CHECK(std::abs(other.result.test_running.accuracy - other.result.test_moving.accuracy) < 0.1);
}

}  // namespace run_evaluate_test
}}  // namespace norma
