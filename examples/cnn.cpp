// A small convolutional network with BatchNorm2d: trained, tested, saved and loaded. In training, BN
// normalizes by the batch and gathers running statistics; after eval() it normalizes by those, and the file
// holds them too. Takes MNIST if it is found, else digits that Norma draws, as does `cnn digits`. Once
// configured (README.md):
//
//   cmake --build build/examples --target cnn && build/examples/cnn
#include <norma/core/ops.h>
#include <norma/data/formats/safetensors.h>
#include <norma/data/load.h>
#include <norma/data/loader.h>
#include <norma/layers/activation.h>
#include <norma/layers/batchnorm.h>
#include <norma/layers/conv.h>
#include <norma/layers/linear.h>
#include <norma/layers/pooling.h>
#include <norma/optim/optimizer.h>

#include <iostream>

using namespace norma;

// (N, C, H, W) → (N, 16, H/4, W/4) → one logit per class. No bias before BN, which would take it away.
Sequential make_network(const Dataset& data) {
  Sequential net;
  Index inputs = data.sample[0];
  for (const Index channels : {8, 16}) {
    net.append(Conv2d(inputs, channels, 3, {.padding = 1, .bias = false}));
    net.append(BatchNorm2d(channels));
    net.append(Activation("relu"));
    net.append(MaxPool2d(2));
    inputs = channels;
  }
  net.append(Flatten());
  net.append(Linear(16 * (data.sample[1] / 4) * (data.sample[2] / 4), data.classes));
  return net;
}

Index correct(Sequential& net, const Batch& test) {
  const NoGrad guard;
  return count_correct(net(test.x), test.labels);
}

int main(int argc, char** argv) try {
  const DataPair data = load_data(argc > 1 ? argv[1] : "");
  manual_seed(1);
  Sequential net = make_network(data.train);
  Sgd sgd(net.parameters(), {.lr = 0.1});
  Loader loader(data.train, {.batch_size = 60, .format = {.flat = false}}, /*seed=*/1);
  for (int step = 0; step < 400; ++step) {
    const Batch& batch = loader.next();
    sgd.zero_grad();
    softmax_cross_entropy(net(batch.x), batch.labels).backward();
    sgd.step();
  }

  Batch test;
  fill(data.test, 0, 1000, {.flat = false}, test);
  net.eval(Statistics::batch);
  std::cout << correct(net, test) << " of 1000 correct by the batch's statistics\n";
  net.eval();
  const Index before = correct(net, test);
  std::cout << before << " of 1000 correct by the running statistics\n";

  write_safetensors("cnn.safetensors", net.state_dict());
  Sequential loaded = make_network(data.train);  // with other weights, until it loads those of the file
  loaded.load(read_safetensors("cnn.safetensors"));
  loaded.eval();
  const Index after = correct(loaded, test);
  std::cout << after << " of 1000 correct by the network loaded from cnn.safetensors\n";
  return after == before ? 0 : 1;
} catch (const Error& error) {
  std::cerr << "cnn: " << error.what() << '\n';
  return 1;
}
