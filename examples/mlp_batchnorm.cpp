// One multi-layer perceptron without and with Batch Normalization: test accuracy side by side. Both networks
// start from the same weights and see the same batches. The data are MNIST if it is found, else digits that
// Norma draws; `mlp_batchnorm digits` always takes the drawn ones. Once configured (README.md):
//
//   cmake --build build/examples --target mlp_batchnorm && build/examples/mlp_batchnorm
#include <norma/core/ops.h>
#include <norma/data/load.h>
#include <norma/data/loader.h>
#include <norma/layers/activation.h>
#include <norma/layers/batchnorm.h>
#include <norma/layers/linear.h>
#include <norma/optim/optimizer.h>

#include <cstdio>

using namespace norma;

// Three hidden layers of 100 sigmoids. BN would take away a bias before it; the bias stays here, so that both
// networks draw the same weights.
Sequential make_network(const Dataset& data, bool batch_norm) {
  manual_seed(1);
  Sequential net;
  for (const Index inputs : {data.sample.size(), Index(100), Index(100)}) {
    net.append(Linear(inputs, 100));
    if (batch_norm) net.append(BatchNorm1d(100));
    net.append(Activation("sigmoid"));
  }
  net.append(Linear(100, data.classes));
  return net;
}

void train_step(Sequential& net, Sgd& sgd, const Batch& batch) {
  sgd.zero_grad();
  softmax_cross_entropy(net(batch.x), batch.labels).backward();
  sgd.step();
}

double accuracy(Sequential& net, const Batch& test) {
  net.eval();  // BN now normalizes by its running statistics, not by those of the batch
  const NoGrad guard;
  const Index correct = count_correct(net(test.x), test.labels);
  net.train();
  return 100.0 * static_cast<double>(correct) / static_cast<double>(test.labels.size());
}

int main(int argc, char** argv) try {
  const DataPair data = load_data(argc > 1 ? argv[1] : "");
  Sequential plain = make_network(data.train, false), normalized = make_network(data.train, true);
  Sgd plain_sgd(plain.parameters(), {.lr = 0.1}), normalized_sgd(normalized.parameters(), {.lr = 0.1});
  Loader loader(data.train, {.batch_size = 60}, /*seed=*/1);
  Batch test;
  fill(data.test, 0, data.test.size(), {}, test);

  std::printf("Test accuracy on %s\n%6s %12s %9s\n", data.train.name.c_str(), "step", "without BN",
              "with BN");
  for (int step = 1; step <= 5000; ++step) {
    const Batch& batch = loader.next();
    train_step(plain, plain_sgd, batch);
    train_step(normalized, normalized_sgd, batch);
    if (step % 500 == 0)
      std::printf("%6d %11.2f%% %8.2f%%\n", step, accuracy(plain, test), accuracy(normalized, test));
  }
} catch (const Error& error) {
  std::fprintf(stderr, "mlp_batchnorm: %s\n", error.what());
  return 1;
}
