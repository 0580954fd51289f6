#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void check_setting(const char* optimizer, const char* name, double value, double least, double below) {
  check(value >= least && value < below, optimizer, ": expected ", name, " of at least ", least,
        " and below ", below, ", got ", value);
}

constexpr double infinity = HUGE_VAL;

// Averages of gradients that have become 0 (the weights of a pixel that is always black) shrink into the
// numbers below the smallest normal one, and stay there: 0.9 times the fourth smallest rounds to itself. With
// those Adam's step is 3 to 4.5 times slower. They are set to 0, which makes no difference to a parameter:
// they would move it by less than 1e-30. (Activations, gradients and running statistics pass through there,
// if at all: a processor that makes all such numbers 0 trains no faster.)
constexpr real smallest = std::numeric_limits<real>::min();

real settled(real average, real least) { return std::abs(average) < least ? 0 : average; }

bool is_moved(const Tensor& p) { return p.has_grad() && p.requires_grad(); }

}  // namespace

Optimizer::Optimizer(std::vector<Parameter> parameters, double rate, double weight_decay, bool decay_all)
    : lr(rate), parameters_(std::move(parameters)), weight_decay_(weight_decay), decay_all_(decay_all) {}

void Optimizer::step() {
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const Parameter& p = parameters_[k];
    if (is_moved(p.tensor)) update(k, p.tensor, static_cast<real>(p.decay || decay_all_ ? weight_decay_ : 0));
  }
}

void Optimizer::zero_grad() {
  for (const Parameter& p : parameters_) p.tensor.zero_grad();
}

double Optimizer::clip_grad_norm(double max_norm) {
  check(max_norm > 0, "clip_grad_norm: expected more than 0, got ", max_norm);
  double squares = 0;
  for (const Parameter& p : parameters_) {
    if (!is_moved(p.tensor)) continue;
    const real* g = p.tensor.grad_data();
    for (Index i = 0; i < p.tensor.size(); ++i) squares += double(g[i]) * g[i];
  }
  const double norm = std::sqrt(squares);
  const real factor = static_cast<real>(max_norm / (norm + 1e-6));
  if (!(factor < 1)) return norm;
  for (const Parameter& p : parameters_) {
    if (!is_moved(p.tensor)) continue;
    real* g = p.tensor.grad_data();
    for (Index i = 0; i < p.tensor.size(); ++i) g[i] *= factor;
  }
  return norm;
}

std::size_t Optimizer::place_of(const StateEntry& entry, const std::string& what) const {
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    if (entry.name != what + "." + parameters_[k].name) continue;
    const Shape& wanted = parameters_[k].tensor.shape();
    const bool counter = what == "step";
    check(counter ? entry.counter != nullptr : entry.tensor.defined(), "optimizer state ", entry.name,
          counter ? ": expected a counter, got a tensor" : ": expected a tensor, got a counter");
    check(counter || entry.tensor.shape() == wanted, "optimizer state ", entry.name, ": expected shape ",
          wanted, ", got ", counter ? Shape{} : entry.tensor.shape());
    return k;
  }
  fail("optimizer state ", entry.name, ": there is no parameter for it");
}

Sgd::Sgd(std::vector<Parameter> parameters, const SgdOptions& options)
    : Optimizer(std::move(parameters), options.lr, options.weight_decay, options.decay_all),
      options_(options),
      buffers_(parameters_.size()) {
  check_setting("SGD", "learning rate", options.lr, 0, infinity);
  check_setting("SGD", "momentum", options.momentum, 0, infinity);
  check_setting("SGD", "weight decay", options.weight_decay, 0, infinity);
  check(std::isfinite(options.dampening), "SGD: expected a finite dampening, got ", options.dampening);
  check(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
        "SGD: Nesterov: expected momentum above 0 and no dampening, got momentum ", options.momentum,
        " and dampening ", options.dampening);
}

void Sgd::update(std::size_t k, const Tensor& parameter, real lambda) {
  const real eta = static_cast<real>(lr), mu = static_cast<real>(options_.momentum);
  real* p = parameter.data();
  const real* grad = parameter.grad_data();
  if (mu == 0) {
    return parallel_for(parameter.size(), elementwise_grain, [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) p[i] -= eta * (grad[i] + lambda * p[i]);
    });
  }
  const bool first = !buffers_[k].defined();
  if (first) buffers_[k] = Tensor::zeros(parameter.shape());
  real* b = buffers_[k].data();
  const real fresh = first ? 1 : static_cast<real>(1 - options_.dampening);  // b ← g at first
  // p ← p − η(g + μb) with Nesterov, p − ηb without: one weight for each
  const real from_g = options_.nesterov ? 1 : 0, from_b = options_.nesterov ? mu : 1;
  parallel_for(parameter.size(), elementwise_grain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const real g = grad[i] + lambda * p[i];
      b[i] = settled(mu * b[i] + fresh * g, smallest);
      p[i] -= eta * (from_g * g + from_b * b[i]);
    }
  });
}

StateDict Sgd::state_dict() const {
  StateDict state;
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    if (buffers_[k].defined())
      state.push_back({"momentum_buffer." + parameters_[k].name, buffers_[k], nullptr});
  }
  return state;
}

void Sgd::load(const StateDict& state) {
  std::vector<Tensor> buffers(parameters_.size());
  for (const StateEntry& entry : state) {
    const std::size_t k =
        place_of(entry, "momentum_buffer");  // before the tensor is read, which may be absent
    buffers[k] = entry.tensor.clone();
  }
  buffers_ = std::move(buffers);
}

Adam::Adam(std::vector<Parameter> parameters, const AdamOptions& options)
    : Optimizer(std::move(parameters), options.lr, options.weight_decay, options.decay_all),
      options_(options),
      states_(parameters_.size()) {
  check_setting("Adam", "learning rate", options.lr, 0, infinity);
  check_setting("Adam", "beta1", options.beta1, 0, 1);
  check_setting("Adam", "beta2", options.beta2, 0, 1);
  check_setting("Adam", "eps", options.eps, 0, infinity);
  check_setting("Adam", "weight decay", options.weight_decay, 0, infinity);
}

void Adam::update(std::size_t k, const Tensor& parameter, real lambda) {
  const real beta1 = static_cast<real>(options_.beta1), beta2 = static_cast<real>(options_.beta2);
  const real rest1 = static_cast<real>(1 - options_.beta1), rest2 = static_cast<real>(1 - options_.beta2);
  const real eps = static_cast<real>(options_.eps);
  // √v beside ε: what is below half a digit of ε counts for nothing.
  const real least = std::min(smallest, static_cast<real>(options_.eps * options_.eps * 1e-15));
  State& s = states_[k];
  if (!s.m.defined()) {
    s.m = Tensor::zeros(parameter.shape());
    s.v = Tensor::zeros(parameter.shape());
  }
  const double t = static_cast<double>(++s.steps);
  const real eta = static_cast<real>(lr / (1 - std::pow(options_.beta1, t)));           // η m̂ = eta m
  const real root = static_cast<real>(1 / std::sqrt(1 - std::pow(options_.beta2, t)));  // √v̂ = root √v
  real *p = parameter.data(), *m = s.m.data(), *v = s.v.data();
  const real* grad = parameter.grad_data();
  parallel_for(parameter.size(), elementwise_grain, [=](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      const real g = grad[i] + lambda * p[i];
      m[i] = settled(beta1 * m[i] + rest1 * g, smallest);
      v[i] = settled(beta2 * v[i] + rest2 * g * g, least);
      p[i] -= eta * m[i] / (root * std::sqrt(v[i]) + eps);
    }
  });
}

StateDict Adam::state_dict() const {
  StateDict state;
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    const std::string& name = parameters_[k].name;
    if (!states_[k].m.defined()) continue;
    state.push_back({"step." + name, {}, std::make_shared<std::int64_t>(states_[k].steps)});
    state.push_back({"exp_avg." + name, states_[k].m, nullptr});
    state.push_back({"exp_avg_sq." + name, states_[k].v, nullptr});
  }
  return state;
}

void Adam::load(const StateDict& state) {
  std::vector<State> states(parameters_.size());
  for (const StateEntry& entry : state) {
    const std::string what = entry.name.substr(0, entry.name.find('.'));
    check(what == "step" || what == "exp_avg" || what == "exp_avg_sq", "optimizer state ", entry.name,
          ": expected step, exp_avg or exp_avg_sq");
    State& s = states[place_of(entry, what)];
    if (what == "step")
      s.steps = *entry.counter;
    else
      (what == "exp_avg" ? s.m : s.v) = entry.tensor.clone();
  }
  constexpr Index most = Index{1} << 62;  // counting on does not overflow
  for (std::size_t k = 0; k < states.size(); ++k) {
    check(states[k].steps >= 0 && states[k].steps <= most, "optimizer state of ", parameters_[k].name,
          ": expected a step from 0 to 2^62, got ", states[k].steps);
    check(states[k].m.defined() == states[k].v.defined() && states[k].m.defined() == (states[k].steps > 0),
          "optimizer state of ", parameters_[k].name, ": exp_avg, exp_avg_sq and step belong together");
  }
  states_ = std::move(states);
}

}}  // namespace norma
