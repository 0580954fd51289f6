// A program that mpirun starts several times: whether the messages between its processes arrive, in the order
// of ranks, and the same bytes everywhere. Ends with 0 if all is as it should be. `processes dies`: the
// second process kills itself, and the others have to notice.
#include "apps/run/processes.h"

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <thread>

#include "core/error.h"

using namespace norma;

namespace {

real value(int rank, Index i) { return static_cast<real>(std::sin(double(i * (rank + 1)))); }

void check_sums(Processes& all, int first) {
  for (const Index n : {0, 1, 2, 5, 1000, 100003}) {
    std::vector<real> values(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) values[i] = value(first + all.rank(), i);
    all.sum(values.data(), n);
    for (Index i = 0; i < n; ++i) {
      double sum = 0;
      for (int p = 0; p < all.size(); ++p) sum += double(value(first + p, i));
      check(values[i] == static_cast<real>(sum), "sum of ", n, ": expected ", sum, ", got ", values[i]);
    }
    const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(real));
    for (const std::string& other : all.gather(bytes)) check(other == bytes, "other bytes elsewhere");
  }
}

void check_texts(Processes& all) {
  const auto text = [](int rank) { return std::string(std::size_t(3 * rank), char('a' + rank)); };
  const std::vector<std::string> texts = all.gather(text(all.rank()));
  check(int(texts.size()) == all.size(), "expected ", all.size(), " texts, got ", texts.size());
  for (int p = 0; p < all.size(); ++p) check(texts[p] == text(p), "text of ", p, ": got ", texts[p]);
  std::vector<Index> ranks(std::size_t(all.size()));
  const Index mine = all.rank();
  all.gather(&mine, sizeof mine, ranks.data());
  for (int p = 0; p < all.size(); ++p) check(ranks[p] == p, "rank of ", p, ": got ", ranks[p]);
}

void check_groups(Processes& all) {
  for (int k = 1; k <= all.size(); ++k) {
    if (all.size() % k != 0) {
      bool refused = false;
      try {
        all.group(k);
      } catch (const Error&) {
        refused = true;
      }
      check(refused, "a group of ", k, " was not refused");
      continue;
    }
    Processes group = all.group(k);
    check(group.size() == k && group.rank() == all.rank() % k, "group of ", k, ": got ", group.size());
    check_texts(group);
    check_sums(group, all.rank() / k * k);
  }
}

int die(Processes& all) {
  if (all.rank() == 1) kill(getpid(), SIGKILL);
  all.give_up = [] { return true; };
  try {
    for (;;) all.gather("");
  } catch (const Error& e) {
    std::cout << "rank " << all.rank() << ": " << e.what() << std::endl;
    return 0;
  }
}

}  // namespace

int main(int argc, char**) try {
  Processes& all = Processes::all();
  if (argc > 1) return die(all);
  check_texts(all);
  check_sums(all, 0);
  check_groups(all);
  const int size = all.size();
  all.leave();
  if (all.rank() == 0) std::cout << size << (size == 1 ? " process\n" : " processes\n");
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << std::endl;
  return 1;
}
