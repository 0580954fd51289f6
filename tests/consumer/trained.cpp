// Norma as a part of a shared library, with a core/ops.h of the consumer's own.
#include <norma/core/ops.h>
#include <norma/data/digits.h>
#include <norma/data/formats/safetensors.h>
#include <norma/data/loader.h>
#include <norma/layers/activation.h>
#include <norma/layers/batchnorm.h>
#include <norma/layers/linear.h>
#include <norma/optim/optimizer.h>

#include <iostream>

#include "core/ops.h"

bool trained() {
  using namespace norma;
  const Dataset data = draw_digits(600, 1);
  manual_seed(1);
  Sequential net;
  net.append(Linear(784, 30));
  net.append(BatchNorm1d(30));
  net.append(Activation("relu"));
  net.append(Linear(30, 10));
  Sgd sgd(net.parameters(), {.lr = 0.1});
  Loader loader(data, {.batch_size = 60}, 1);
  for (int step = 0; step < 100; ++step) {
    const Batch& batch = loader.next();
    sgd.zero_grad();
    softmax_cross_entropy(net(batch.x), batch.labels).backward();
    sgd.step();
  }
  net.eval();
  NoGrad guard;
  Batch all;
  fill(data, 0, 600, {}, all);
  const Index right = count_correct(net(all.x), all.labels);
  std::cout << right << " of 600 right, " << encode_safetensors(net.state_dict()).size() << " bytes\n";
  return right > 500 && ours == 1;
}
