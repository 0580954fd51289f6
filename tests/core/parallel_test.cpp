// Work on several threads: ranges of one job, and jobs side by side.
#include "core/parallel.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_parallel_test {

using namespace reference;

TEST_CASE("ranges cover everything once, none shorter than the grain") {
  const int before = threads();
  for (int t : {1, 2, 3}) {
    set_threads(t);
    CHECK(threads() == t);
    for (Index n : {0, 1, 9, 10, 11, 15, 19, 20, 21, 29, 30, 31, 100}) {
      std::vector<Index> times(at(n), 0), length(at(n), n);  // length: of the range that begins here
      parallel_for(n, 10, [&times, &length, n](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) ++times[at(i)];
        if (n) length[at(begin)] = end - begin;
      });
      CAPTURE(n);
      CAPTURE(t);
      CHECK(std::count(times.begin(), times.end(), 1) == n);
      CHECK(std::all_of(length.begin(), length.end(), [&](Index l) { return l >= std::min<Index>(n, 10); }));
    }
  }
  set_threads(before);
}

TEST_CASE("side by side, every job runs once and has one thread, whatever the one before did") {
  const int before = threads();
  set_threads(2);
  for (int workers : {1, 2}) {
    std::array<int, 8> had{}, times{};
    side_by_side(workers, 8, [&](Index i) {
      had[at(i)] = threads();
      ++times[at(i)];
      set_threads(2);
    });
    CAPTURE(workers);
    CHECK(times == std::array{1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(had == std::array{1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(threads() == 2);
  }
  set_threads(before);
}

}  // namespace core_parallel_test
}}  // namespace norma
