// Optimizers step by step against the slow versions in reference.h, what they leave alone, and clipping.
#include "optim/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "optim/registry.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace optim_optimizer_test {

using namespace reference;

// A weight, which decays, and a bias, which does not.
std::vector<Parameter> weight_and_bias(const Shape& shape = {7, 5}) {
  return {{"weight", random_tensor(shape, 1).set_requires_grad(true), true},
          {"bias", random_tensor({5}, 2).set_requires_grad(true), false}};
}

// Step t's gradients: the same for every optimizer.
void set_gradients(const std::vector<Parameter>& parameters, int t) {
  for (std::size_t k = 0; k < parameters.size(); ++k)
    set_gradient(parameters[k].tensor,
                 random_tensor(parameters[k].tensor.shape(), 100 * static_cast<std::uint64_t>(t) + k));
}

TEST_CASE("SGD: as the reference over many steps, in every combination of settings") {
  for (const SgdOptions& o : {SgdOptions{.lr = 0.1},
                              {.lr = 0.1, .weight_decay = 0.2},
                              {.lr = 0.05, .momentum = 0.9},
                              {.lr = 0.05, .momentum = 0.9, .dampening = 0.3},
                              {.lr = 0.05, .momentum = 0.9, .dampening = -0.5},
                              {.lr = 0.05, .momentum = 0.8, .nesterov = true, .weight_decay = 0.1},
                              {.lr = 0.05, .momentum = 0.8, .weight_decay = 0.1, .decay_all = true},
                              {.lr = 0, .momentum = 0.5}}) {
    CAPTURE(o.momentum);
    CAPTURE(o.dampening);
    CAPTURE(o.weight_decay);
    const auto parameters = weight_and_bias();
    Sgd sgd(parameters, o);
    std::vector<Numbers> p = {numbers(parameters[0].tensor), numbers(parameters[1].tensor)}, b(2);
    for (int t = 1; t <= 20; ++t) {
      set_gradients(parameters, t);
      sgd.lr = o.lr / t;  // the rate stays outside the buffer
      sgd.step();
      for (std::size_t k = 0; k < 2; ++k) {
        const bool decays = k == 0 || o.decay_all;
        sgd_step(p[k], gradient(parameters[k].tensor), b[k], o.lr / t, o.momentum, o.dampening, o.nesterov,
                 decays ? o.weight_decay : 0);
        CHECK(difference(parameters[k].tensor, p[k]) < tolerance);
      }
    }
  }
}

TEST_CASE("Adam: as the reference over many steps") {
  for (const AdamOptions& o : {AdamOptions{},
                               {.lr = 0.1, .beta1 = 0.5, .beta2 = 0.9, .eps = 1e-3},
                               {.lr = 0.01, .beta1 = 0, .beta2 = 0},
                               {.lr = 0.1, .weight_decay = 0.3},
                               {.lr = 0.1, .weight_decay = 0.3, .decay_all = true}}) {
    CAPTURE(o.beta1);
    CAPTURE(o.weight_decay);
    const auto parameters = weight_and_bias();
    Adam adam(parameters, o);
    std::vector<Numbers> p = {numbers(parameters[0].tensor), numbers(parameters[1].tensor)};
    std::vector<Numbers> m = {Numbers(35), Numbers(5)}, v = m;
    for (int t = 1; t <= 20; ++t) {
      set_gradients(parameters, t);
      adam.step();
      for (std::size_t k = 0; k < 2; ++k) {
        const bool decays = k == 0 || o.decay_all;
        adam_step(p[k], gradient(parameters[k].tensor), m[k], v[k], t, o.lr, o.beta1, o.beta2, o.eps,
                  decays ? o.weight_decay : 0);
        CHECK(difference(parameters[k].tensor, p[k]) < 5 * tolerance);
      }
    }
  }
}

TEST_CASE("Adam: without ε, a gradient whose square is hardly a number still gives a step") {
  const Tensor parameter = Tensor::zeros({3}).set_requires_grad(true);
  Adam adam({{"w", parameter}}, {.lr = 0.1, .beta2 = 0.5, .eps = 0});
  set_gradient(parameter, Tensor::full({3}, std::sqrt(std::numeric_limits<real>::min())));
  adam.step();
  for (real x : parameter.values()) CHECK(double(x) == doctest::Approx(-0.1));
}

// Numbers below the smallest normal one make a step several times slower.
TEST_CASE("the averages of a gradient that has become 0 come to 0, and the parameters do not notice") {
  for (const char* kind : {"Adam", "SGD"}) {
    CAPTURE(kind);
    const Tensor parameter = random_tensor({40}, 1).set_requires_grad(true);
    const std::vector<Parameter> all = {{"w", parameter}};
    std::unique_ptr<Optimizer> optimizer;
    if (kind == std::string("Adam"))
      optimizer = std::make_unique<Adam>(all, AdamOptions{.beta1 = 0.6, .beta2 = 0.7});
    else
      optimizer = std::make_unique<Sgd>(all, SgdOptions{.lr = 0.1, .momentum = 0.7});
    Numbers p = numbers(parameter), m(40), v(40), b;
    for (int t = 1; t <= (in_double ? 2500 : 400); ++t) {
      set_gradient(parameter, t == 1 ? random_tensor({40}, 2) : Tensor::zeros({40}));
      optimizer->step();
      if (kind == std::string("Adam"))
        adam_step(p, gradient(parameter), m, v, t, 1e-3, 0.6, 0.7, 1e-8, 0);
      else
        sgd_step(p, gradient(parameter), b, 0.1, 0.7, 0, false, 0);
      for (const StateEntry& e : optimizer->state_dict()) {
        if (e.counter) continue;
        for (real x : e.tensor.values()) REQUIRE(std::fpclassify(x) != FP_SUBNORMAL);
      }
    }
    CHECK(difference(parameter, p) < 5 * tolerance);
    for (const StateEntry& e : optimizer->state_dict()) {
      if (e.counter) continue;
      for (real x : e.tensor.values()) CHECK(x == 0);
    }
  }
}

// Every optimizer there is, with what of these settings it takes.
const OptimizerSettings settings = {.momentum = 0.9, .weight_decay = 0.1};

TEST_CASE("large parameters come out the same on two threads, bit for bit") {
  for (const OptimizerRow& row : optimizers()) {
    INFO(std::string(row.name));
    for (const OptimizerSettings& s : {OptimizerSettings{.weight_decay = 0.1}, settings}) {
      CHECK(same_on_two_threads([&] {
        const auto parameters = weight_and_bias({70'001, 3});
        const auto optimizer = row.make(s, parameters);
        for (int t = 1; t <= 3; ++t) {
          set_gradients(parameters, t);
          optimizer->step();
        }
        return std::vector<Tensor>{parameters[0].tensor, parameters[1].tensor};
      }));
    }
  }
}

TEST_CASE("frozen parameters and those without gradient stay what they are") {
  for (const OptimizerRow& row : optimizers()) {
    INFO(std::string(row.name));
    auto parameters = weight_and_bias();
    parameters.push_back({"unused", random_tensor({3}, 3).set_requires_grad(true), true});
    const Tensor weight = parameters[0].tensor.clone(), unused = parameters[2].tensor.clone();
    const auto optimizer = row.make(settings, parameters);
    set_gradients(parameters, 1);
    parameters[0].tensor.set_requires_grad(false);
    parameters[2].tensor.zero_grad();
    const Tensor bias = parameters[1].tensor.clone();
    optimizer->step();
    CHECK(same_bits(parameters[0].tensor, weight));
    CHECK(same_bits(parameters[2].tensor, unused));
    CHECK_FALSE(same_bits(parameters[1].tensor, bias));
    const Tensor moved = parameters[1].tensor.clone();
    optimizer->zero_grad();
    for (const Parameter& p : optimizer->parameters()) CHECK_FALSE(p.tensor.has_grad());
    optimizer->step();
    CHECK(same_bits(parameters[1].tensor, moved));
  }
}

TEST_CASE("a parameter whose first gradient comes late begins then") {
  const auto parameters = weight_and_bias();
  Adam adam(parameters, {.lr = 0.1});
  set_gradients(parameters, 1);
  parameters[1].tensor.zero_grad();
  adam.step();
  Numbers p = numbers(parameters[1].tensor), m(5), v(5);
  set_gradients(parameters, 2);
  adam.step();
  adam_step(p, gradient(parameters[1].tensor), m, v, 1, 0.1L, 0.9L, 0.999L, 1e-8L, 0);
  CHECK(difference(parameters[1].tensor, p) < tolerance);
}

TEST_CASE("errors of settings") {
  auto sgd = [](const SgdOptions& o) { return error_of([&] { Sgd({}, o); }); };
  CHECK(sgd({}) == "no error");
  CHECK(sgd({.lr = -1}) == "SGD: expected learning rate of at least 0 and below inf, got -1");
  CHECK(sgd({.lr = NAN}).starts_with("SGD: expected learning rate"));
  CHECK(sgd({.lr = HUGE_VAL}) == "SGD: expected learning rate of at least 0 and below inf, got inf");
  CHECK(sgd({.momentum = -0.1}) == "SGD: expected momentum of at least 0 and below inf, got -0.1");
  CHECK(sgd({.dampening = NAN}).starts_with("SGD: expected a finite dampening"));
  CHECK(sgd({.weight_decay = -1}) == "SGD: expected weight decay of at least 0 and below inf, got -1");
  const std::string nesterov = "SGD: Nesterov: expected momentum above 0 and no dampening, got momentum ";
  CHECK(sgd({.nesterov = true}) == nesterov + "0 and dampening 0");
  CHECK(sgd({.momentum = 0.9, .dampening = 0.1, .nesterov = true}) == nesterov + "0.9 and dampening 0.1");

  auto adam = [](const AdamOptions& o) { return error_of([&] { Adam({}, o); }); };
  CHECK(adam({}) == "no error");
  CHECK(adam({.lr = -1}) == "Adam: expected learning rate of at least 0 and below inf, got -1");
  CHECK(adam({.beta1 = 1}) == "Adam: expected beta1 of at least 0 and below 1, got 1");
  CHECK(adam({.beta2 = -0.1}) == "Adam: expected beta2 of at least 0 and below 1, got -0.1");
  CHECK(adam({.eps = -1}) == "Adam: expected eps of at least 0 and below inf, got -1");
  CHECK(adam({.weight_decay = HUGE_VAL}) ==
        "Adam: expected weight decay of at least 0 and below inf, got inf");
}

TEST_CASE("clip_grad_norm: the norm over all gradients, which shrink together") {
  auto parameters = weight_and_bias();
  parameters.push_back({"frozen", random_tensor({4}, 5).set_requires_grad(true), true});
  Sgd sgd(parameters, {});
  set_gradients(parameters, 1);
  parameters[2].tensor.set_requires_grad(false);
  Wide squares = 0;
  for (std::size_t k : {0u, 1u})
    for (Wide g : gradient(parameters[k].tensor)) squares += g * g;
  const double norm = static_cast<double>(std::sqrt(squares));
  const Numbers before = gradient(parameters[0].tensor), frozen = gradient(parameters[2].tensor);

  CHECK(sgd.clip_grad_norm(2 * norm) == doctest::Approx(norm).epsilon(tolerance));
  CHECK(gradient(parameters[0].tensor) == before);
  CHECK(sgd.clip_grad_norm(norm / 4) == doctest::Approx(norm).epsilon(tolerance));
  Numbers quarter = before;
  for (Wide& g : quarter) g /= 4;
  CHECK(difference(gradient(parameters[0].tensor), quarter) < 1e-5);  // PyTorch adds 1e-6 to the norm
  CHECK(gradient(parameters[2].tensor) == frozen);
  CHECK(sgd.clip_grad_norm(1e9) == doctest::Approx(norm / 4).epsilon(1e-5));
  CHECK(error_of([&] { sgd.clip_grad_norm(0); }) == "clip_grad_norm: expected more than 0, got 0");
  CHECK(error_of([&] { sgd.clip_grad_norm(NAN); }).find("clip_grad_norm: ") == 0);
  sgd.zero_grad();
  CHECK(sgd.clip_grad_norm(1) == 0);
}

}  // namespace optim_optimizer_test
}}  // namespace norma
