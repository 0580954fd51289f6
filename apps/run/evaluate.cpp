#include "apps/run/evaluate.h"

#include <algorithm>
#include <cmath>

#include "core/ops.h"
#include "layers/recalibration.h"

namespace norma { inline namespace NORMA_BUILD {

Score evaluate(Module& model, const Dataset& data, const BatchFormat& format, Index batch_size,
               Statistics statistics, std::optional<std::uint64_t> seed,
               const std::function<void(const Tensor& logits)>& answer) {
  NoGrad guard;
  model.eval(statistics);
  const bool together = statistics == Statistics::batch && batch_size > 1;
  const std::vector<std::uint32_t> order =
      seed ? drawn_order(data.size(), *seed) : std::vector<std::uint32_t>();
  Batch batch;
  double loss = 0;
  Index correct = 0, seen = 0;
  while (seen < data.size()) {
    const Index left = data.size() - seen;
    if (together && left == 1) break;  // all there is
    const Index n = together && left == batch_size + 1 ? left : std::min(batch_size, left);
    if (seed)
      fill(data, std::span(order).subspan(seen, n), format, batch);
    else
      fill(data, seen, n, format, batch);
    const Tensor logits = model(batch.x);
    if (answer) answer(logits);
    loss += softmax_cross_entropy(logits, batch.labels).item() * double(n);
    correct += count_correct(logits, batch.labels);
    seen += n;
  }
  model.train();
  const double n = double(seen);
  return {loss / n, double(correct) / n};
}

std::vector<double> probabilities(Module& model, const Dataset& data, Index i, const BatchFormat& format) {
  NoGrad guard;
  Batch batch;
  fill(data, i, 1, format, batch);
  const Tensor z = model(batch.x);
  // pₖ = exp(zₖ − max z) / Σⱼ exp(zⱼ − max z)
  std::vector<double> p(z.values().begin(), z.values().end());
  const double largest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& value : p) {
    check(std::isfinite(value), "the network diverged in its training: it answers ", value);
    sum += value = std::exp(value - largest);
  }
  for (double& value : p) value /= sum;
  return p;
}

void precise_statistics(Module& model, const Dataset& train, const BatchFormat& format, Index batch_size,
                        std::uint64_t seed, Index samples) {
  NoGrad guard;
  Recalibration gather(model);
  model.eval(Statistics::batch);
  Batch batch;
  const std::vector<std::uint32_t> order = drawn_order(train.size(), seed);
  for (Index first = 0; first + batch_size <= samples; first += batch_size) {
    fill(train, std::span(order).subspan(first, batch_size), format, batch);
    model(batch.x);
  }
  model.train();
}

}}  // namespace norma
