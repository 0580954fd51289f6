#include "apps/run/exchange.h"

#include <algorithm>
#include <utility>

namespace norma { inline namespace NORMA_BUILD {

Exchange::Exchange(Index here, std::optional<Processes> others)
    : others_(std::move(others)), here_(here), first_(others_ ? others_->rank() * here : 0) {}

Index Exchange::size() const { return others_ ? others_->size() * here_ : here_; }

void Exchange::gather(Index i, const double* mine, Index n, double* all) {
  std::unique_lock guard(lock_);
  if (failure_) std::rethrow_exception(failure_);
  std::vector<double>& rows = rows_[meeting_ % 2];
  if (came_ == 0) rows.resize(static_cast<std::size_t>(size() * n));
  std::copy_n(mine, n, rows.data() + (first_ + i) * n);
  if (++came_ == here_) {
    if (others_) send(rows, n);
    came_ = 0;
    ++meeting_;
    met_.notify_all();
  } else {
    met_.wait(guard, [this, now = meeting_] { return failure_ || meeting_ > now; });
    if (failure_) std::rethrow_exception(failure_);
  }
  std::copy_n(rows.data(), size() * n, all);
}

void Exchange::send(std::vector<double>& rows, Index n) {
  const std::vector<double> own(rows.begin() + first_ * n, rows.begin() + (first_ + here_) * n);
  others_->gather(own.data(), own.size() * sizeof(double), rows.data());
}

void Exchange::fail(std::exception_ptr error) {
  std::lock_guard guard(lock_);
  if (!failure_) failure_ = std::move(error);
  met_.notify_all();
}

}}  // namespace norma
