// What the papers say holds exactly, of whole layers: the table of invariances (Ba et al. 2016), the scale of
// weights (Ioffe & Szegedy 2015, §3.3), Theorem 4.1 of Santurkar et al. (2018) as an equality, the shift of
// variance by dropout before BN.
#include <doctest/doctest.h>

#include "core/ops.h"
#include "core/reparametrize.h"
#include "layers/activation.h"
#include "layers/batchnorm.h"
#include "layers/layernorm.h"
#include "tests/support/layer_helpers.h"

namespace norma { inline namespace NORMA_BUILD { namespace properties_normalizer_facts_test {

using namespace reference;

// f(i, j, value) in the place of each element of a matrix.
Tensor changed(const Tensor& matrix, const std::function<double(Index, Index, double)>& f) {
  Tensor t(matrix.shape());
  for (Index i = 0; i < t.dim(0); ++i)
    for (Index j = 0; j < t.dim(1); ++j)
      t[i * t.dim(1) + j] = static_cast<real>(f(i, j, double(matrix[i * t.dim(1) + j])));
  return t;
}

// Ba, Kiros & Hinton 2016, §5.1, table 1; ε = 0. x (10, 7), W (5, 7): a row of W is the weight vector of one
// unit.
TEST_CASE("invariances of BN, WN and LN: every entry of the table, the yes and the no") {
  const Tensor X = random_tensor({10, 7}, 1, 0.5), W = random_tensor({5, 7}, 2);
  const Tensor gamma = random_tensor({5}, 3, 1, 0.3), beta = random_tensor({5}, 4),
               shift = random_tensor({7}, 5);
  BatchNorm1d bn(5, {.eps = 0});
  LayerNorm ln({5}, {.eps = 0});
  for (const Tensor& t : {bn.weight, ln.weight}) t.copy_from(gamma);
  for (const Tensor& t : {bn.bias, ln.bias}) t.copy_from(beta);
  using Function = std::function<Tensor(const Tensor&, const Tensor&)>;
  const std::vector<std::pair<std::string, Function>> functions = {
      {"BN", [&](const Tensor& x, const Tensor& w) { return bn(linear(x, w)); }},
      {"WN", [&](const Tensor& x,
                 const Tensor& w) { return linear(x, weight_norm(w, gamma, weight_view(w, 0)), beta); }},
      {"LN", [&](const Tensor& x, const Tensor& w) { return ln(linear(x, w)); }}};

  struct Change {
    std::string name;
    Tensor x, W;
    std::string yes;  // whose output stays
  };
  const std::vector<Change> changes = {
      {"W scaled", X, changed(W, [](Index, Index, double w) { return 3.7 * w; }), "BN WN LN"},
      {"W re-centred", X, changed(W, [&](Index, Index j, double w) { return w + double(shift[j]); }), "LN"},
      {"one weight vector scaled", X,
       changed(W, [](Index i, Index, double w) { return i == 2 ? 3.7 * w : w; }), "BN WN"},
      {"data scaled", changed(X, [](Index, Index, double x) { return 0.3 * x; }), W, "BN LN"},
      {"data re-centred", changed(X, [&](Index, Index j, double x) { return x + double(shift[j]); }), W,
       "BN"},
      {"one case scaled", changed(X, [](Index i, Index, double x) { return i == 4 ? 0.3 * x : x; }), W, "LN"},
  };
  int yes = 0;
  for (const auto& function : functions) {
    const auto& name = function.first;
    const auto& f = function.second;
    const Numbers plain = numbers(f(X, W));
    for (const Change& change : changes) {
      CAPTURE(name);
      CAPTURE(change.name);
      const double moved = difference(f(change.x, change.W), plain);
      if (change.yes.find(name) != std::string::npos) {
        CHECK(moved < 20 * tolerance);
        ++yes;
      } else {
        CHECK(moved > 0.05);
      }
    }
  }
  CHECK(yes == 10);
}

// One BN behind one linear layer, ε = 0: ŷ = (y − μ)/σ, z = γ ŷ + β. L̂ is the loss as a function of y, L of
// z, at the same z. For each unit, over the m examples:
//
//     ‖∇_y L̂‖² = γ²/σ² (‖∇_z L‖² − ⟨1, ∇_z L⟩²/m − ⟨∇_z L, ŷ⟩²/m).
TEST_CASE("batch norm: Theorem 4.1 of Santurkar et al. is an equality at matched activations") {
  const Index m = 30, units = 4;
  BatchNorm1d norm(units, {.eps = 0});
  randomize(norm.weight, norm.bias, 1);
  norm.weight[2] = real(-0.7);  // the sign of γ does not matter
  const Tensor u = random_tensor({m, 6}, 3), W = random_tensor({units, 6}, 4),
               head = random_tensor({3, units}, 5);
  Labels labels(m);
  for (Index n = 0; n < m; ++n) labels[n] = static_cast<int>(n * n % 3);
  auto loss_of = [&](const Tensor& z) { return softmax_cross_entropy(linear(tanh(z), head), labels); };

  const Tensor y = linear(u, W).detach().set_requires_grad(true);
  const Tensor normalized = norm(y), z = normalized.detach().set_requires_grad(true);
  const Tensor with = loss_of(normalized), without = loss_of(z);
  CHECK(with.item() == without.item());
  with.backward();
  without.backward();
  for (Index k = 0; k < units; ++k) {
    Wide mu = 0, var = 0, left = 0, square = 0, along_ones = 0, along_y = 0;
    for (Index n = 0; n < m; ++n) mu += Wide(y[n * units + k]) / m;
    for (Index n = 0; n < m; ++n) var += std::pow(y[n * units + k] - mu, 2) / m;
    for (Index n = 0; n < m; ++n) {
      const Index i = n * units + k;
      const Wide d = z.grad()[i];
      left += std::pow(Wide(y.grad()[i]), 2);
      square += d * d;
      along_ones += d;
      along_y += d * (y[i] - mu) / std::sqrt(var);
    }
    const Wide gamma = norm.weight[k];
    const Wide right = gamma * gamma / var * (square - along_ones * along_ones / m - along_y * along_y / m);
    CHECK(double(left / right) == doctest::Approx(1).epsilon(20 * tolerance));
    CHECK(along_ones * along_ones / m > 1e-3L * square);  // both terms count
    CHECK(along_y * along_y / m > 1e-3L * square);
  }
}

// x ~ N(0, 1): with dropout's 1/p the variance that BN sees in training is E[x²]/p, in evaluation E[x²].
// Their ratio is p up to the sampling error of two variances of n numbers each: √(2/n) for the normal ones,
// √((3/p − 1)/n) behind the dropout (fourth moment 3/p³); six of their sum are allowed.
TEST_CASE("dropout before batch norm shifts the variance by the probability to keep") {
  const Index N = 40'000, C = 3;
  for (double keep : {0.9, 0.5, 0.2}) {
    CAPTURE(keep);
    manual_seed(5);
    Sequential net;
    Dropout& drop = net.append(Dropout(1 - keep));
    BatchNorm1d& norm = net.append(BatchNorm1d(C, {.eps = 0, .momentum = 1}));
    const Tensor x = random_tensor({N, C}, 6);
    CHECK(drop.training());
    net(x);  // the running variance is now that of training
    net.eval();
    const Tensor y = net(random_tensor({N, C}, 7));
    const Moments after = moments(y, {N, C, 1});
    const double n = static_cast<double>(N);
    const double allowed = 6 * (std::sqrt(2 / n) + std::sqrt((3 / keep - 1) / n));
    CHECK(allowed < 0.2);
    for (Index k = 0; k < C; ++k) {
      CHECK(std::abs(after.variance[k] / keep - 1) < allowed);
      CHECK(double(norm.running_var[k]) == doctest::Approx(1 / keep).epsilon(allowed));
    }
    // With dropout behind BN nothing shifts: BN's own output has variance 1 in both.
    Sequential other;
    BatchNorm1d& first = other.append(BatchNorm1d(C, {.eps = 0, .momentum = 1}));
    other.append(Dropout(1 - keep));
    other(x);
    other.eval();
    const Moments kept = moments(other(random_tensor({N, C}, 8)), {N, C, 1});
    for (Index k = 0; k < C; ++k) CHECK(std::abs(kept.variance[k] - 1) < 12 * std::sqrt(2 / n));
    CHECK(first.running_var.defined());
  }
}

// BN((aW)u) = BN(Wu);  ∂/∂u is the same;  ∂/∂(aW) is 1/a of ∂/∂W. Exact if ε = 0.
TEST_CASE("normalize: the scale of the weights does not matter (§3.3)") {
  const double allowed = in_double ? 1e-6 : 1e-4;
  for (double a : {0.01, 0.5, 8.0, 1000.0}) {
    CAPTURE(a);
    auto run = [](double factor) {
      const Tensor u = random_tensor({20, 7}, 1).set_requires_grad(true), W = random_tensor({5, 7}, 2);
      Tensor aW(W.shape());
      for (Index i = 0; i < W.size(); ++i) aW[i] = static_cast<real>(factor * W[i]);
      aW.set_requires_grad(true);
      const Tensor z = linear(u, aW);
      const Tensor y = normalize(z, channel_view(z), moments(z, channel_view(z)), 0, random_tensor({5}, 3, 1),
                                 random_tensor({5}, 4));
      y.backward(random_tensor({20, 5}, 5));
      return std::array{numbers(y), gradient(u), gradient(aW)};
    };
    const auto plain = run(1);
    auto scaled = run(a);
    CHECK(difference(scaled[0], plain[0]) < allowed);
    CHECK(difference(scaled[1], plain[1]) < allowed);
    for (Wide& d : scaled[2]) d *= a;
    CHECK(difference(scaled[2], plain[2]) < allowed);
  }
}

}  // namespace properties_normalizer_facts_test
}}  // namespace norma
