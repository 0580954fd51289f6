#include "apps/run/probe.h"

#include <cmath>

#include "core/autograd.h"
#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

Vector values_of(const Module& model) {
  Vector values;
  for (const Parameter& p : model.parameters())
    values.insert(values.end(), p.tensor.values().begin(), p.tensor.values().end());
  return values;
}

void set_values(const Module& model, const Vector& values) {
  std::size_t at = 0;
  for (const Parameter& p : model.parameters()) {
    for (real& v : p.tensor.values()) v = static_cast<real>(values.at(at++));
  }
}

std::vector<std::size_t> offsets_of(const Module& model) {
  std::vector<std::size_t> offsets = {0};
  for (const Parameter& p : model.parameters()) offsets.push_back(offsets.back() + p.tensor.size());
  return offsets;
}

double batch_loss(Module& model, const Batch& batch) {
  NoGrad guard;
  model.eval(Statistics::batch);
  const double loss = softmax_cross_entropy(model(batch.x), batch.labels).item();
  model.train();
  return loss;
}

Vector gradient_of(Module& model, const std::function<void()>& backward) {
  const std::vector<Parameter> parameters = model.parameters();
  for (const Parameter& p : parameters) p.tensor.zero_grad();
  model.eval(Statistics::batch);
  backward();
  model.train();
  Vector gradient;
  for (const Parameter& p : parameters) {
    const std::size_t n = p.tensor.size();
    if (p.tensor.has_grad())
      gradient.insert(gradient.end(), p.tensor.grad_data(), p.tensor.grad_data() + n);
    else
      gradient.insert(gradient.end(), n, 0.0);
    p.tensor.zero_grad();
  }
  return gradient;
}

double batch_gradient(Module& model, const Batch& batch, Vector& gradient) {
  double value = 0;
  gradient = gradient_of(model, [&] {
    const Tensor loss = softmax_cross_entropy(model(batch.x), batch.labels);
    loss.backward();
    value = loss.item();
  });
  return value;
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

double cosine(const Vector& a, const Vector& b) {
  const double lengths = norm(a) * norm(b);
  return lengths > 0 ? dot(a, b) / lengths : NAN;
}

Vector along(const Vector& a, double factor, const Vector& b) {
  Vector sum = a;
  for (std::size_t i = 0; i < a.size(); ++i) sum[i] += factor * b[i];
  return sum;
}

bool log_spaced(Index step, Index steps, Index count) {
  if (step <= 1 || step == steps) return true;
  // Whether a new multiple of ln(steps)/count is passed between step − 1 and step.
  const double unit = std::log(double(steps)) / double(count);
  return std::floor(std::log(double(step)) / unit) > std::floor(std::log(double(step - 1)) / unit);
}

Tensor output_of_layer(Sequential& model, std::size_t i, const Tensor& x, Statistics statistics) {
  NoGrad guard;
  model.eval(statistics);
  Tensor y = x;
  for (std::size_t layer = 0; layer <= i; ++layer) y = model.children().at(layer).module->forward(y);
  model.train();
  return y;
}

}}  // namespace norma
