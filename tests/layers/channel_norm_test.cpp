// The switches of every layer that keeps running averages: train, eval, frozen, recalibrated; and loading its
// state.
#include "layers/channel_norm.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "layers/batchnorm.h"
#include "layers/batchnorm_variants.h"
#include "layers/batchrenorm.h"
#include "layers/groupnorm.h"
#include "layers/instancenorm.h"
#include "layers/layernorm.h"
#include "optim/optimizer.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_channel_norm_test {

using namespace reference;

constexpr Index C = 3;

BatchRenormOptions open_renorm() {
  return {.momentum = 0.25, .r_max = 2, .d_max = 2, .warmup = 0, .r_until = 0, .d_until = 0};
}

// Every layer that keeps running averages, on (N, 3, L).
std::vector<std::unique_ptr<ChannelNorm>> tracking(double momentum = 0.25) {
  const BatchNormOptions o{.momentum = momentum};
  BatchRenormOptions r = open_renorm();
  if (momentum > 0) r.momentum = momentum;
  std::vector<std::unique_ptr<ChannelNorm>> all;
  all.push_back(std::make_unique<BatchNorm1d>(C, o));
  all.push_back(std::make_unique<BatchRenorm>(C, r));
  all.push_back(std::make_unique<SpreadBatchNorm>(C, Spread::l1, o));
  all.push_back(std::make_unique<SpreadBatchNorm>(C, Spread::linf, o));
  all.push_back(std::make_unique<MeanOnlyBatchNorm>(C, o));
  all.push_back(std::make_unique<InstanceNorm1d>(
      C, InstanceNormOptions{.momentum = momentum, .affine = true, .track_running_stats = true}));
  return all;
}

// The statistic beside running_mean, if there is one.
Tensor deviation(const ChannelNorm& layer) {
  for (const StateEntry& e : layer.state_dict())
    if (e.name.find("running_") == 0 && e.name != "running_mean") return e.tensor;
  return {};
}

// What a batch contributes to the running averages: its mean, and the second statistic by the layer's name.
std::pair<Numbers, Numbers> contribution(const std::string& name, const Tensor& x) {
  Numbers means, seconds;
  const Index N = x.dim(0), L = x.dim(2);
  for (Index c = 0; c < C; ++c) {
    const bool each = name.find("Instance") == 0;  // per sample, then averaged
    Wide mean = 0, squares = 0, l1 = 0, linf = 0, inner = 0;
    auto get = [&](Index n, Index l) { return Wide(x[(n * C + c) * L + l]); };
    for (Index n = 0; n < N; ++n)
      for (Index l = 0; l < L; ++l) mean += get(n, l) / Wide(N * L);
    for (Index n = 0; n < N; ++n) {
      Wide own = 0;
      for (Index l = 0; l < L; ++l) own += get(n, l) / L;
      for (Index l = 0; l < L; ++l) {
        const Wide d = get(n, l) - mean;
        squares += d * d;
        l1 += std::abs(d) / Wide(N * L);
        linf = std::max(linf, std::abs(d));
        inner += (get(n, l) - own) * (get(n, l) - own) / Wide(L - 1) / N;
      }
    }
    means.push_back(mean);
    seconds.push_back(each                            ? inner
                      : name.find("L1") == 0          ? l1
                      : name.find("Linf") == 0        ? linf
                      : name.find("BatchRenorm") == 0 ? std::sqrt(squares / Wide(N * L) + 1e-5L)
                                                      : squares / Wide(N * L - 1));
  }
  return {means, seconds};
}

TEST_CASE("running averages: momentum, its extremes, and their plain mean when they are recalibrated") {
  for (double momentum : {0.25, 1.0, 0.0}) {
    for (const auto& layer : tracking(momentum)) {
      const std::string name = layer->describe();
      CAPTURE(name);
      const bool instance = name.find("Instance") == 0;
      const double f = name.find("BatchRenorm") == 0 && momentum == 0 ? 0.25 : momentum;
      Numbers mean(at(C), 0), second(at(C), 1);
      for (std::uint64_t t = 0; t < 3; ++t) {
        const Tensor x = random_tensor({5, C, 4}, t, 2, 3);
        const auto [m, s] = contribution(name, x);
        (*layer)(x);
        for (std::size_t k = 0; k < at(C); ++k)
          mean[k] += f * (m[k] - mean[k]), second[k] += f * (s[k] - second[k]);
      }
      CHECK(difference(layer->running_mean, mean) < 5 * tolerance);
      if (deviation(*layer).defined()) CHECK(difference(deviation(*layer), second) < 5 * tolerance);
      CHECK(*layer->num_batches_tracked == (instance ? 0 : 3));

      // 2015 paper, Algorithm 2: E[x] ← E_B[μ_B], Var[x] ← m/(m − 1) E_B[σ_B²], with batches of any size
      layer->running_mean[0] = NAN;  // what was there does not matter
      layer->recalibrate(true);
      layer->eval(Statistics::batch);
      Numbers means(at(C), 0), seconds(at(C), 0);
      for (Index t = 0; t < 4; ++t) {
        const Tensor x = random_tensor({3 + t, C, 4}, std::uint64_t(20 + t), double(t), 2);
        const auto [m, s] = contribution(name, x);
        (*layer)(x);
        for (std::size_t k = 0; k < at(C); ++k) means[k] += m[k] / 4, seconds[k] += s[k] / 4;
      }
      layer->recalibrate(false);
      CHECK(difference(layer->running_mean, means) < 5 * tolerance);
      if (deviation(*layer).defined()) CHECK(difference(deviation(*layer), seconds) < 5 * tolerance);
      CHECK(*layer->num_batches_tracked == (instance ? 0 : 3));
      CHECK((layer->options.momentum == f));

      const auto before = snapshot(*layer);  // eval again gathers nothing; training goes on as before
      layer->eval(Statistics::batch);
      (*layer)(random_tensor({5, C, 4}, 30));
      layer->eval();
      (*layer)(random_tensor({5, C, 4}, 30));
      CHECK(snapshot(*layer) == before);
      layer->train();
      const Tensor x = random_tensor({5, C, 4}, 31);
      const auto [m, s] = contribution(name, x);
      (*layer)(x);
      for (std::size_t k = 0; k < at(C); ++k) means[k] += f * (m[k] - means[k]);
      CHECK(difference(layer->running_mean, means) < 5 * tolerance);
      // a second recalibration starts again
      layer->recalibrate(true);
      layer->eval(Statistics::batch);
      (*layer)(x);
      CHECK(difference(layer->running_mean, m) < 5 * tolerance);
    }
  }
}

TEST_CASE(
    "frozen statistics normalize in training as in evaluation, whatever the mode; the gradient takes them "
    "so") {
  for (const auto& layer : tracking()) {
    const std::string name = layer->describe();
    CAPTURE(name);
    for (std::uint64_t t = 0; t < 3; ++t) (*layer)(random_tensor({5, C, 4}, t, 2, 3));
    const auto before = snapshot(*layer);
    const Tensor x = random_tensor({5, C, 4}, 9, 1, 2), dy = random_tensor({5, C, 4}, 10);
    auto act = [&] {
      Tensor input = x.clone();
      input.set_requires_grad(true);
      const Tensor y = (*layer)(input);
      y.backward(dy);
      return std::pair(y, input.grad().clone());
    };
    const auto batch = act();
    layer->load([&] {
      StateDict s = layer->state_dict();
      for (StateEntry& e : s)
        if (e.counter)
          *e.counter = std::int64_t(before.at(e.name)[0]);
        else
          for (Index i = 0; i < e.tensor.size(); ++i) e.tensor[i] = real(before.at(e.name)[at(i)]);
      return s;
    }());
    layer->eval();
    const auto want = act();
    layer->train();
    layer->freeze_statistics();
    auto check_frozen = [&] {
      const auto got = act();
      CHECK(same_bits(got.first, want.first));
      CHECK(same_bits(got.second, want.second));
      CHECK_FALSE(same_bits(got.first, batch.first));
    };
    check_frozen();
    layer->eval();
    layer->train();
    check_frozen();                          // survives
    (*layer)(random_tensor({1, C, 1}, 11));  // a batch of one value is nothing special then
    layer->eval(Statistics::batch);
    check_frozen();
    CHECK(snapshot(*layer) == before);
    // through constants each element's gradient stays its own: dx = γ dy/s
    const Tensor s = deviation(*layer);
    for (Index c = 0; c < C; ++c) {
      const double ratio = double(want.second[c * 4]) / double(dy[c * 4]);
      for (Index n = 0; n < 5; ++n)
        for (Index l = 0; l < 4; ++l) {
          const Index i = (n * C + c) * 4 + l;
          CHECK(double(want.second[i]) == doctest::Approx(ratio * double(dy[i])).epsilon(tolerance));
        }
      if (!s.defined()) CHECK(ratio == 1);
    }
    layer->train();
    layer->freeze_statistics(false);
    (*layer)(x);
    CHECK(snapshot(*layer) != before);
  }
  BatchNorm1d untracked(C, {.track_running_stats = false});
  CHECK(error_of([&] { untracked.freeze_statistics(); }) ==
        "BatchNorm1d: no running statistics to freeze, track_running_stats is off");
  untracked.freeze_statistics(false);
  untracked.recalibrate(true);  // nothing to do
  untracked(random_tensor({4, C}, 1));
}

TEST_CASE("frozen gamma and beta get no gradient and no optimizer moves them; apart from the statistics") {
  for (const auto& layer : tracking()) {
    CAPTURE(layer->describe());
    Sgd sgd(layer->parameters(), {.lr = 0.5, .momentum = 0.9, .weight_decay = 0.1, .decay_all = true});
    auto moved = [&] {  // which of weight, bias, running_mean a training step changes
      const auto before = snapshot(*layer);
      sgd.zero_grad();
      const Tensor x = random_tensor({5, C, 4}, 1, 2, 3).set_requires_grad(true);
      mse((*layer)(x), random_tensor({5, C, 4}, 2)).backward();
      sgd.step();
      CHECK(x.has_grad());
      const auto after = snapshot(*layer);
      std::string all;
      for (const char* key : {"weight", "bias", "running_mean"})
        if (before.count(key) && before.at(key) != after.at(key)) all += std::string(key) + ' ';
      return all;
    };
    const std::string affine = layer->weight.defined() ? "weight bias " : "bias ";
    CHECK(moved() == affine + "running_mean ");
    mse((*layer)(random_tensor({5, C, 4}, 3)), random_tensor({5, C, 4}, 2)).backward();
    layer->freeze_affine();  // with gradients there, and momentum
    sgd.step();
    CHECK(moved() == "running_mean ");
    CHECK_FALSE(layer->bias.has_grad());
    layer->eval();
    layer->train();
    CHECK(moved() == "running_mean ");
    layer->freeze_statistics();
    CHECK(moved() == "");
    layer->freeze_affine(false);
    CHECK(moved() == affine);
    layer->freeze_statistics(false);
    CHECK(moved() == affine + "running_mean ");
  }
}

TEST_CASE("another layer loads the state and computes the same") {
  const auto from = tracking(), to = tracking();
  const Tensor x = random_tensor({5, C, 4}, 9);
  for (std::size_t k = 0; k < from.size(); ++k) {
    CAPTURE(from[k]->describe());
    for (std::uint64_t t = 0; t < 3; ++t) (*from[k])(random_tensor({5, C, 4}, t, 2, 3));
    from[k]->bias.copy_from(random_tensor({C}, 5));
    to[k]->load(from[k]->state_dict());
    CHECK(snapshot(*to[k]) == snapshot(*from[k]));
    from[k]->eval();
    to[k]->eval();
    CHECK(same_bits((*to[k])(x), (*from[k])(x)));
    to[k]->train();
    (*to[k])(x);  // handles stay apart
    CHECK(snapshot(*to[k]) != snapshot(*from[k]));
  }
  CHECK(error_of([&] { to[1]->load(from[0]->state_dict()); }) ==
        "load: running_std is missing from the state");
  CHECK(error_of([&] { to[4]->load(from[0]->state_dict()); }) == "load: the model has no weight");
  CHECK(error_of([&] {
          GroupNorm(1, 4).load(LayerNorm({2, 2}).state_dict());
        }) == "load: weight: expected shape (4,), got (2, 2)");
}

}  // namespace layers_channel_norm_test
}}  // namespace norma
