// A batch in parts. Each part goes through a copy of the network, forward and backward; their gradients add
// up to that of the whole batch, for one step. The parts of a group tell each other what makes up the batch's
// statistics (--norm-group).
//
//   batch of n samples     x[0 … n/4)   x[n/4 … n/2)   x[n/2 … 3n/4)   x[3n/4 … n)    4 parts
//   copies of the network  forward  ⇄   forward        forward  ⇄      forward        ⇄: 2 in a group
//                          backward ⇄   backward       backward ⇄      backward
//   gradient               g₀       +   g₁         +   g₂       +      g₃             in this order
//
// In one process the groups take turns. Several processes (mpirun), with as many parts each, work at the same
// time. Where a part is makes no difference to a single byte: the number of parts and the groups do.
#pragma once

#include <memory>

#include "apps/run/plan.h"
#include "apps/run/processes.h"

namespace norma { inline namespace NORMA_BUILD {

/// Error unless the plan's parts can be shared out among this many processes, each with whole groups or all
/// in one group.
void check_parts(const RunPlan& plan, Index processes);

class Parts {
 public:
  /// The plan's parts, shared out among the processes (null: all in this one), each of which has a `model` in
  /// the same state. All three must outlive this. Error as check_parts().
  Parts(const RunPlan& plan, Sequential& model, Processes* processes);
  ~Parts();

  /// Puts the gradient of the mean loss over the batch into the model's parameters, and what its parts did to
  /// running statistics and counters into the model (of several groups their mean), and returns the loss. All
  /// processes call it with the same batch; stops() is then whether one of them said `stop`.
  double backward(const Batch& batch, bool stop);
  bool stops() const { return stops_; }

 private:
  struct Contents;  // of a network
  struct Replica;   // of it, for one part
  struct Here;      // of a group: what its parts in this process need

  void run_group(Index first, const Batch& batch);
  void run_part(Replica& replica, Index part, const Batch& batch) const;
  void take(const Replica& replica, bool stop);
  void exchange_sums();
  double give_model();

  const RunPlan& plan_;
  Processes* const processes_;
  const Index ranks_, here_, first_;  // processes, parts in each, and the first of those in this one
  const std::unique_ptr<Contents> master_;
  std::unique_ptr<Here> group_;       // for one group after the other
  std::vector<std::uint64_t> seeds_;  // of this step's random layers
  std::vector<double> sum_;           // of the gradients of the parts so far
  std::vector<real> gradients_;       // of the parts here, where they are sent one by one
  std::vector<double> told_;          // by every part: its loss, whether to stop, its buffers
  bool stops_ = false;
};

}}  // namespace norma
