// norma bench --operations: operations that move memory, one at a time, beside the floor of such work: a copy
// of x. What a matrix product costs, norma bench shows without this option.
#include <algorithm>
#include <functional>
#include <iostream>

#include "apps/commands/bench.h"
#include "apps/commands/command.h"
#include "apps/commands/terminal.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"
#include "core/normalize.h"
#include "core/ops.h"
#include "core/parallel.h"
#include "core/pooling.h"
#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Inputs = std::vector<Tensor>;

struct OperationBench {
  std::string name;
  std::vector<Shape> inputs;  // the first is x, whose copy is the floor
  std::function<Tensor(const Inputs&)> compute;
};

// To add one: a line. Its inputs are normal numbers that all require a gradient.
const std::vector<OperationBench>& operation_benches() {
  const Shape x{128, 256};            // a hidden layer's batch, 128 KB
  const Shape images{16, 8, 28, 28};  // a convolution's, 392 KB
  static const std::vector<OperationBench> all = {
      {"add", {x, x}, [](const Inputs& in) { return add(in[0], in[1]); }},
      {"mul", {x, x}, [](const Inputs& in) { return mul(in[0], in[1]); }},
      {"relu", {x}, [](const Inputs& in) { return relu(in[0]); }},
      {"leaky_relu", {x}, [](const Inputs& in) { return leaky_relu(in[0]); }},
      {"tanh", {x}, [](const Inputs& in) { return tanh(in[0]); }},
      {"sigmoid", {x}, [](const Inputs& in) { return sigmoid(in[0]); }},
      {"softmax_cross_entropy",
       {x},
       [labels = Labels(128)](const Inputs& in) {
         std::fill_n(labels.data(), labels.size(), 7);
         return softmax_cross_entropy(in[0], labels);
       }},
      {"normalize",
       {x, {256}, {256}},
       [](const Inputs& in) {
         const View v = channel_view(in[0]);
         return normalize(in[0], v, moments(in[0], v), 1e-5, in[1], in[2]);
       }},
      {"max_pool", {images}, [](const Inputs& in) { return max_pool(in[0], 2); }},
      {"avg_pool", {images}, [](const Inputs& in) { return avg_pool(in[0], 2); }},
  };
  return all;
}

Tensor random_input(const Shape& shape, Rng& rng) {
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(rng.normal());
  return t;
}

}  // namespace

void bench_operations(const std::vector<std::string>& names, int rounds) {
  const std::set<std::string> asked = asked_for("operations", names, names_of(operation_benches()));
  std::cout << wrapped("One thread; medians of " + std::to_string(rounds) +
                       (rounds == 1 ? " round" : " rounds") +
                       " in which operation and copy take turns; µs per call.")
            << "\n\n";
  Table table({"operation", "x", "copy of x", "forward", "with backward", "× copy"});
  set_threads(1);
  StatusLine status;
  for (const OperationBench& b : operation_benches()) {
    if (!asked.count(b.name)) continue;
    status.show(std::string(b.name) + " …");
    Rng rng(1);
    Inputs in;
    for (const Shape& shape : b.inputs) in.push_back(random_input(shape, rng).set_requires_grad(true));
    const Tensor seed = random_input(b.compute(in).shape(), rng), to(in[0].shape());
    auto copy = [&] { to.copy_from(in[0]); };
    auto forward = [&] {
      NoGrad guard;
      b.compute(in);
    };
    auto both = [&] {
      for (const Tensor& t : in) t.zero_grad();
      b.compute(in).backward(seed);
    };
    const double once = microseconds(both, 2);                               // also fills the pool
    const Index calls = std::max<Index>(1, static_cast<Index>(1e4 / once));  // a round of about 10 ms
    std::vector<double> copies, forwards, wholes, ratios;
    for (int r = 0; r < rounds; ++r) {
      copies.push_back(microseconds(copy, calls));
      forwards.push_back(microseconds(forward, calls));
      wholes.push_back(microseconds(both, calls));
      ratios.push_back(wholes.back() / copies.back());
    }
    table.row({b.name, text_of(in[0].shape()), number(median(copies)), number(median(forwards)),
               number(median(wholes)), number(median(ratios))});
  }
  status.clear();
  std::cout << table.text();
}

}}  // namespace norma
