// Reverse-mode differentiation: what is added up, what is kept, what is dropped. The operations themselves:
// operations_test.cpp.
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "core/normalize.h"
#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_autograd_test {

using namespace reference;

Tensor leaf(const Shape& shape, std::initializer_list<double> values) {
  return Tensor::from(shape, values).set_requires_grad(true);
}

// slot ← beta·slot + value. If beta is 0 the slot may hold anything, even NaN.
void add_to(const GradSlot& slot, Index i, real value) {
  slot.data[i] = slot.beta == 0 ? value : slot.data[i] + value;
}

// Twice x, with a gradient that counts how often it ran.
Tensor twice(const Tensor& x, int& runs) {
  Tensor y(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = 2 * x[i];
  return record(y, {x}, [&runs](const Tensor& y, const Tensor& x) {
    ++runs;
    if (auto dx = x.open_grad())
      for (Index i = 0; i < dx.size; ++i) add_to(dx, i, 2 * y.grad_data()[i]);
  });
}

TEST_CASE("autograd: a tensor used twice gets both gradients") {
  const Tensor x = leaf({2}, {3, -1});
  sum(add(mul(x, x), scale(x, 5))).backward();  // x² + 5x
  CHECK(gradient(x) == Numbers{11, 3});
  x.zero_grad();
  sum(add(x, x)).backward();
  CHECK(gradient(x) == Numbers{2, 2});
  x.zero_grad();
  sum(sub(x, x)).backward();
  CHECK(gradient(x) == Numbers{0, 0});
}

TEST_CASE("autograd: in a diamond each operation's gradient runs once, when it is complete") {
  int runs[4] = {};
  const Tensor x = leaf({1}, {1});
  const Tensor top = twice(x, runs[0]), left = twice(top, runs[1]), right = twice(top, runs[2]);
  const Tensor late = mul(left, top), bottom = twice(add(add(left, right), late), runs[3]);
  bottom.backward();  // 2 (4x + 4x + 8x²)
  for (int r : runs) CHECK(r == 1);
  CHECK(gradient(x) == Numbers{16 + 32});
}

TEST_CASE("autograd: frozen inputs get no gradient, and nothing is recorded of them alone") {
  const Tensor x = leaf({2}, {1, 2}), frozen = Tensor::from({2}, {3, 4});
  const Tensor y = sum(mul(x, frozen));
  y.backward();
  CHECK(gradient(x) == Numbers{3, 4});
  CHECK_FALSE(frozen.has_grad());
  CHECK_FALSE(frozen.grad().defined());
  CHECK_FALSE(mul(frozen, frozen).requires_grad());
  CHECK(mul(frozen, frozen).is_leaf());
  CHECK(error_of([&] { frozen.grad_data(); }) ==
        "grad: this tensor of shape (2,) has no gradient; call backward() first");
  CHECK(error_of([&] { sum(frozen).backward(); }) ==
        "backward: nothing to do, no input of this tensor of shape () requires a gradient");

  Tensor thawed = leaf({2}, {1, 2});
  const Tensor z = sum(mul(x, thawed));
  thawed.set_requires_grad(false);  // between forward and backward
  z.backward();
  CHECK_FALSE(thawed.has_grad());
}

TEST_CASE("autograd: leaves add up over repeated forward and backward passes") {
  const Tensor x = leaf({2}, {3, 4});
  for (int pass = 1; pass <= 3; ++pass) {
    sum(mul(x, x)).backward();
    CHECK(gradient(x) == Numbers{Wide(6 * pass), Wide(8 * pass)});
  }
  x.zero_grad();
  CHECK_FALSE(x.has_grad());
  sum(x).backward();
  CHECK(gradient(x) == Numbers{1, 1});
}

TEST_CASE("autograd: a kept graph may be used again; leaves add up, results in between do not") {
  const Tensor x = leaf({2}, {3, 4}), y = scale(x, 2), L = sum(mul(y, y));  // 4x²
  L.backward(/*keep_graph=*/true);
  CHECK(gradient(x) == Numbers{24, 32});
  CHECK(gradient(y) == Numbers{12, 16});
  L.backward(/*keep_graph=*/true);
  CHECK(gradient(x) == Numbers{48, 64});
  CHECK(gradient(y) == Numbers{12, 16});
  CHECK(gradient(L) == Numbers{1});
  L.backward();
  CHECK(gradient(x) == Numbers{72, 96});
}

TEST_CASE("autograd: without keep_graph a second backward is an error, which leaves everything usable") {
  const Tensor x = leaf({2}, {3, 4}), y = scale(x, 2), L = sum(y), M = mean(y);
  L.backward();
  CHECK(
      error_of([&] { L.backward(); }) ==
      "backward: the graph behind a tensor of shape () is gone, an earlier backward() dropped it; call that "
      "one with keep_graph");
  CHECK(error_of([&] { M.backward(); }) ==
        "backward: the graph behind a tensor of shape (2,) is gone, an earlier backward() dropped it; call "
        "that one with keep_graph");
  x.zero_grad();
  sum(scale(x, 3)).backward();
  CHECK(gradient(x) == Numbers{3, 3});
}

TEST_CASE("autograd: two results of one kept graph") {
  const Tensor x = leaf({1}, {3}), h = mul(x, x), a = scale(h, 2), b = scale(h, 5);
  a.backward(/*keep_graph=*/true);
  CHECK(gradient(x) == Numbers{12});
  b.backward();
  CHECK(gradient(x) == Numbers{12 + 30});
}

TEST_CASE("autograd: a gradient that throws leaves the graph usable") {
  const Tensor x = leaf({1}, {3});
  bool broken = true;
  const Tensor h = scale(x, 2);
  const Tensor y = record(h.detach(), {h}, [&broken](const Tensor& y, const Tensor& h) {
    check(!broken, "broken");
    if (auto dh = h.open_grad()) add_to(dh, 0, *y.grad_data());
  });
  CHECK(error_of([&] { y.backward(/*keep_graph=*/true); }) == "broken");
  broken = false;
  x.zero_grad();
  y.backward(/*keep_graph=*/true);
  CHECK(gradient(x) == Numbers{2});
}

TEST_CASE("autograd: a gradient may run its own backward pass") {
  // Checkpointing: y = f(x) keeps x only; its gradient computes f once more, and runs through that.
  auto f = [](const Tensor& t) { return mul(mul(t, t), t); };
  auto checkpointed = [&](const Tensor& x) {
    Tensor y;
    {
      NoGrad guard;
      y = f(x);
    }
    return record(y, {x}, [f](const Tensor& y, const Tensor& x) {
      auto dx = x.open_grad();
      if (!dx) return;
      const Tensor again = x.detach().set_requires_grad(true);
      f(again).backward(y.grad());
      for (Index i = 0; i < dx.size; ++i) add_to(dx, i, again.grad_data()[i]);
    });
  };
  const Tensor a = leaf({2}, {2, 3}), b = leaf({2}, {2, 3});
  sum(scale(f(scale(a, 2)), 5)).backward();
  sum(scale(checkpointed(scale(b, 2)), 5)).backward();
  CHECK(gradient(b) == gradient(a));
  CHECK(gradient(a) == Numbers{5 * 3 * 16 * 2, 5 * 3 * 36 * 2});
}

TEST_CASE("autograd: nothing is recorded while NoGrad exists") {
  const Tensor x = leaf({2}, {1, 2});
  CHECK(grad_enabled());
  {
    NoGrad outer;
    {
      NoGrad inner;
      CHECK_FALSE(mul(x, x).requires_grad());
    }
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE(mul(x, x).requires_grad());
  }
  CHECK(grad_enabled());
  CHECK(mul(x, x).requires_grad());
  try {
    NoGrad guard;
    fail("out");
  } catch (const Error&) {
  }
  CHECK(grad_enabled());
}

TEST_CASE("autograd: no gradient flows past detach and view; reshape passes it on") {
  const Tensor x = leaf({2}, {3, 4});
  CHECK_FALSE(scale(x, 2).detach().requires_grad());
  CHECK_FALSE(x.detach({1, 2}).requires_grad());
  CHECK_FALSE(x.clone().requires_grad());
  sum(mul(x.detach(), x)).backward();
  CHECK(gradient(x) == Numbers{3, 4});
  x.zero_grad();
  const Tensor r = reshape(x, {2, 1});
  CHECK(r.data() == x.data());
  sum(mul(r, r)).backward();
  CHECK(gradient(x) == Numbers{6, 8});
}

TEST_CASE("autograd: zero_grad forgets even NaN, for every operation") {
  Rng rng(1);
  const Labels labels = Labels::from({0, 2, 1, 1});
  Tensor x = random_tensor({4, 3}, 2).set_requires_grad(true),
         W = random_tensor({3, 3}, 3).set_requires_grad(true),
         b = random_tensor({3}, 4).set_requires_grad(true);
  auto loss = [&] {
    Tensor h = linear(x, W, b);
    h = normalize(h, channel_view(h), moments(h, channel_view(h)), 1e-5, b, b);
    h = add(sub(mul(relu(h), tanh(h)), sigmoid(h)), scale(leaky_relu(h), 2));
    h = matmul(dropout(reshape(h, {4, 3}), 0.5, rng), W);
    return add(add(softmax_cross_entropy(h, labels), mse(x, h)), add(sum(h), mean(h)));
  };
  loss().backward();
  for (const Tensor& t : {x, W, b}) {
    std::fill_n(t.grad_data(), t.size(), real(NAN));
    t.zero_grad();
  }
  loss().backward();
  for (const Tensor& t : {x, W, b})
    for (real g : t.grad()) CHECK(std::isfinite(g));
}

TEST_CASE("autograd: requires_grad is a leaf's own, and passed on to results") {
  Tensor x = leaf({2}, {1, 2});
  Tensor y = scale(x, 2);
  CHECK(y.requires_grad());
  CHECK_FALSE(y.is_leaf());
  CHECK(error_of([&] { y.set_requires_grad(false); }) ==
        "requires_grad: only a leaf's can be set, this tensor was made by an operation; use detach()");
  CHECK(x.is_leaf());
}

TEST_CASE("autograd: backward from a seed, from a leaf, and from what needs a seed") {
  const Tensor x = leaf({2}, {3, 4}), y = mul(x, x);
  CHECK(error_of([&] { y.backward(); }) ==
        "backward: a tensor of shape (2,) needs a seed, only one of one element needs none");
  CHECK(error_of([&] {
          y.backward(Tensor::ones({1, 2}));
        }) == "backward: seed (1, 2) does not fit the tensor (2,)");
  y.backward(Tensor::from({2}, {10, 100}));
  CHECK(gradient(x) == Numbers{60, 800});
  x.backward(Tensor::from({2}, {1, 2}));  // a leaf adds up
  CHECK(gradient(x) == Numbers{61, 802});
}

TEST_CASE("autograd: a gradient is given the inputs in their order, absent ones too") {
  const Tensor a = leaf({1}, {1}), b = leaf({1}, {2}), c = leaf({1}, {3});
  int runs = 0;
  const Tensor y = record(Tensor::zeros({1}), {a, b, {}, c, a},
                          [&](const Tensor& result, const Tensor& first, const Tensor& second,
                              const Tensor& absent, const Tensor& fourth, const Tensor& fifth) {
                            CHECK(gradient(result) == Numbers{7});
                            CHECK((first.is(a) && second.is(b) && fourth.is(c) && fifth.is(a)));
                            CHECK_FALSE(absent.defined());
                            ++runs;
                          });
  y.backward(Tensor::full({1}, 7));
  CHECK(runs == 1);
}

TEST_CASE("autograd: the graph is gone after backward, and a dropped one too; nothing leaks") {
  const Tensor x = random_tensor({5, 4}, 1).set_requires_grad(true),
               W = random_tensor({3, 4}, 2).set_requires_grad(true);
  auto loss = [&] { return mean(tanh(linear(x, W))); };
  loss().backward();  // makes the gradients
  const Index used = pool_stats().bytes_used;
  loss().backward();
  CHECK(pool_stats().bytes_used == used);
  loss();
  CHECK(pool_stats().bytes_used == used);
  {
    const Tensor L = loss();
    const Index with_graph = pool_stats().bytes_used;
    CHECK(with_graph > used);
    L.backward(/*keep_graph=*/true);
    L.backward();  // L is held, what it was made of is not
    CHECK(pool_stats().bytes_used < with_graph);
  }
  CHECK(pool_stats().bytes_used == used);
}

// Where in memory gradients were.
struct Where {
  const real *of_input = nullptr, *of_result = nullptr;
};

// A copy of x, noting where the gradients of both were.
Tensor noted(const Tensor& x, Where& where) {
  return record(x.clone(), {x}, [&where](const Tensor& y, const Tensor& x) {
    const auto dx = x.open_grad();
    where = {dx.data, y.grad_data()};
    for (Index i = 0; i < dx.size; ++i) add_to(dx, i, y.grad_data()[i]);
  });
}

TEST_CASE(
    "autograd: a gradient takes the memory of the one it follows from, if nobody else can ask for that") {
  const Tensor seed = random_tensor({6, 4}, 1), other = random_tensor({6, 4}, 2);
  const View columns{6, 4, 1}, rows{1, 6, 4};
  struct Case {
    const char* name;
    std::function<Tensor(const Tensor&)> operation;
    bool in_place = true;
  };
  const std::vector<Case> cases = {
      {"relu", [](const Tensor& x) { return relu(x); }},
      {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
      {"the second of a sum", [&](const Tensor& x) { return other + x; }},
      {"both of a sum", [](const Tensor& x) { return x + x; }, false},
      {"reshape",
       [](const Tensor& x) {
         return reshape(reshape(x, {3, 8}), {6, 4});
       }},
      {"batch norm",
       [=](const Tensor& x) { return normalize(x, columns, moments(x, columns), 1e-5, {}, {}, columns); }},
      {"layer norm and relu",
       [=](const Tensor& x) {
         return normalize(x, rows, moments(x, rows), 1e-5, {}, {}, columns, /*relu=*/true);
       }},
  };
  for (const auto& [name, operation, in_place] : cases) {
    CAPTURE(std::string(name));
    const Tensor x = random_tensor({6, 4}, 3).set_requires_grad(true);
    Where before, after;
    const Tensor held = operation(noted(x, before)), L = noted(held, after);
    Numbers want;
    for (bool keep_graph : {true, true, false}) {
      x.zero_grad();
      L.backward(seed, keep_graph);
      if (want.empty()) want = gradient(x);
      CHECK(gradient(x) == want);
      CHECK(gradient(held) == numbers(seed));
      CHECK(before.of_result != after.of_input);
    }
    x.zero_grad();
    const Tensor of_none_held = noted(operation(noted(x, before)), after);
    of_none_held.backward(seed);
    CHECK(gradient(x) == want);
    CHECK((before.of_result == after.of_input) == in_place);
  }
}

TEST_CASE("autograd: a chain of 200,000 operations is run and dropped without recursion") {
  constexpr int n = 200'000;
  const Tensor x = leaf({1}, {1});
  const Index used = pool_stats().bytes_used;
  {
    Tensor y = x;
    for (int i = 0; i < n; ++i) y = i % 2 ? scale(y, 0.5) : scale(y, 2);
    y.backward();
    CHECK(gradient(x) == Numbers{1});
  }
  {
    Tensor y = x;
    for (int i = 0; i < n; ++i) y = add(y, y);
  }
  x.zero_grad();
  CHECK(pool_stats().bytes_used <= used + 1024);  // x's own gradient
}

}  // namespace core_autograd_test
}}  // namespace norma
