// Where the parts of a group (core/group.h) meet: those of this process, on a thread each, and through them
// those of other processes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/run/processes.h"
#include "core/group.h"

namespace norma { inline namespace NORMA_BUILD {

class Exchange {
 public:
  /// For `here` parts of this process and as many of each of the `others`, which count this one too.
  explicit Exchange(Index here, std::optional<Processes> others = {});

  Index size() const;                     // parts of the group
  Index first() const { return first_; }  // the number of the first one here

  /// Group::gather() of the i-th part here.
  void gather(Index i, const double* mine, Index n, double* all);

  /// A part has failed, with this error: so does gather() of the others from now on.
  void fail(std::exception_ptr error);

 private:
  void send(std::vector<double>& rows, Index n);

  std::optional<Processes> others_;
  const Index here_, first_;
  std::mutex lock_;  // of all that follows
  std::condition_variable met_;
  std::vector<double> rows_[2];  // of this meeting and of the one before, which some may still be reading
  std::uint64_t meeting_ = 0;
  Index came_ = 0;
  std::exception_ptr failure_;
};

/// The i-th part here. The exchange must outlive it.
class Member final : public Group {
 public:
  Member(Exchange& exchange, Index i) : exchange_(exchange), i_(i) {}
  Index size() const override { return exchange_.size(); }
  Index index() const override { return exchange_.first() + i_; }
  void gather(const double* mine, Index n, double* all) override { exchange_.gather(i_, mine, n, all); }

 private:
  Exchange& exchange_;
  const Index i_;
};

}}  // namespace norma
