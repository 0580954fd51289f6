// Of a build with MPI: messages by its C interface, the only file that knows it.
#define OMPI_SKIP_MPICXX 1  // the C++ interface, which MPI 3 has removed
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <thread>

#include "apps/run/processes.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

using Clock = std::chrono::steady_clock;

void answered(int code) { check(code == MPI_SUCCESS, "another process no longer answers"); }

// MPI counts in int.
int count_of(std::size_t n) {
  check(n <= INT_MAX, "expected messages of less than 2^31 parts, got ", n);
  return static_cast<int>(n);
}

const MPI_Datatype number = sizeof(real) == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE;

}  // namespace

struct Processes::Messages {
  MPI_Comm comm;
  bool own;  // to be freed
  // Of sum() and gather(), kept so that they allocate only once.
  std::vector<int> counts, starts, own_counts, places;
  std::vector<real> received, slice;

  Messages(MPI_Comm c, bool made) : comm(c), own(made) { MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN); }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  ~Messages() {
    int ended = 0;
    MPI_Finalized(&ended);
    if (own && !ended) MPI_Comm_free(&comm);
  }

  // Waits by asking, and lets others have the processor: there may be fewer processors than processes, and
  // MPI_Wait would go on forever if another process had died.
  void wait(MPI_Request request, const std::function<bool()>& give_up) const {
    constexpr auto patience = std::chrono::milliseconds(500), short_wait = std::chrono::milliseconds(10);
    const Clock::time_point start = Clock::now();
    Clock::time_point asked = Clock::time_point::max();  // since when give_up says true
    for (;;) {
      int done = 0;
      answered(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
      if (done) return;
      std::this_thread::yield();
      const Clock::time_point now = Clock::now();
      if (now - start > short_wait) std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (!give_up || !give_up()) continue;
      asked = std::min(asked, now);
      check(now - asked < patience, "another process no longer answers");
    }
  }
};

Processes& Processes::all() {
  static Processes all = [] {
    Processes p;
    const int expected = launch().size;
    if (expected == 1) return p;
    int threads = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &threads) == MPI_SUCCESS,
          "MPI cannot be started");
    p.messages_ = std::make_shared<Messages>(MPI_COMM_WORLD, false);
    MPI_Comm_rank(MPI_COMM_WORLD, &p.rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &p.size_);
    if (p.size_ != expected) MPI_Finalize();
    check(p.size_ == expected, "started as ", expected, " processes, but MPI finds ", p.size_,
          ": expected the mpirun of ", description());
    return p;
  }();
  return all;
}

std::string Processes::description() {
  char words[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0, major = 0, minor = 0;
  MPI_Get_library_version(words, &length);  // "Open MPI v4.1.4, package: …"
  MPI_Get_version(&major, &minor);
  const std::string library(words, static_cast<std::size_t>(length));
  return concat("MPI ", major, ".", minor, " (", library.substr(0, library.find_first_of(",\n")), ")");
}

void Processes::gather(const void* mine, std::size_t bytes, void* all) {
  const int n = count_of(bytes);
  if (size_ == 1) {
    std::copy_n(static_cast<const char*>(mine), n, static_cast<char*>(all));
    return;
  }
  MPI_Request request;
  answered(MPI_Iallgather(mine, n, MPI_BYTE, all, n, MPI_BYTE, messages_->comm, &request));
  messages_->wait(request, give_up);
}

std::vector<std::string> Processes::gather(const std::string& mine) {
  if (size_ == 1) return {mine};
  Messages& m = *messages_;
  const int own = count_of(mine.size());
  m.counts.resize(size_);
  m.starts.assign(size_, 0);
  gather(&own, sizeof own, m.counts.data());
  std::size_t total = 0;
  for (int p = 0; p < size_; ++p) {
    m.starts[p] = count_of(total);
    total += m.counts[p];
  }
  std::string all(count_of(total), ' ');
  MPI_Request request;
  answered(MPI_Iallgatherv(mine.data(), own, MPI_BYTE, all.data(), m.counts.data(), m.starts.data(), MPI_BYTE,
                           m.comm, &request));
  m.wait(request, give_up);
  std::vector<std::string> texts;
  for (int p = 0; p < size_; ++p) texts.push_back(all.substr(m.starts[p], m.counts[p]));
  return texts;
}

// Each process sums a slice of the values over all processes, and sends it to all.
void Processes::sum(real* values, Index n) {
  if (size_ == 1 || n == 0) return;
  Messages& m = *messages_;
  count_of(n);
  const auto begin = [&](Index p) { return static_cast<int>(n * p / size_); };
  const int own = begin(rank_ + 1) - begin(rank_);
  m.counts.resize(size_), m.starts.resize(size_), m.places.resize(size_);
  m.own_counts.assign(size_, own);
  for (int p = 0; p < size_; ++p) {
    m.starts[p] = begin(p);
    m.counts[p] = begin(p + 1) - begin(p);
    m.places[p] = p * own;
  }
  m.received.resize(Index(own) * size_);
  m.slice.resize(own);
  MPI_Request request;
  answered(MPI_Ialltoallv(values, m.counts.data(), m.starts.data(), number, m.received.data(),
                          m.own_counts.data(), m.places.data(), number, m.comm, &request));
  m.wait(request, give_up);
  for (int i = 0; i < own; ++i) {
    double sum = 0;
    for (int p = 0; p < size_; ++p) sum += double(m.received[m.places[p] + i]);
    m.slice[i] = static_cast<real>(sum);
  }
  answered(MPI_Iallgatherv(m.slice.data(), own, number, values, m.counts.data(), m.starts.data(), number,
                           m.comm, &request));
  m.wait(request, give_up);
}

Processes Processes::group(int k) {
  check(k >= 1 && size_ % k == 0, "expected groups whose size divides ", size_, " processes, got ", k);
  Processes g;
  g.give_up = give_up;
  if (k == 1) return g;
  MPI_Comm comm;
  answered(MPI_Comm_split(messages_->comm, rank_ / k, rank_, &comm));
  g.messages_ = std::make_shared<Messages>(comm, true);
  MPI_Comm_rank(comm, &g.rank_);
  MPI_Comm_size(comm, &g.size_);
  return g;
}

void Processes::leave() {
  int left = 0;
  MPI_Finalized(&left);
  if (messages_ && !left) MPI_Finalize();
}

void Processes::abort(int code) {
  if (messages_) MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

}}  // namespace norma
