// A batch in parts is the batch: statistics that parts share are those of the whole, with its gradients; the
// number of parts and the groups determine the bytes of a run; a part that fails ends the others.
#include "apps/run/parts.h"

#include <doctest/doctest.h>

#include "apps/run/exchange.h"
#include "apps/run/team.h"
#include "apps/run/trainer.h"
#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "tests/support/reference.h"
#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_parts_test {

using namespace reference;

// y, dx, the gradients of the parameters and the state that a layer leaves, after forward and backward.
struct Outcome {
  Numbers y, dx;
  std::vector<Numbers> rest;
};

Outcome pass(ChannelNorm& layer, const Tensor& values, const Tensor& dy) {
  Tensor x = values.clone();
  x.set_requires_grad(true);
  const Tensor y = layer(x);
  sum(mul(y, dy)).backward();
  Outcome o{numbers(y), gradient(x), {}};
  for (const Parameter& p : layer.parameters()) o.rest.push_back(gradient(p.tensor));
  for (const StateEntry& e : layer.state_dict())
    if (e.tensor.defined()) o.rest.push_back(numbers(e.tensor));
  return o;
}

Tensor rows(const Tensor& t, Index begin, Index end) {
  Shape shape;
  shape.append(end - begin);
  for (int i = 1; i < t.rank(); ++i) shape.append(t.dim(i));
  Tensor part(shape);
  const Index each = t.size() / t.dim(0);
  std::copy(t.begin() + begin * each, t.begin() + end * each, part.begin());
  return part;
}

void append(Numbers& all, const Numbers& more) { all.insert(all.end(), more.begin(), more.end()); }

// The same layer on each part of the rows, on a thread each.
std::vector<Outcome> in_parts(const std::function<std::unique_ptr<ChannelNorm>()>& make, const Tensor& x,
                              const Tensor& dy, const std::vector<Index>& ends) {
  const Index n = static_cast<Index>(ends.size());
  Exchange exchange(n);
  Team team(n);
  std::vector<Outcome> outcomes(ends.size());
  team.run([&](Index i) {
    const Index begin = i == 0 ? 0 : ends[at(i - 1)], end = ends[at(i)];
    Member member(exchange, i);
    const auto layer = make();
    layer->share_statistics(&member);
    outcomes[at(i)] = pass(*layer, rows(x, begin, end), rows(dy, begin, end));
  });
  return outcomes;
}

TEST_CASE("parts: statistics that parts share are the whole batch's, with outputs, averages and gradients") {
  const BatchNormOptions options{.momentum = 0.3};
  BatchRenormOptions renorm;
  renorm.momentum = 0.2, renorm.warmup = 0, renorm.r_until = renorm.d_until = 1;
  const std::vector<std::pair<const char*, std::function<std::unique_ptr<ChannelNorm>()>>> layers = {
      {"BatchNorm1d", [=] { return std::make_unique<BatchNorm1d>(3, options); }},
      {"constant statistics",
       [] { return std::make_unique<BatchNorm1d>(3, BatchNormOptions{.statistics_gradient = false}); }},
      {"BatchRenorm", [=] { return std::make_unique<BatchRenorm>(3, renorm); }},
      {"mean only", [=] { return std::make_unique<MeanOnlyBatchNorm>(3, options); }},
      {"l1", [=] { return std::make_unique<SpreadBatchNorm>(3, Spread::l1, options); }},
      {"linf", [=] { return std::make_unique<SpreadBatchNorm>(3, Spread::linf, options); }}};
  const double allowed = in_double ? 1e-12 : 1e-6;
  for (const auto& layer : layers) {
    for (const Shape& shape : {Shape{12, 3}, Shape{12, 3, 5}}) {
      for (const std::vector<Index>& ends : {std::vector<Index>{6, 12}, {1, 5, 12}, {3, 6, 9, 12}}) {
        CAPTURE(layer.first);
        CAPTURE(shape);
        CAPTURE(ends.size());
        const Tensor x = random_tensor(shape, 1, 100, 3), dy = random_tensor(shape, 2);
        const auto whole_layer = layer.second();
        const Outcome whole = pass(*whole_layer, x, dy);
        const std::vector<Outcome> parts = in_parts(layer.second, x, dy, ends);
        Numbers y, dx;
        for (const Outcome& part : parts) append(y, part.y), append(dx, part.dx);
        CHECK(difference(y, whole.y) <= allowed);
        CHECK(difference(dx, whole.dx) <= allowed);
        const std::size_t learned = whole_layer->parameters().size();
        for (std::size_t k = 0; k < whole.rest.size(); ++k) {
          Numbers all(whole.rest[k].size(), 0);
          for (const Outcome& part : parts)
            for (std::size_t i = 0; i < all.size(); ++i)
              all[i] = k < learned ? all[i] + part.rest[k][i] : part.rest[k][i];
          CHECK(difference(all, whole.rest[k]) <= allowed);
          if (k < learned) continue;
          for (const Outcome& part : parts) CHECK(part.rest[k] == parts[0].rest[k]);  // the same in each
        }
      }
    }
  }
}

TEST_CASE("parts: the loss, the gradients and the averages of a run are those of one without parts") {
  for (const char* norm : {"batch", "none", "layer", "batch-renorm", "l1"}) {
    CAPTURE(norm);
    RunConfig c = small(norm);
    c.dropout = 0, c.steps = 12, c.log_every = 1, c.batch_size = 50;  // the last batch has 1 of 601
    if (c.norm == "batch-renorm") c.renorm_warmup = 3;
    const FinishedRun whole = run(c, digits());
    for (Index parts : {2, 3, 4}) {
      CAPTURE(parts);
      c.accumulate = parts;
      const FinishedRun divided = run(c, digits());
      for (std::size_t i = 0; i < whole.result.losses.size(); ++i)
        CHECK(std::abs(divided.result.losses[i].loss / whole.result.losses[i].loss - 1) <=
              (in_double ? 1e-12 : 2e-5));
      const StateDict a = whole.model.state_dict(), b = divided.model.state_dict();
      for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(a[i].name);
        if (a[i].counter) CHECK(*a[i].counter == *b[i].counter);
        if (a[i].tensor.defined())
          CHECK(difference(b[i].tensor, numbers(a[i].tensor)) <= (in_double ? 1e-10 : 1e-3));
      }
    }
  }
}

// The loss, and the model's buffers after it, of the samples in `n` parts.
std::pair<double, Numbers> backward(RunConfig c, const std::vector<std::uint32_t>& samples, Index n) {
  c.accumulate = n;
  const RunPlan plan = resolve(c, digits());
  Sequential model = build_model(plan, digits().train);
  Parts parts(plan, model, nullptr);
  Batch batch;
  fill(digits().train, samples, plan.loader.format, batch);
  for (const Parameter& p : model.parameters()) p.tensor.zero_grad();
  const double loss = parts.backward(batch, false);
  Numbers buffers;
  for (const StateEntry& e : model.state_dict())
    if (e.name.find("running") != e.name.npos) append(buffers, numbers(e.tensor));
  return {loss, buffers};
}

TEST_CASE(
    "parts: with statistics of their own they are batches of their own, and their averages are averaged") {
  RunConfig c = small();
  c.dropout = 0, c.norm_group = "local";
  std::vector<std::uint32_t> samples(60);
  for (std::uint32_t i = 0; i < 60; ++i) samples[i] = i * 7;
  const auto [loss, buffers] = backward(c, samples, 3);
  double mean_loss = 0;
  Numbers mean(buffers.size(), 0);
  for (int p = 0; p < 3; ++p) {
    RunConfig alone = c;
    alone.norm_group = "all";
    const auto own = backward(alone, {samples.begin() + 20 * p, samples.begin() + 20 * (p + 1)}, 1);
    mean_loss += own.first / 3;
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += own.second[i] / 3;
  }
  CHECK(loss == doctest::Approx(mean_loss).epsilon(in_double ? 1e-13 : 1e-6));
  CHECK(difference(buffers, mean) <= (in_double ? 1e-14 : 1e-6));
}

TEST_CASE("parts: dropout draws other units in each part, and the same in another run") {
  RunConfig c = small("none");
  c.accumulate = 2, c.dropout = 0.5, c.steps = 5;
  const FinishedRun first = run(c, digits()), again = run(c, digits());
  CHECK(bytes_of(first.model) == bytes_of(again.model));
  // Two parts with the same samples, and the same units, have the loss of one of them.
  CHECK(backward(c, {5, 6}, 1).first != backward(c, {5, 6, 5, 6}, 2).first);
  c.dropout = 0;
  CHECK(backward(c, {5, 6}, 1).first == backward(c, {5, 6, 5, 6}, 2).first);
}

TEST_CASE("parts: what does not fit is an error") {
  RunConfig c = small();
  const auto refused = [&](Index parts, const char* group, Index batch_size) {
    c.accumulate = parts, c.norm_group = group, c.batch_size = batch_size;
    return error_of([&] { resolve(c, digits()); });
  };
  CHECK(refused(4, "3", 60) ==
        "--norm-group: expected all, local or a number that divides 4, the parts, got 3");
  CHECK(refused(61, "all", 60) == "--accumulate: expected at most 60 parts, one sample each, got 61");
  CHECK(refused(6, "local", 10) ==
        "--batch-size: expected at least 12 with 6 groups of parts, two samples for the statistics of each, "
        "got 10");
  for (const char* group : {"all", "local", "2", "6"}) {
    c.accumulate = 6, c.norm_group = group, c.batch_size = 12;
    CHECK_NOTHROW(resolve(c, digits()));
  }
}

TEST_CASE("parts: one that fails ends those that wait for it, and its error is the one that is told") {
  Exchange exchange(3);
  Team team(3);
  const auto job = [&](Index i) {
    try {
      if (i == 1) fail("part 1 broke");
      double mine = 1, all[3];
      exchange.gather(i, &mine, 1, all);
    } catch (...) {
      exchange.fail(std::current_exception());
      throw;
    }
  };
  CHECK(error_of([&] { team.run(job); }) == "part 1 broke");
  CHECK_NOTHROW(team.run([](Index) {}));  // the team can go on
}

TEST_CASE("parts: the rows of a group are in the order of its parts, at each meeting") {
  constexpr Index n = 4;
  Exchange exchange(n);
  Team team(n);
  team.run([&](Index i) {
    for (int meeting = 0; meeting < 500; ++meeting) {
      const double mine[2] = {double(i), double(meeting)};
      double all[2 * n];
      exchange.gather(i, mine, 2, all);
      for (Index p = 0; p < n; ++p) {
        check(all[2 * p] == double(p) && all[2 * p + 1] == meeting, "another row: ", all[2 * p]);
      }
    }
  });
}

}}}  // namespace norma::run_parts_test
