// The value and gradient of every operation but the losses (core_test.cpp) against the slow version in reference.h, on
// odd shapes and on one and two threads.
#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

const std::vector<Shape> shapes = {{1, 1}, {1, 7}, {5, 1}, {3, 17}, {33, 65}, {2, 3, 5}, {217, 311}};

/// y = f(inputs) and dx of each input for a random upstream gradient, against
/// `expected(values, i)`: y first, then dy/dxₖ, element by element; twice, so
/// that the second gradient is added to the first; and on two threads.
void check_elementwise(const std::string& name, int inputs, const std::function<Tensor(const Tensor*)>& f,
                       const std::function<std::array<Wide, 3>(const Wide*)>& expected) {
  for (const Shape& shape : shapes) {
    CAPTURE(name);
    CAPTURE(shape);
    std::vector<Tensor> x;
    for (int k = 0; k < inputs; ++k)
      x.push_back(random_tensor(shape, 10 + static_cast<std::uint64_t>(k), 0, 2).set_requires_grad(true));
    const Tensor dy = random_tensor(shape, 20);
    auto run = [&](int times) {
      for (const Tensor& t : x) t.zero_grad();
      std::vector<Tensor> results;
      for (int i = 0; i < times; ++i) {
        results = {f(x.data())};
        results[0].backward(dy);
      }
      for (const Tensor& t : x) results.push_back(t.grad().clone());
      return results;
    };
    for (int times : {1, 2}) {
      const auto got = run(times);
      std::vector<Numbers> want(at(inputs + 1), Numbers(at(shape.size())));
      for (Index i = 0; i < shape.size(); ++i) {
        const Wide values[2] = {x[0][i], x.back()[i]};
        const auto e = expected(values);
        want[0][at(i)] = e[0];
        for (int k = 1; k <= inputs; ++k) want[at(k)][at(i)] = times * Wide(dy[i]) * e[at(k)];
      }
      for (std::size_t k = 0; k < want.size(); ++k) CHECK(difference(got[k], want[k]) < tolerance);
    }
    CHECK(same_on_two_threads([&] { return run(2); }));
  }
}

TEST_CASE("operations: elementwise, value and gradient") {
  using Two = const Tensor*;
  using W = const Wide*;
  using Three = std::array<Wide, 3>;
  check_elementwise(
      "add", 2, [](Two x) { return add(x[0], x[1]); },
      [](W x) {
        return Three{x[0] + x[1], 1, 1};
      });
  check_elementwise(
      "sub", 2, [](Two x) { return sub(x[0], x[1]); },
      [](W x) {
        return Three{x[0] - x[1], 1, -1};
      });
  check_elementwise(
      "mul", 2, [](Two x) { return mul(x[0], x[1]); },
      [](W x) {
        return Three{x[0] * x[1], x[1], x[0]};
      });
  check_elementwise(
      "scale", 1, [](Two x) { return scale(*x, -1.5); },
      [](W x) {
        return Three{-1.5L * *x, -1.5L};
      });
  check_elementwise(
      "relu", 1, [](Two x) { return relu(*x); },
      [](W x) {
        return *x > 0 ? Three{*x, 1} : Three{0, 0};
      });
  check_elementwise(
      "leaky_relu", 1, [](Two x) { return leaky_relu(*x, 0.25); },
      [](W x) {
        return *x > 0 ? Three{*x, 1} : Three{*x / 4, 0.25L};
      });
  check_elementwise(
      "tanh", 1, [](Two x) { return tanh(*x); },
      [](W x) {
        const Wide y = std::tanh(*x);
        return Three{y, 1 - y * y};
      });
  check_elementwise(
      "sigmoid", 1, [](Two x) { return sigmoid(*x); },
      [](W x) {
        const Wide y = 1 / (1 + std::exp(-*x));
        return Three{y, y * (1 - y)};
      });
  check_elementwise(
      "reshape", 1, [](Two x) { return reshape(reshape(*x, {x->size()}), x->shape()); },
      [](W x) {
        return Three{*x, 1};
      });
}

TEST_CASE("operations: activations at 0, at infinity and of NaN") {
  Tensor x = Tensor::from({5}, {0, -0.0, NAN, HUGE_VAL, -HUGE_VAL}).set_requires_grad(true);
  for (auto f :
       {+[](const Tensor& t) { return relu(t); }, +[](const Tensor& t) { return leaky_relu(t, 0.0); },
        +[](const Tensor& t) { return tanh(t); }, +[](const Tensor& t) { return sigmoid(t); }})
    CHECK(std::isnan(f(x)[2]));
  CHECK(relu(x)[3] == HUGE_VAL);
  CHECK(relu(x)[4] == 0);
  CHECK(tanh(x)[4] == -1);
  CHECK(sigmoid(x)[3] == 1);
  relu(x).backward(Tensor::ones({5}));
  CHECK(x.grad()[0] == 0);
  CHECK(x.grad()[1] == 0);
}

TEST_CASE("operations: sum, mean and mse") {
  for (const Shape& shape : shapes) {
    CAPTURE(shape);
    const Tensor a = random_tensor(shape, 1, 3).set_requires_grad(true),
                 b = random_tensor(shape, 2).set_requires_grad(true);
    const Wide n = static_cast<Wide>(a.size());
    Wide s = 0, squares = 0;
    Numbers da(at(a.size())), db(da);
    for (Index i = 0; i < a.size(); ++i) {
      const Wide d = Wide(a[i]) - b[i];
      s += a[i];
      squares += d * d;
      da[at(i)] = 1 + 2 / n + 3 * 2 * d / n;  // of sum + 2 mean + 3 mse
      db[at(i)] = -3 * 2 * d / n;
    }
    CHECK(difference(sum(a), {s}) < tolerance);
    CHECK(difference(mean(a), {s / n}) < tolerance);
    CHECK(difference(mse(a, b), {squares / n}) < tolerance);
    add(add(sum(a), scale(mean(a), 2)), scale(mse(a, b), 3)).backward();
    CHECK(difference(a.grad(), da) < tolerance);
    CHECK(difference(b.grad(), db) < tolerance);
  }
  CHECK(error_of([] { mean(Tensor(Shape{0, 2})); }) == "mean: x (0, 2) has no elements");
  CHECK(sum(Tensor(Shape{0})).item() == 0);
}

TEST_CASE("operations: matmul and linear, value and gradient") {
  for (const auto& size : {std::array<Index, 3>{1, 1, 1},
                           {1, 5, 1},
                           {3, 1, 17},
                           {7, 13, 5},
                           {60, 100, 33},
                           {2, 0, 3},
                           {129, 31, 300}}) {
    const Index m = size[0], k = size[1], n = size[2];
    CAPTURE(m);
    CAPTURE(k);
    CAPTURE(n);
    const Tensor A = random_tensor({m, k}, 1).set_requires_grad(true),
                 B = random_tensor({k, n}, 2).set_requires_grad(true),
                 b = random_tensor({n}, 3).set_requires_grad(true), dC = random_tensor({m, n}, 4);
    const Numbers a = numbers(A), bt = transpose(numbers(B), k, n), d = numbers(dC);
    const Numbers dA = matmul(d, bt, m, n, k), dB = matmul(transpose(a, m, k), d, k, m, n);
    Numbers want = matmul(a, numbers(B), m, k, n);
    const Tensor C = matmul(A, B);
    CHECK(difference(C, want) < tolerance);
    C.backward(dC);
    CHECK(difference(gradient(A), dA) < tolerance);
    CHECK(difference(gradient(B), dB) < tolerance);

    const Tensor W = Tensor(Shape{n, k}).set_requires_grad(true);
    for (std::size_t i = 0; i < bt.size(); ++i) W.data()[i] = static_cast<real>(bt[i]);
    CHECK(difference(linear(A, W), want) < tolerance);
    for (Index i = 0; i < m * n; ++i) want[at(i)] += b[i % n];
    A.zero_grad();
    for (int times : {1, 2}) {  // the second gradient is added to the first
      CAPTURE(times);
      const Tensor y = linear(A, W, b);
      CHECK(difference(y, want) < tolerance);
      y.backward(dC);
      auto grown = [&](Numbers g) {
        for (Wide& v : g) v *= times;
        return g;
      };
      CHECK(difference(gradient(A), grown(dA)) < tolerance);
      CHECK(difference(gradient(W), grown(transpose(dB, k, n))) < tolerance);
      CHECK(difference(gradient(b), grown(column_sums(d, m, n))) < tolerance);
    }
  }
}

}  // namespace
}}  // namespace norma
