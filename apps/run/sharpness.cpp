#include "apps/run/sharpness.h"

#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr int most_products = 200;
constexpr std::uint64_t sharpness_stream = 0x7368617270;  // "sharp"

// Each row z becomes p∘(u − pᵀu)/n: the Hessian of the mean cross-entropy of n rows, times u; p = softmax(z).
Tensor loss_hessian_times(const Tensor& logits, const Vector& u) {
  Tensor product(logits.shape());
  const Index n = logits.dim(0), classes = logits.dim(1);
  Vector p(static_cast<std::size_t>(classes));
  for (Index first = 0; first < n * classes; first += classes) {
    const real* z = logits.data() + first;
    const double highest = *std::max_element(z, z + classes);
    double total = 0, mean = 0;
    for (std::size_t k = 0; k < p.size(); ++k) total += p[k] = std::exp(z[k] - highest);
    for (std::size_t k = 0; k < p.size(); ++k) mean += (p[k] /= total) * u[first + k];
    for (std::size_t k = 0; k < p.size(); ++k)
      product[first + k] = static_cast<real>(p[k] * (u[first + k] - mean) / double(n));
  }
  return product;
}

class GaussNewton {
 public:
  GaussNewton(Module& model, const Batch& batch) : model_(model), batch_(batch), w_(values_of(model)) {
    epsilon_ = norm(w_) / 1000;
    check(epsilon_ > 0, "sharpness: the model has no weight that is not 0");
  }
  ~GaussNewton() { set_values(model_, w_); }
  GaussNewton(const GaussNewton&) = delete;
  GaussNewton& operator=(const GaussNewton&) = delete;

  std::size_t size() const { return w_.size(); }

  // JᵀHJv for ‖v‖ = 1: how the logits change along v, what that does to the loss's gradient, and back.
  Vector times(const Vector& v) {
    Vector change = along(logits_at(epsilon_, v), -1, logits_at(-epsilon_, v));
    for (double& c : change) c /= 2 * epsilon_;
    set_values(model_, w_);
    return gradient_of(model_, [&] {
      const Tensor logits = model_(batch_.x);
      logits.backward(loss_hessian_times(logits, change));
      const double length = norm({logits.begin(), logits.end()}), rate = norm(change);
      if (length > 0 && rate > 0) epsilon_ = 0.01 * length / rate;  // for the next
    });
  }

 private:
  Vector logits_at(double step, const Vector& v) {
    NoGrad guard;
    set_values(model_, along(w_, step, v));
    model_.eval(Statistics::batch);
    const Tensor logits = model_(batch_.x);
    model_.train();
    return {logits.values().begin(), logits.values().end()};
  }

  Module& model_;
  const Batch& batch_;
  const Vector w_;
  double epsilon_;
};

}  // namespace

Sharpness sharpness(Module& model, const Batch& batch, std::uint64_t seed) {
  GaussNewton matrix(model, batch);
  Rng rng(seed, sharpness_stream);
  Vector v(matrix.size());
  for (double& x : v) x = rng.normal();
  Sharpness found;
  double ten_ago = 0;
  while (found.products < most_products && !found.settled) {
    const double length = norm(v);
    if (length == 0) return {0, found.products, true};
    for (double& x : v) x /= length;
    const Vector product = matrix.times(v);
    found.largest = dot(v, product);  // the Rayleigh quotient
    v = product;
    if (++found.products % 10) continue;
    found.settled = std::abs(found.largest - ten_ago) < 0.01 * found.largest;
    ten_ago = found.largest;
  }
  return found;
}

}}  // namespace norma
