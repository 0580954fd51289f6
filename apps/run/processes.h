// The processes that a launcher (mpirun, srun) started together, and their messages. No MPI type is in here:
// processes_mpi.cpp is the only file that knows MPI, and processes_alone.cpp stands in its place in a build
// without it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// What the environment says of the processes that were started together.
struct Launch {
  int rank = 0, size = 1;
};

/// By the variables of Open MPI, of MPICH and its kin, and of Slurm's srun with PMIx.
Launch launch();

/// The processes that mpirun started together; one, if it did not. Calls are made by one thread at a time, by
/// all processes in the same order. Error, in each that waits, if another process no longer answers and the
/// launcher or give_up notices.
class Processes {
 public:
  /// Started on first use: without a launcher that costs nothing. Error if launch() tells of several and this
  /// build has no MPI, or another than the launcher's.
  static Processes& all();

  /// "MPI 3.1 (Open MPI 4.1.4)"; "without MPI"
  static std::string description();

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// all ← the `bytes` bytes of each process, in the order of ranks: size()·bytes.
  void gather(const void* mine, std::size_t bytes, void* all);

  /// The texts of all processes, in the order of ranks.
  std::vector<std::string> gather(const std::string& mine);

  /// values (n) ← their sums over the processes, added in double in the order of ranks: the same bytes
  /// everywhere.
  void sum(real* values, Index n);

  /// Groups of k consecutive processes; this process's group. Error unless k divides size().
  Processes group(int k);

  /// Asked while a message is awaited: if it has said true for half a second and there is no message, the
  /// wait ends with an Error. Default: never. A group takes it over when it is made.
  std::function<bool()> give_up;

  /// No more messages: waits until all processes are so far. Again without effect.
  void leave();

  /// Ends all processes with an exit code, because this one cannot go on.
  [[noreturn]] void abort(int code);

 private:
  struct Messages;  // null: there is nobody to send any
  std::shared_ptr<Messages> messages_;
  int rank_ = 0, size_ = 1;
};

}}  // namespace norma
