// Threads that may wait for each other, which those of core/parallel.h may not.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// n threads, each of which computes on one processor, and keeps its pool of memory from one job to the next.
class Team {
 public:
  /// Error if the system has no more threads.
  explicit Team(Index n);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  Index size() const { return static_cast<Index>(threads_.size()); }

  /// job(i) on thread i, for all of them at the same time; returns when all have returned, and throws what
  /// the first to fail threw.
  void run(const std::function<void(Index i)>& job);

 private:
  void work(Index i);
  void end();

  std::mutex lock_;  // of all that follows
  std::condition_variable begins_, ends_;
  const std::function<void(Index)>* job_ = nullptr;
  std::uint64_t jobs_ = 0;  // begun
  Index busy_ = 0;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

}}  // namespace norma
