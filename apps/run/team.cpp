#include "apps/run/team.h"

#include <system_error>
#include <utility>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

Team::Team(Index n) {
  try {
    for (Index i = 0; i < n; ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    const Index came = size();
    end();
    fail("expected ", n, " threads, got ", came, ": the system has no more");
  }
}

Team::~Team() { end(); }

void Team::end() {
  {
    std::lock_guard guard(lock_);
    ended_ = true;
  }
  begins_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::run(const std::function<void(Index)>& job) {
  std::unique_lock guard(lock_);
  job_ = &job;
  busy_ = size();
  ++jobs_;
  begins_.notify_all();
  ends_.wait(guard, [this] { return busy_ == 0; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Team::work(Index i) {
  std::unique_lock guard(lock_);
  for (std::uint64_t done = 0;;) {
    begins_.wait(guard, [&] { return ended_ || jobs_ > done; });
    if (ended_) return;
    done = jobs_;
    guard.unlock();
    std::exception_ptr failure;
    try {
      (*job_)(i);
    } catch (...) {
      failure = std::current_exception();
    }
    guard.lock();
    if (failure && !failure_) failure_ = failure;
    if (--busy_ == 0) ends_.notify_all();
  }
}

}}  // namespace norma
