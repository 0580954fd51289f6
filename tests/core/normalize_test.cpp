// Normalization: values and gradients against the paper's own steps (reference.h), and numbers that are hard.
#include "core/normalize.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_normalize_test {

using namespace reference;

struct Case {
  Shape shape;
  View view;
};

const std::vector<Case> cases = {
    {{1, 1}, {1, 1, 1}},      {{1, 3}, {1, 3, 1}},        {{2, 1}, {2, 1, 1}},
    {{5, 17}, {5, 17, 1}},    {{60, 100}, {60, 100, 1}},  {{7, 3, 5}, {7, 3, 5}},
    {{1, 2, 33}, {1, 2, 33}}, {{3, 2, 4, 5}, {3, 2, 20}}, {{6, 35}, {1, 6, 35}},
    {{4, 6, 5}, {1, 12, 10}}, {{700, 99}, {700, 99, 1}},  {{9, 70, 120}, {9, 70, 120}},
};

Moments copy_of(const Numbers& mean, const Numbers& variance) {
  const Index n = static_cast<Index>(mean.size());
  Moments m{Scratch<double>(n), Scratch<double>(n), /*constant=*/true};
  for (Index k = 0; k < n; ++k) {
    m.mean[k] = static_cast<double>(mean[at(k)]);
    m.variance[k] = static_cast<double>(variance[at(k)]);
  }
  return m;
}

TEST_CASE("value and every gradient, of each view, as the formulas say") {
  for (const Case& c : cases) {
    const Shape& shape = c.shape;
    const View& v = c.view;
    for (bool affine : {true, false}) {
      for (bool constant : {false, true}) {
        CAPTURE(shape);
        CAPTURE(affine);
        CAPTURE(constant);
        const double eps =
            v.count() < 3 ? 0.1 : 1e-5;  // two values that are close would amplify all rounding
        const Tensor x = random_tensor(shape, 1, 3, 2).set_requires_grad(true), dy = random_tensor(shape, 2);
        const Tensor gamma = affine ? random_tensor({v.kept}, 3, 1).set_requires_grad(true) : Tensor();
        const Tensor beta = affine ? random_tensor({v.kept}, 4).set_requires_grad(true) : Tensor();
        Numbers mean, variance;
        for (Index k = 0; k < v.kept; ++k) {
          mean.push_back(double(k) / 10);
          variance.push_back(1 + double(k) / 5);
        }
        const auto constants = std::pair(mean, variance);
        const Numbers g = affine ? numbers(gamma) : Numbers(), b = affine ? numbers(beta) : Numbers();
        const Normalized want =
            reference::normalize(numbers(x), v, eps, g, b, numbers(dy), constant ? &constants : nullptr);

        auto run = [&](int times) {
          for (const Tensor& t : {x, gamma, beta})
            if (t.defined()) t.zero_grad();
          std::vector<Tensor> results;
          for (int i = 0; i < times; ++i) {
            Moments m = constant ? copy_of(mean, variance) : moments(x, v);
            results = {normalize(x, v, m, eps, gamma, beta)};
            results[0].backward(dy);
          }
          for (const Tensor& t : {x, gamma, beta})
            if (t.defined()) results.push_back(t.grad().clone());
          return results;
        };
        for (int times : {1, 2}) {  // the second gradient is added to the first
          auto grown = [&](Numbers values) {
            for (Wide& n : values) n *= times;
            return values;
          };
          const auto got = run(times);
          CHECK(difference(got[0], want.y) < tolerance);
          CHECK(difference(got[1], grown(want.dx)) < tolerance);
          if (!affine) continue;
          CHECK(difference(got[2], grown(want.dgamma)) < tolerance);
          CHECK(difference(got[3], grown(want.dbeta)) < tolerance);
        }
        CHECK(same_on_two_threads([&] { return run(2); }));
      }
    }
  }
}

struct TwoViews {
  Shape shape;
  View statistics, affine;
};

const std::vector<TwoViews> pairs = {
    // LayerNorm over 1, 2 and all dimensions but one
    {{1, 1}, {1, 1, 1}, {1, 1, 1}},
    {{5, 17}, {1, 5, 17}, {5, 17, 1}},
    {{17}, {1, 1, 17}, {1, 17, 1}},
    {{2, 3, 2}, {1, 2, 6}, {2, 6, 1}},
    {{2, 3, 4}, {1, 6, 4}, {6, 4, 1}},
    {{2, 2, 3, 2, 2}, {1, 4, 12}, {4, 12, 1}},
    {{300, 120}, {1, 300, 120}, {300, 120, 1}},
    {{3, 20000}, {1, 3, 20000}, {3, 20000, 1}},
    // GroupNorm of (N, C) and (N, C, S…): some groups, one, and one per channel
    {{3, 4}, {1, 6, 2}, {3, 4, 1}},
    {{3, 4}, {1, 3, 4}, {3, 4, 1}},
    {{3, 4}, {1, 12, 1}, {3, 4, 1}},
    {{50, 700}, {1, 350, 100}, {50, 700, 1}},
    {{3, 4, 5}, {1, 6, 10}, {3, 4, 5}},
    {{3, 4, 5}, {1, 3, 20}, {3, 4, 5}},
    {{2, 6, 1}, {1, 4, 3}, {2, 6, 1}},
    {{2, 6, 2, 3, 2}, {1, 6, 24}, {2, 6, 12}},
    {{9, 70, 60}, {1, 63, 600}, {9, 70, 60}},
    // InstanceNorm
    {{3, 2, 5}, {1, 6, 5}, {3, 2, 5}},
    {{3, 1, 7}, {1, 3, 7}, {3, 1, 7}},
    {{4, 3, 2, 3}, {1, 12, 6}, {4, 3, 6}},
    {{9, 70, 60}, {1, 630, 60}, {9, 70, 60}},
    // and what no layer has: the statistics along the finer runs
    {{4, 6}, {4, 6, 1}, {1, 4, 6}},
    {{4, 6, 5}, {4, 6, 5}, {1, 12, 10}},
};

// As reference::normalize, γ and β along another view: with γ = 1 for the value, then γ and β by hand, and dx
// from γ dy in the place of dy.
Normalized by_two_views(const Numbers& x, const View& v, const View& affine, Wide eps, const Numbers& gamma,
                        const Numbers& beta, const Numbers& dy,
                        const std::pair<Numbers, Numbers>* constants) {
  Numbers dxhat = dy;
  auto index = [&](std::size_t i) { return i / at(affine.inner) % at(affine.kept); };
  for (std::size_t i = 0; i < dy.size(); ++i) dxhat[i] *= gamma.empty() ? 1 : gamma[index(i)];
  Normalized r = reference::normalize(x, v, eps, {}, {}, dxhat, constants);
  r.dgamma.assign(at(affine.kept), 0);
  r.dbeta.assign(at(affine.kept), 0);
  for (std::size_t i = 0; i < dy.size(); ++i) {
    r.dgamma[index(i)] += dy[i] * r.y[i];
    r.dbeta[index(i)] += dy[i];
    if (!gamma.empty()) r.y[i] = gamma[index(i)] * r.y[i] + beta[index(i)];
  }
  return r;
}

TEST_CASE("gamma and beta along another view than the statistics") {
  for (const TwoViews& c : pairs) {
    const Shape& shape = c.shape;
    const View &v = c.statistics, &affine = c.affine;
    for (bool with_affine : {true, false}) {
      for (bool constant : {false, true}) {
        CAPTURE(shape);
        CAPTURE(v.kept);
        CAPTURE(with_affine);
        CAPTURE(constant);
        const double eps = v.count() < 3 ? 0.1 : 1e-5;
        const Tensor x = random_tensor(shape, 1, 3, 2).set_requires_grad(true), dy = random_tensor(shape, 2);
        const Tensor gamma =
            with_affine ? random_tensor({affine.kept}, 3, 1).set_requires_grad(true) : Tensor();
        const Tensor beta = with_affine ? random_tensor({affine.kept}, 4).set_requires_grad(true) : Tensor();
        Numbers mean, variance;
        for (Index k = 0; k < v.kept; ++k) {
          mean.push_back(double(k % 50) / 10);
          variance.push_back(1 + double(k % 50) / 5);
        }
        const auto constants = std::pair(mean, variance);
        const Normalized want = by_two_views(
            numbers(x), v, affine, eps, with_affine ? numbers(gamma) : Numbers(),
            with_affine ? numbers(beta) : Numbers(), numbers(dy), constant ? &constants : nullptr);
        auto act = [&] {
          std::vector<Tensor> results;
          for (const Tensor& t : {x, gamma, beta})
            if (t.defined()) t.zero_grad();
          for (int i = 0; i < 2; ++i) {  // the second gradient is added to the first
            const Tensor y =
                normalize(x, v, constant ? copy_of(mean, variance) : moments(x, v), eps, gamma, beta, affine);
            y.backward(dy);
            if (i == 0) results.push_back(y);
            for (const Tensor& t : {x, gamma, beta})
              if (t.defined()) results.push_back(t.grad().clone());
          }
          return results;
        };
        const auto got = act();
        CHECK(difference(got[0], want.y) < tolerance);
        const std::size_t inputs = with_affine ? 3 : 1;
        for (std::size_t times : {1u, 2u}) {
          auto check_gradient = [&](std::size_t k, Numbers wanted) {
            for (Wide& n : wanted) n *= static_cast<Wide>(times);
            CHECK(difference(got[1 + (times - 1) * inputs + k], wanted) < tolerance);
          };
          check_gradient(0, want.dx);
          if (!with_affine) continue;
          check_gradient(1, want.dgamma);
          check_gradient(2, want.dbeta);
        }
        CHECK(same_on_two_threads(act));
      }
    }
  }
}

TEST_CASE("moments: mean and biased variance, in double, the same on two threads") {
  for (const Case& c : cases) {
    const Shape& shape = c.shape;
    const View& v = c.view;
    CAPTURE(shape);
    const Tensor x = random_tensor(shape, 1, 3, 2);
    const Normalized want = reference::normalize(numbers(x), v, 1, {}, {}, numbers(x));
    const int before = threads();
    Moments first;
    for (int t : {1, 2}) {
      set_threads(t);
      const Moments m = moments(x, v);
      CHECK(difference({m.mean.begin(), m.mean.end()}, want.mean) < 1e-12);
      CHECK(difference({m.variance.begin(), m.variance.end()}, want.variance) < 1e-12);
      if (t == 1)
        first = moments(x, v);
      else
        CHECK(std::equal(m.variance.begin(), m.variance.end(), first.variance.begin()));
    }
    set_threads(before);
  }
}

TEST_CASE("mean 1e4 and deviation 1e-2 come out right") {
  const Tensor x = random_tensor({512, 5}, 7, 1e4, 1e-2).set_requires_grad(true),
               dy = random_tensor({512, 5}, 8);
  const View v = channel_view(x);
  const Normalized want = reference::normalize(numbers(x), v, 1e-5, {}, {}, numbers(dy));
  const Moments m = moments(x, v);
  for (Index k = 0; k < 5; ++k) {
    CHECK(std::abs(m.mean[k] / double(want.mean[at(k)]) - 1) < 1e-12);
    CHECK(std::abs(m.variance[k] / double(want.variance[at(k)]) - 1) < 1e-9);
  }
  const Tensor y = normalize(x, v, moments(x, v), 1e-5);
  y.backward(dy);
  CHECK(difference(y, want.y) < 1e-6);
  CHECK(difference(x.grad(), want.dx) < 1e-6);
}

TEST_CASE("a constant column gives beta, and no gradient blows up") {
  Tensor x = random_tensor({60, 3}, 9).set_requires_grad(true);
  for (Index n = 0; n < 60; ++n) x[3 * n + 1] = real(0.1);
  const Tensor gamma = Tensor::full({3}, 2), beta = Tensor::full({3}, 0.25);
  const Tensor y = normalize(x, channel_view(x), moments(x, channel_view(x)), 1e-5, gamma, beta);
  y.backward(random_tensor({60, 3}, 10));
  for (Index n = 0; n < 60; ++n) {
    // In float the sums, which are in double, are exact.
    CHECK(std::abs(y[3 * n + 1] - real(0.25)) <= (in_double ? 1e-13 : 0));
    CHECK(std::abs(x.grad()[3 * n + 1]) < 4e3);
  }
  const Tensor one = random_tensor({1, 3}, 11);
  CHECK(numbers(normalize(one, channel_view(one), moments(one, channel_view(one)), 1e-5, gamma, beta)) ==
        Numbers{0.25, 0.25, 0.25});
}

TEST_CASE("NaN stays in its channel") {
  Tensor x = random_tensor({6, 3}, 9);
  x[4] = NAN;
  const Tensor y = normalize(x, channel_view(x), moments(x, channel_view(x)), 1e-5);
  for (Index i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i % 3 == 1));
}

TEST_CASE("errors") {
  const Tensor x(Shape{4, 3});
  auto run = [&](const View& v, Index n, const Tensor& gamma) {
    return error_of([&] { normalize(x, v, copy_of(Numbers(at(n)), Numbers(at(n))), 0, gamma); });
  };
  CHECK(run({4, 4, 1}, 4, {}) == "normalize: view (4, 4, 1) does not fit x (4, 3)");
  const Index wraps = (Index{1} << 62) + 3;  // times 4 it is 12 in 64 bits
  CHECK(run({wraps, 4, 1}, 4, {}) == concat("normalize: view (", wraps, ", 4, 1) does not fit x (4, 3)"));
  CHECK(run({4, 3, 1}, 2, {}) == "normalize: expected 3 moments, got 2");
  CHECK(error_of([&] {
          normalize_by(x, {4, 3, 1}, Scratch<double>(3), Scratch<double>(2));
        }) == "normalize: expected 3 divisors, got 2");
  for (const double eps : {-1.0, double(NAN)})
    CHECK(error_of([&] {
            normalize(x, {4, 3, 1}, copy_of(Numbers(3), Numbers(3)), eps);
          }) == concat("normalize: expected eps of at least 0, got ", eps));
  CHECK(run({4, 3, 1}, 3, Tensor(Shape{4})) == "normalize: expected gamma and beta of shape (3,), got (4,)");
  CHECK(error_of([&] { moments(x, {4, 2, 1}); }) == "moments: view (4, 2, 1) does not fit x (4, 3)");
  CHECK(error_of([] {
          moments(Tensor(Shape{0, 3}), {0, 3, 1});
        }) == "moments: x (0, 3) has no elements to take a mean of");
}

TEST_CASE("normalize and moments: errors of views") {
  const Tensor x = Tensor::ones({2, 3}), g = Tensor::ones({2});
  CHECK(error_of([&] { moments(x, {-1, 3, -2}); }) == "moments: view (-1, 3, -2) does not fit x (2, 3)");
  CHECK(error_of([&] {
          normalize(x, {1, 2, 3}, moments(x, {1, 2, 3}), 0, g, {}, {2, 3, 1});
        }) == "normalize: expected gamma and beta of shape (3,), got (2,)");
  CHECK(error_of([&] {
          normalize(x, {1, 2, 3}, moments(x, {1, 2, 3}), 0, g, {}, {2, 2, 1});
        }) == "normalize: view (2, 2, 1) does not fit x (2, 3)");
  CHECK(error_of([&] { constant_moments(x, g); }) ==
        "constant_moments: mean (2, 3) and variance (2,) differ");
}

}  // namespace core_normalize_test
}}  // namespace norma
