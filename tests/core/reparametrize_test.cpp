// Weights as functions of other parameters: weight normalization, its initialisation from data, and what is an error,
// of spectral normalization too (spectral_norm_test.cpp has its numbers).
#include "core/reparametrize.h"

#include "core/ops.h"
#include "layers/activation.h"
#include "layers/linear.h"
#include "layers/network/model.h"
#include "layers/spectral_norm.h"
#include "layers/weight_norm.h"
#include "optim/optimizer.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

using namespace reference;

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

// Row k of W as a matrix: its elements.
std::vector<std::vector<std::size_t>> rows_of(const View& v) {
  std::vector<std::vector<std::size_t>> rows(at(v.kept));
  for (Index i = 0; i < v.outer * v.kept * v.inner; ++i) rows[at(i / v.inner % v.kept)].push_back(at(i));
  return rows;
}

// Weight normalization (Salimans & Kingma 2016) -------------------------------------------------------------

TEST_CASE("weight_norm: w, and the gradients of g and v, as §2 says; that of v is orthogonal to v") {
  struct Case {
    Shape shape;
    int dim;
  };
  for (const Case& c : {Case{{5, 7}, 0}, Case{{5, 7}, 1}, Case{{5, 7}, -1}, Case{{4, 3, 2, 3}, 0},
                        Case{{4, 3, 2, 3}, 1}, Case{{4, 3, 2}, 2}, Case{{1, 1}, 0}, Case{{90, 800}, 0}}) {
    const Shape& shape = c.shape;
    const int dim = c.dim;
    CAPTURE(shape);
    CAPTURE(dim);
    const Tensor v = random_tensor(shape, 1).set_requires_grad(true), dw = random_tensor(shape, 3);
    const View view = weight_view(v, dim);
    const Tensor g = random_tensor({view.kept}, 2, 1).set_requires_grad(true);
    Numbers w(at(v.size())), dg, dv(at(v.size()));
    Wide lengths = 0;  // the largest ‖∇v‖ ‖v‖
    for (const auto& row : rows_of(view)) {
      Wide squares = 0, along = 0, d_squares = 0;
      for (std::size_t i : row) squares += Wide(v[Index(i)]) * v[Index(i)];
      const Wide norm = std::sqrt(squares), gk = g[Index(dg.size())];
      for (std::size_t i : row) w[i] = gk * v[Index(i)] / norm, along += dw[Index(i)] * v[Index(i)] / norm;
      for (std::size_t i : row) {
        dv[i] = gk / norm * dw[Index(i)] - gk * along / (norm * norm) * v[Index(i)];
        d_squares += dv[i] * dv[i];
      }
      dg.push_back(along);
      lengths = std::max(lengths, std::sqrt(d_squares) * norm);
    }
    auto act = [&] {
      g.zero_grad(), v.zero_grad();
      const Tensor got = weight_norm(v, g, view);
      got.backward(dw);
      return std::vector<Tensor>{got, g.grad().clone(), v.grad().clone()};
    };
    const auto got = act();
    CHECK(difference(got[0], w) < tolerance);
    CHECK(difference(got[1], dg) < tolerance);
    if (shape == Shape{1, 1})
      CHECK(std::abs(double(got[2][0])) < tolerance);
    else
      CHECK(difference(got[2], dv) < tolerance);
    for (const auto& row : rows_of(view)) {
      Wide dot = 0;
      for (std::size_t i : row) dot += Wide(got[2][Index(i)]) * v[Index(i)];
      CHECK(std::abs(dot) <= tolerance * std::max<Wide>(lengths, 1));
    }
    weight_norm(v, g, view).backward(dw);  // is added
    for (Wide& d : dg) d *= 2;
    for (Wide& d : dv) d *= 2;
    CHECK(difference(g.grad(), dg) < tolerance);
    if (shape != Shape{1, 1}) CHECK(difference(v.grad(), dv) < tolerance);
    if (v.size() > 1000) CHECK(same_on_two_threads(act));
  }
}

Wide row_norm(const Tensor& v, Index row) {
  const Index in = v.size() / v.dim(0);
  Wide squares = 0;
  for (Index i = row * in; i < (row + 1) * in; ++i) squares += Wide(v[i]) * v[i];
  return std::sqrt(squares);
}

TEST_CASE("weight_norm: ‖v‖ never shrinks under plain SGD, and grows by Pythagoras") {
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

TEST_CASE("weight_norm: the function does not change at creation; names, shapes and what decays") {
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

TEST_CASE("weight_norm: initialised from data each output has mean 0 and variance 1, layer after layer") {
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

TEST_CASE("weight_norm: initialised from data of rank 3, without bias, and with outputs that do not vary") {
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

TEST_CASE("weight_norm: an initialisation that fails leaves nothing to come") {
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
        }) == "weight_norm: initialisation from data wants dim 0, not 1");
  mixed(random_tensor({4, 6}, 2));
  CHECK(same_bits(usual.g, before));
}

TEST_CASE(
    "load: names of PyTorch's parametrizations and counters that are missing, wherever they are nested") {
  const char* text = "conv 2 3, bn, relu, residual(conv 2 3, wn | conv 2 1, sn), flatten, linear 3, wn";
  BuildOptions options;
  options.sample = Shape{1, 28, 28};
  Sequential from = build(parse_layers(text), options), to = build(parse_layers(text), options);
  from(random_tensor({4, 1, 28, 28}, 1));
  StateDict theirs;
  std::string renamed;
  for (StateEntry e : from.state_dict()) {
    if (e.counter) continue;
    const std::size_t at = e.name.rfind("weight_");
    if (at != e.name.npos) {
      const bool spectral = e.name.find("shortcut") != e.name.npos;
      const std::string end = e.name.substr(at + 7);
      e.name = e.name.substr(0, at) + "parametrizations.weight." +
               (!spectral       ? (end == "g" ? "original0" : "original1")
                : end == "orig" ? "original"
                                : "0._" + end);
      renamed += e.name + ' ';
    }
    theirs.push_back(e);
  }
  CHECK(renamed ==
        "3.main.0.parametrizations.weight.original0 3.main.0.parametrizations.weight.original1 "
        "3.shortcut.0.parametrizations.weight.original 3.shortcut.0.parametrizations.weight.0._u "
        "3.shortcut.0.parametrizations.weight.0._v 5.parametrizations.weight.original0 "
        "5.parametrizations.weight.original1 ");
  for (const StateEntry& e : to.state_dict()) {
    if (e.counter) *e.counter = 5;
    for (Index i = 0; !e.counter && i < e.tensor.size(); ++i) Tensor(e.tensor)[i] += 1;
  }
  to.load(theirs);
  const StateDict a = from.state_dict(), b = to.state_dict();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].name);
    if (a[i].counter)
      CHECK((*a[i].counter == 1 && *b[i].counter == 0));
    else
      CHECK(numbers(a[i].tensor) == numbers(b[i].tensor));
  }
  Linear alone(2, 3);
  weight_norm(alone);
  const StateDict own = alone.state_dict();
  CHECK(error_of([&] {
          alone.load({own[0],
                      {"parametrizations.weight.original0", own[1].tensor, nullptr},
                      {"parametrizations.weight.original1", own[2].tensor, nullptr}});
        }) == "no error");
  StateDict twice = own;
  twice.push_back({"parametrizations.weight.original0", own[1].tensor, nullptr});
  CHECK(error_of([&] { alone.load(twice); }) ==
        "load: parametrizations.weight.original0 is there twice in the given state");
  twice.back().name = "parametrizations.weight.1._u";
  CHECK(error_of([&] { alone.load(twice); }) == "load: the model has no parametrizations.weight.1._u");
}

TEST_CASE("reparametrized weights: errors") {
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
  CHECK(error_of([&] { layer.load(other.state_dict()); }) ==
        "load: weight_g is missing from the given state");
  auto options = [&](int n, double eps, int dim) {
    SpectralNormOptions o;
    o.n_power_iterations = n, o.eps = eps, o.dim = dim;
    return error_of([&] { spectral_norm(other, o); });
  };
  CHECK(options(0, 1, 0) == "spectral_norm: n_power_iterations 0 given, at least 1 wanted");
  CHECK(options(1, 0, 0) == "spectral_norm: eps 0 given, above 0 wanted");
  CHECK(options(1, 1, -1) == "spectral_norm: dim -1 given, 0 or more wanted");
  CHECK(options(1, 1, 2) == "weight_view: a weight (2, 4) has no dimension 2");
  CHECK(names(other) == "weight bias");
  CHECK(error_of([&] { SpectralPenalty(other.parameters(), -1); }) ==
        "SpectralPenalty: λ -1 given, 0 or more wanted");
  const Tensor W = Tensor::ones({3, 4}), u = Tensor::ones({3}), v = Tensor::ones({4});
  CHECK(error_of([&] { weight_norm(W, u, {1, 4, 3}); }) == "weight_norm: g (3,) given, 4 elements wanted");
  CHECK(error_of([&] {
          weight_norm(W, u, {1, 3, 5});
        }) == "weight_norm: view (1, 3, 5) does not fit x (3, 4)");
  CHECK(error_of([&] {
          bilinear(W, {1, 3, 4}, v, u);
        }) == "bilinear: u (4,) and v (3,) given, 3 and 4 elements wanted");
  CHECK(error_of([&] {
          power_iteration(W, {1, 3, 4}, v, u, 1e-12);
        }) == "power_iteration: u (4,) and v (3,) given, 3 and 4 elements wanted");
}

}  // namespace
}}  // namespace norma
