#include "apps/run/parts.h"

#include <algorithm>
#include <optional>
#include <set>

#include "apps/run/exchange.h"
#include "apps/run/team.h"
#include "core/ops.h"
#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

// Handles to what changes in a step.
struct Parts::Contents {
  std::vector<Parameter> parameters;
  std::vector<Tensor> buffers;
  std::vector<std::shared_ptr<std::int64_t>> counters;
  std::vector<Rng*> random;  // of its random layers

  explicit Contents(Sequential& model) : parameters(model.parameters()) {
    std::set<std::string> trained;
    for (const Parameter& p : parameters) trained.insert(p.name);
    for (const StateEntry& e : model.state_dict()) {
      if (e.counter)
        counters.push_back(e.counter);
      else if (!trained.count(e.name))
        buffers.push_back(e.tensor);
    }
    model.for_each([this](Module& m) {
      if (m.random()) random.push_back(m.random());
    });
  }

  void copy_parameters(const Contents& other) const {
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameters[i].tensor.copy_from(other.parameters[i].tensor);
  }

  void copy_counters(const Contents& other) const {
    for (std::size_t i = 0; i < counters.size(); ++i) *counters[i] = *other.counters[i];
  }

  // What a part changes.
  void copy_rest(const Contents& other) const {
    for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_from(other.buffers[i]);
    copy_counters(other);
  }

  // f(parameter, its first element's place among all)
  template <class F>
  void each_parameter(const F& f) const {
    Index at = 0;
    for (const Parameter& p : parameters) {
      f(p.tensor, at);
      at += p.tensor.size();
    }
  }

  Index elements() const {
    Index n = 0;
    each_parameter([&](const Tensor& p, Index) { n += p.size(); });
    return n;
  }
};

// A copy of the network, through which one part after the other goes.
struct Parts::Replica {
  Sequential model;
  const Contents contents;
  Member member;
  double loss = 0;

  Replica(const RunPlan& plan, Exchange& exchange, Index i)
      : model(build_network(plan)), contents(model), member(exchange, i) {
    if (plan.group == 1) return;
    model.for_each([this](Module& m) {
      if (auto* norm = dynamic_cast<ChannelNorm*>(&m)) norm->share_statistics(&member);
    });
  }
};

struct Parts::Here {
  Exchange exchange;                               // where they meet
  std::vector<std::unique_ptr<Replica>> replicas;  // one for each
  std::optional<Team> team;                        // a thread for each, if there are several

  Here(const RunPlan& plan, Index parts, std::optional<Processes> others)
      : exchange(parts, std::move(others)) {
    for (Index i = 0; i < parts; ++i) replicas.push_back(std::make_unique<Replica>(plan, exchange, i));
    if (parts > 1) team.emplace(parts);
  }
};

void check_parts(const RunPlan& plan, Index processes) {
  check(plan.parts % processes == 0, "--accumulate: expected a multiple of ", processes,
        ", the processes, got ", plan.parts);
  const Index here = plan.parts / processes;
  check(here % plan.group == 0 || plan.group % here == 0, "--norm-group: ", plan.group,
        " parts cannot be a group with ", here, " in each process");
}

Parts::Parts(const RunPlan& plan, Sequential& model, Processes* processes)
    : plan_(plan),
      processes_(processes),
      ranks_(processes ? processes->size() : 1),
      here_(plan.parts / ranks_),
      first_(processes ? processes->rank() * here_ : 0),
      master_(std::make_unique<Contents>(model)) {
  check_parts(plan, ranks_);
  const Index together = std::min(plan.group, here_);
  std::optional<Processes> others;
  if (plan.group > together) others = processes->group(static_cast<int>(plan.group / together));
  group_ = std::make_unique<Here>(plan, together, std::move(others));
}

Parts::~Parts() = default;

double Parts::backward(const Batch& batch, bool stop) {
  seeds_.clear();
  for (Rng* rng : master_->random) seeds_.push_back(rng->bits());
  sum_.assign(master_->elements(), 0);
  gradients_.clear();
  told_.clear();
  for (const auto& replica : group_->replicas) replica->contents.copy_parameters(*master_);
  for (Index i = 0; i < here_; i += static_cast<Index>(group_->replicas.size())) {
    run_group(first_ + i, batch);
    for (const auto& replica : group_->replicas) take(*replica, stop);
  }
  if (ranks_ > 1) exchange_sums();
  return give_model();
}

// The parts from `first` on, one in each replica.
void Parts::run_group(Index first, const Batch& batch) {
  for (const auto& replica : group_->replicas) replica->contents.copy_rest(*master_);
  if (!group_->team) return run_part(*group_->replicas[0], first, batch);
  group_->team->run([&](Index i) {
    try {
      run_part(*group_->replicas[i], first + i, batch);
    } catch (...) {
      group_->exchange.fail(std::current_exception());
      throw;
    }
  });
}

namespace {

void add_to(double* sum, const real* values, Index n) {
  for (Index i = 0; i < n; ++i) sum[i] += values[i];
}

// Samples [begin, end) of a batch.
Batch slice(const Batch& batch, Index begin, Index end) {
  Shape shape;
  shape.append(end - begin);
  for (int i = 1; i < batch.x.rank(); ++i) shape.append(batch.x.dim(i));
  Batch part{Tensor(shape), Labels(end - begin)};
  const Index each = batch.x.size() / batch.x.dim(0);
  std::copy(batch.x.data() + begin * each, batch.x.data() + end * each, part.x.data());
  std::copy(batch.labels.data() + begin, batch.labels.data() + end, part.labels.data());
  return part;
}

}  // namespace

// The loss of the batch is L = Σ nₚ/n Lₚ, so each part's gradient is that of nₚ/n Lₚ.
void Parts::run_part(Replica& replica, Index part, const Batch& batch) const {
  for (std::size_t i = 0; i < seeds_.size(); ++i)  // other numbers in each part, the same wherever it is
    *replica.contents.random[i] = Rng(seeds_[i], static_cast<std::uint64_t>(part));
  for (const Parameter& p : replica.contents.parameters) p.tensor.zero_grad();
  const Index n = batch.labels.size(), begin = n * part / plan_.parts, end = n * (part + 1) / plan_.parts;
  const double weight = double(end - begin) / double(n);
  const Batch own = slice(batch, begin, end);
  const Tensor loss = softmax_cross_entropy(replica.model(own.x), own.labels, plan_.config.label_smoothing);
  loss.backward(Tensor::full(loss.shape(), static_cast<real>(weight)));
  replica.loss = weight * loss.item();
}

// Adds a part's gradient to the sum, and notes the rest.
void Parts::take(const Replica& replica, bool stop) {
  const bool sent_alone = ranks_ > 1 && here_ > 1;
  replica.contents.each_parameter([&](const Tensor& p, Index at) {
    if (p.has_grad()) add_to(sum_.data() + at, p.grad_data(), p.size());
    if (!sent_alone) return;
    if (p.has_grad())
      gradients_.insert(gradients_.end(), p.grad_data(), p.grad_data() + p.size());
    else
      gradients_.resize(gradients_.size() + p.size());
  });
  told_.push_back(replica.loss);
  told_.push_back(stop);
  for (const Tensor& b : replica.contents.buffers) told_.insert(told_.end(), b.begin(), b.end());
}

// sum_ and told_ of this process become those of all.
void Parts::exchange_sums() {
  const std::vector<double> own = told_;
  told_.resize(own.size() * ranks_);
  processes_->gather(own.data(), own.size() * sizeof(double), told_.data());
  if (here_ == 1) {
    std::vector<real> values(sum_.begin(), sum_.end());
    processes_->sum(values.data(), static_cast<Index>(values.size()));
    std::copy(values.begin(), values.end(), sum_.begin());
    return;
  }
  std::vector<real> all(gradients_.size() * ranks_);
  processes_->gather(gradients_.data(), gradients_.size() * sizeof(real), all.data());
  std::fill(sum_.begin(), sum_.end(), 0);
  const Index n = static_cast<Index>(sum_.size());
  for (Index p = 0; p < plan_.parts; ++p) add_to(sum_.data(), all.data() + p * n, n);
}

// The model's gradients, buffers and counters; the loss.
double Parts::give_model() {
  const Contents& any = group_->replicas[0]->contents;
  for (std::size_t i = 0; i < any.parameters.size(); ++i)
    if (any.parameters[i].tensor.has_grad()) master_->parameters[i].tensor.open_grad();
  master_->each_parameter([&](const Tensor& p, Index at) {
    if (!p.has_grad()) return;
    std::transform(sum_.data() + at, sum_.data() + at + p.size(), p.grad_data(),
                   [](double sum) { return static_cast<real>(sum); });
  });
  master_->copy_counters(any);

  const Index row = static_cast<Index>(told_.size()) / plan_.parts;
  double loss = 0;
  stops_ = false;
  for (Index p = 0; p < plan_.parts; ++p) {
    loss += told_[p * row];
    stops_ = stops_ || told_[p * row + 1] > 0;
  }
  const double* b = told_.data() + 2;  // of part 0
  for (const Tensor& buffer : master_->buffers) {
    for (real& value : buffer) {
      double more = 0;  // than in part 0: nothing, exactly, where they agree
      for (Index p = 1; p < plan_.parts; ++p) more += b[p * row] - b[0];
      value = static_cast<real>(b[0] + more / double(plan_.parts));
      ++b;
    }
  }
  return loss;
}

}}  // namespace norma
