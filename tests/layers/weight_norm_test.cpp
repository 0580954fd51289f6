// Weight normalization (Salimans & Kingma 2016): as a layer is made of it, trained, initialized from data.
#include "layers/weight_norm.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "core/reparametrize.h"
#include "layers/activation.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "layers/spectral_norm.h"
#include "optim/optimizer.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_weight_norm_test {

using namespace reference;

Wide row_norm(const Tensor& v, Index row) {
  const Index in = v.size() / v.dim(0);
  Wide squares = 0;
  for (Index i = row * in; i < (row + 1) * in; ++i) squares += Wide(v[i]) * v[i];
  return std::sqrt(squares);
}

TEST_CASE("‖v‖ never shrinks under plain SGD, and grows by Pythagoras") {
  manual_seed(1);
  Linear layer(6, 4);
  WeightNorm& formula = weight_norm(layer);
  const double lr = 0.5;
  Sgd sgd(layer.parameters(), {.lr = lr});
  const Tensor x = random_tensor({20, 6}, 1), target = random_tensor({20, 4}, 2);
  double first = 0, last = 0;
  for (int t = 0; t < 50; ++t) {
    sgd.zero_grad();
    const Tensor loss = mse(layer(x), target);
    loss.backward();
    (t == 0 ? first : last) = double(loss.item());
    const Tensor before = formula.v.clone(), slope = formula.v.grad().clone();
    sgd.step();
    for (Index k = 0; k < 4; ++k) {
      const Wide old = row_norm(before, k), now = row_norm(formula.v, k), step = lr * row_norm(slope, k);
      CHECK(now >= old * (1 - (in_double ? 1e-15 : 3e-7)));
      CHECK(double(now / std::sqrt(old * old + step * step)) == doctest::Approx(1).epsilon(tolerance));
    }
  }
  CHECK(last < 0.9 * first);  // and it learns
}

TEST_CASE("the function does not change at creation; names, shapes and what decays") {
  for (int dim : {0, 1, -1}) {
    manual_seed(2);
    Linear plain(6, 4), layer(6, 4);
    layer.load(plain.state_dict());
    WeightNorm& formula = weight_norm(layer, dim);
    const Tensor x = random_tensor({5, 6}, 1);
    CHECK(difference(layer(x), numbers(plain(x))) < tolerance);
    CHECK(difference(layer.effective_weight(), numbers(plain.weight)) < tolerance);
    CHECK(formula.g.shape() == (dim == 0 ? Shape{4, 1} : dim == 1 ? Shape{1, 6} : Shape{}));
    CHECK(names(layer) == "bias weight_g weight_v");
    CHECK(layer.describe() == "Linear(6, 4, weight_norm)");
    std::string decaying;
    for (const Parameter& p : layer.parameters()) {
      CHECK(p.tensor.requires_grad());
      if (p.decay) decaying += p.name;
    }
    CHECK(decaying == "weight_g");
    CHECK_FALSE(layer.weight.requires_grad());
    sum(layer(x)).backward();
    CHECK_FALSE(layer.weight.has_grad());

    Linear other(6, 4);  // the state goes to another layer, also one that was moved since
    weight_norm(other, dim);
    Sequential net;
    net.append(std::move(other));
    StateDict state = layer.state_dict();
    for (StateEntry& e : state) e.name = "0." + e.name;
    net.load(state);
    CHECK(same_bits(net(x), layer(x)));
    CHECK(net.children()[0].module->describe() == "Linear(6, 4, weight_norm)");
  }
  Bare kernel({4, 3, 2, 2});
  CHECK(weight_norm(kernel).g.shape() == Shape{4, 1, 1, 1});
  Bare transposed({4, 3, 2});
  CHECK(weight_norm(transposed, 1).g.shape() == Shape{1, 3, 1});
}

// §3: t = v·x/‖v‖ over the batch, g = 1/std(t), b = −mean(t)/std(t).
void check_standard(const Tensor& t) {
  const Moments m = moments(t, channel_view(t));
  for (Index k = 0; k < t.dim(1); ++k) {
    CHECK(std::abs(m.mean[k]) < 20 * tolerance);
    CHECK(std::abs(m.variance[k] - 1) < 20 * tolerance);
  }
}

TEST_CASE("initialized from data each output has mean 0 and variance 1, layer after layer") {
  manual_seed(3);
  Sequential net;
  Linear& first = net.append(Linear(6, 5));
  net.append(Activation("relu"));
  net.append(Linear(5, 5));  // a plain one between stays as it is
  Linear& second = net.append(Linear(5, 3));
  const Tensor between = net.children()[2].module->state_dict()[0].tensor.clone();
  WeightNorm &one = weight_norm(first), &two = weight_norm(second);
  const Tensor x = random_tensor({40, 6}, 1, 3, 5), v = one.v.clone();
  initialize_from_data(net, x);
  CHECK(net.training());
  const Tensor t = first(x);
  check_standard(t);
  check_standard(net(x));
  CHECK(same_bits(one.v, v));
  CHECK(same_bits(between, net.children()[2].module->state_dict()[0].tensor));
  // against the formula
  Numbers unit = numbers(v);
  for (std::size_t i = 0; i < unit.size(); ++i) unit[i] /= row_norm(v, Index(i) / 6);
  const Numbers by_hand = matmul(numbers(x), transpose(unit, 5, 6), 40, 6, 5);
  const Normalized stats = reference::normalize(by_hand, {40, 5, 1}, 0, {}, {}, by_hand);
  for (Index k = 0; k < 5; ++k) {
    const Wide root = std::sqrt(stats.variance[at(k)]);
    CHECK(double(one.g[k] * root) == doctest::Approx(1).epsilon(10 * tolerance));
    CHECK(double(first.bias[k] + stats.mean[at(k)] / root) == doctest::Approx(0).epsilon(100 * tolerance));
  }
  // once only: the next batch changes nothing
  const Tensor g = one.g.clone(), last = two.g.clone();
  net(random_tensor({8, 6}, 2));
  CHECK(same_bits(g, one.g));
  CHECK(same_bits(last, two.g));
}

// A linear layer at each position of x (N, in, L), as a convolution of kernel 1; values only.
struct Pointwise final : Weighted {
  Pointwise(Index in, Index out) : Weighted({out, in, 1}, true) {}
  Tensor apply(const Tensor& x, const Tensor& W, const Tensor& b) const override {
    const Index N = x.dim(0), in = x.dim(1), L = x.dim(2), out = W.dim(0);
    Tensor y = Tensor::zeros({N, out, L});
    for (Index n = 0; n < N; ++n)
      for (Index o = 0; o < out; ++o)
        for (Index l = 0; l < L; ++l) {
          double sum = b.defined() ? double(b[o]) : 0;
          for (Index i = 0; i < in; ++i) sum += double(W[o * in + i]) * x[(n * in + i) * L + l];
          y[(n * out + o) * L + l] = static_cast<real>(sum);
        }
    return y;
  }
  std::string describe() const override { return "Pointwise()" + formula_words(); }
};

TEST_CASE("initialized from data of rank 3, without bias, and with outputs that do not vary") {
  manual_seed(4);
  Sequential net;
  weight_norm(net.append(Pointwise(3, 4)));
  weight_norm(net.append(Pointwise(4, 2)));
  const Tensor x = random_tensor({5, 3, 8}, 1, -2, 3);
  initialize_from_data(net, x);
  check_standard(net(x));

  Sequential bare;
  weight_norm(bare.append(Linear(3, 2, false)));
  const Tensor rows = random_tensor({30, 3}, 2, 1, 2);
  initialize_from_data(bare, rows);
  const Moments m = moments(bare(rows), {30, 2, 1});
  for (Index k = 0; k < 2; ++k) CHECK(std::abs(m.variance[k] - 1) < 20 * tolerance);

  Sequential still;  // of an output that does not vary only the mean goes
  const WeightNorm& formula = weight_norm(still.append(Linear(3, 2)));
  initialize_from_data(still, Tensor::ones({4, 3}));
  for (real n : formula.g.values()) CHECK(n == 1);
  for (real n : still(Tensor::ones({4, 3}))) CHECK(std::abs(n) < tolerance);
}

TEST_CASE("an initialization that fails leaves nothing to come") {
  manual_seed(5);
  Sequential net;
  WeightNorm& first = weight_norm(net.append(Linear(6, 5)));
  WeightNorm& second = weight_norm(net.append(Linear(5, 3)));
  const Tensor g = first.g.clone(), last = second.g.clone();
  CHECK(error_of([&] {
          initialize_from_data(net, Tensor::zeros({4, 7}));
        }) == "linear: x (4, 7) does not fit W (5, 6)");
  CHECK(net.training());
  net(random_tensor({4, 6}, 1));
  CHECK(same_bits(first.g, g));
  CHECK(same_bits(second.g, last));

  Sequential mixed;
  WeightNorm& usual = weight_norm(mixed.append(Linear(6, 5)));
  weight_norm(mixed.append(Linear(5, 3)), 1);
  const Tensor before = usual.g.clone();
  CHECK(error_of([&] {
          initialize_from_data(mixed, Tensor::zeros({4, 6}));
        }) == "weight_norm: initialization from data: expected dim 0, got 1");
  mixed(random_tensor({4, 6}, 2));
  CHECK(same_bits(usual.g, before));
}

TEST_CASE("errors, and a weight has one formula") {
  Linear layer(4, 2), other(4, 2);
  CHECK(error_of([&] { weight_norm(layer, 2); }) == "weight_view: a weight (2, 4) has no dimension 2");
  CHECK(error_of([&] { weight_norm(layer, -2); }) == "weight_view: a weight (2, 4) has no dimension -2");
  CHECK(names(layer) == "weight bias");  // as it was
  weight_norm(layer, 1);
  CHECK(error_of([&] { weight_norm(layer); }) ==
        "weight_norm: the weight of Linear(4, 2, weight_norm) is reparametrized already");
  CHECK(error_of([&] { spectral_norm(layer); }) ==
        "spectral_norm: the weight of Linear(4, 2, weight_norm) is reparametrized already");
  Rng rng(1);
  CHECK(error_of([&] { layer.reset({}, 1, rng); }) ==
        "reset: the weight of Linear(4, 2, weight_norm) is reparametrized; reset the layer before");
  CHECK(error_of([&] { layer.load(other.state_dict()); }) == "load: weight_g is missing from the state");
}

}  // namespace layers_weight_norm_test
}}  // namespace norma
