// A layer that Norma lacks, with its own gradient: Swish, y = x σ(βx), whose β is trained (Ramachandran et
// al. 2017, arXiv 1710.05941). The gradient is checked against finite differences; then a tiny network with
// the layer learns a sine. Once configured (README.md):
//
//   cmake --build build/examples --target custom_layer && build/examples/custom_layer
#include <norma/core/gradcheck.h>
#include <norma/core/ops.h>
#include <norma/layers/linear.h>
#include <norma/optim/optimizer.h>

#include <cmath>
#include <iostream>

using namespace norma;

real logistic(real x) { return 1 / (1 + std::exp(-x)); }

// With s = σ(βx):   y = x s,   dx += dy (s + βx s(1 − s)),   dβ += Σ dy x² s(1 − s)
Tensor swish(const Tensor& x, const Tensor& beta) {
  Tensor y(x.shape());
  for (Index i = 0; i < x.size(); ++i) y[i] = x[i] * logistic(beta.item() * x[i]);
  return record(y, {x, beta}, [](const Tensor& y, const Tensor& x, const Tensor& beta) {
    const real *dy = y.grad_data(), b = beta.item();
    double dbeta = 0;  // a sum of many numbers
    const GradSlot to_x = x.open_grad(), to_beta = beta.open_grad();
    // The first contribution to a gradient overwrites what is in its memory; later ones are added.
    auto add = [](const GradSlot& to, Index i, real d) { to.data[i] = to.beta == 0 ? d : to.data[i] + d; };
    for (Index i = 0; i < x.size(); ++i) {
      const real s = logistic(b * x[i]), slope = s * (1 - s);
      if (to_x) add(to_x, i, dy[i] * (s + b * x[i] * slope));
      dbeta += dy[i] * x[i] * x[i] * slope;
    }
    if (to_beta) add(to_beta, 0, static_cast<real>(dbeta));
  });
}

struct Swish final : Module {
  Tensor beta = parameter("beta", Tensor::ones({1}), /*decay=*/false);
  Tensor forward(const Tensor& x) override { return swish(x, beta); }
  std::string describe() const override { return "Swish()"; }
};

int main() {
  Tensor x = Tensor::from({2, 3}, {-3, -1, -0.2, 0.5, 1, 2}), beta = Tensor::from({1}, {1.5});
  x.set_requires_grad(true);
  beta.set_requires_grad(true);
  // Values in float need a wide step for a good difference; Norma checks its own gradients in double.
  const GradCheck checked = check_gradients(
      {x, beta}, [](const std::vector<Tensor>& in) { return swish(in[0], in[1]); }, 1.0 / 16);
  std::cout << "gradient check: relative error " << checked.worst << '\n';

  manual_seed(1);
  Sequential net;
  net.append(Linear(1, 16));
  const Swish& layer = net.append(Swish());
  net.append(Linear(16, 1));
  Adam adam(net.parameters(), {.lr = 0.01});
  Tensor angle({64, 1}), sine({64, 1});
  for (Index i = 0; i < 64; ++i) {
    angle[i] = static_cast<real>(i - 32) / 10;
    sine[i] = std::sin(angle[i]);
  }
  real loss = 0;
  for (int step = 0; step <= 1000; ++step) {
    adam.zero_grad();
    const Tensor error = mse(net(angle), sine);
    error.backward();
    adam.step();
    loss = error.item();
    if (step % 200 == 0)
      std::cout << "step " << step << ": loss " << loss << ", beta " << layer.beta.item() << '\n';
  }
  return checked.worst < 1e-3 && loss < 0.01 ? 0 : 1;
}
