// Random numbers: the streams that every published result depends on, recorded, and that they are as random
// as they must be. The recorded values come from a second implementation (xoshiro256** in Python), so they
// are right and not only the same.
#include "core/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace norma { inline namespace NORMA_BUILD { namespace core_random_test {

TEST_CASE("random: the bits of seed 42 stay what they are") {
  Rng rng(42);
  for (std::uint64_t bits :
       {0x19e479e2aaa77bfbu, 0x5e3efe753be27527u, 0xc3ed7125b780200au, 0x85b911e2152f876eu})
    CHECK(rng.bits() == bits);
  Rng seventh(42, 7);
  for (std::uint64_t bits : {0x62737c38a122f17bu, 0xea6ebb82a9ba9dafu}) CHECK(seventh.bits() == bits);
}

TEST_CASE("random: the uniform numbers of seed 42 stay what they are") {
  Rng rng(42);
  for (double u : {0x1.9e479e2aaa778p-4, 0x1.78fbf9d4ef89cp-2, 0x1.87dae24b6f004p-1, 0x1.0b7223c42a5f0p-1})
    CHECK(rng.uniform() == u);
}

// A compiler that fuses low + (high − low)·u into one rounding gives other numbers than one that does not.
TEST_CASE("random: the uniform numbers between two bounds stay what they are, to the last bit") {
  Rng rng(42);
  for (double u : {-0x1.828bcf6888a4ap-3, 0x1.adee4b42845e4p-4, 0x1.1570c5b960806p-1, 0x1.192e4eaf906abp-2,
                   0x1.899e1d899606dp-2, 0x1.8293d0d65bea4p-1, 0x1.cd142b4116cbap-3, -0x1.361416473ea35p-3,
                   0x1.6a33365965f7cp-1, 0x1.23e2188a51ec0p-1, 0x1.74815c6e00150p-1, -0x1.c6ad6da81f640p-7})
    CHECK(rng.uniform(-0.3, 0.8) == u);
}

TEST_CASE("random: the normal numbers of seed 42 stay what they are, to the last bit") {
  Rng rng(42);
  for (double x : {-0x1.95bbae5b6026cp-1, -0x1.0c3f958f07511p-2, 0x1.94f83b5555675p+0, 0x1.10f387f3c6531p-3,
                   0x1.dc2236e0745e0p-4, 0x1.bf51237e4f9d3p-2})
    CHECK(rng.normal() == x);
}

TEST_CASE("random: the whole numbers and the order of seed 42 stay what they are") {
  Rng rng(42);
  for (std::uint64_t n : {1u, 3u, 0u, 4u, 2u, 5u, 0u, 2u, 0u, 2u, 8u, 6u}) CHECK(rng.below(10) == n);

  std::vector<int> order(10);
  std::iota(order.begin(), order.end(), 0);
  rng = Rng(42);
  rng.shuffle(order.data(), 10);
  CHECK(order == std::vector<int>{9, 3, 6, 4, 0, 7, 5, 2, 8, 1});
}

TEST_CASE("random: below() rejects the draws that would come once too often") {
  constexpr std::uint64_t n = std::uint64_t{3} << 62;  // 2⁶⁴ mod n is a quarter of all draws
  Rng rng(42);
  for (std::uint64_t want : {0x5e3efe753be27527u, 0x3ed7125b780200au, 0x85b911e2152f876eu})
    CHECK(rng.below(n) == want);

  int low = 0;
  constexpr int draws = 30000;
  for (int i = 0; i < draws; ++i) low += rng.below(n) < n / 3;
  CHECK(std::abs(low / double(draws) - 1.0 / 3) < 0.015);  // bits() % n would give 1/2
}

TEST_CASE("random: below() gives every number its share and nothing else") {
  Rng rng(5);
  constexpr int n = 7, draws = 700'000;
  std::vector<int> count(n);
  for (int i = 0; i < draws; ++i) {
    const auto k = rng.below(n);
    REQUIRE(k < n);
    ++count[k];
  }
  double chi2 = 0;
  for (int c : count) chi2 += (c - draws / n) * double(c - draws / n) / (draws / n);
  CHECK(chi2 < 22.5);  // 6 degrees of freedom: one in a thousand is above
  CHECK(rng.below(1) == 0);
}

TEST_CASE("random: a million uniform numbers have the moments of the distribution") {
  Rng rng(6);
  constexpr int n = 1'000'000;
  double sum = 0, squares = 0, least = 1, most = 0;
  std::vector<int> bins(64);
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    least = std::min(least, u);
    most = std::max(most, u);
    ++bins[static_cast<std::size_t>(u * 64)];
  }
  CHECK(least >= 0);
  CHECK(most < 1);
  CHECK(std::abs(sum / n - 0.5) < 4 * std::sqrt(1 / 12.0 / n));
  CHECK(std::abs(squares / n - 1 / 12.0) < 4 * std::sqrt(1 / 180.0 / n));
  double chi2 = 0;
  for (int c : bins) chi2 += (c - n / 64.0) * (c - n / 64.0) / (n / 64.0);
  CHECK(chi2 < 104);  // 63 degrees of freedom: one in a thousand is above
}

TEST_CASE("random: a million normal numbers have the moments of the distribution") {
  Rng rng(7);
  constexpr int n = 1'000'000;
  double moment[5] = {}, neighbours = 0, before = 0;
  int beyond_two = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    double power = 1;
    for (double& m : moment) m += power / n, power *= x;
    neighbours += x * before / n;
    before = x;
    beyond_two += std::abs(x) > 2;
  }
  const double root = std::sqrt(n);
  CHECK(std::abs(moment[1]) < 4 / root);
  CHECK(std::abs(moment[2] - 1) < 4 * std::sqrt(2.0) / root);
  CHECK(std::abs(moment[3]) < 4 * std::sqrt(15.0) / root);
  CHECK(std::abs(moment[4] - 3) < 4 * std::sqrt(96.0) / root);
  CHECK(std::abs(neighbours) < 4 / root);
  CHECK(std::abs(beyond_two / double(n) - 0.0455003) < 4 * 0.2084 / root);

  Rng one(8), other(8);
  for (int i = 0; i < 10; ++i) CHECK(one.normal(3, 0.5) == 3 + 0.5 * other.normal());
}

TEST_CASE("random: shuffle gives every order its share") {
  Rng rng(9);
  std::vector<int> count(6);
  constexpr int draws = 60'000;
  for (int i = 0; i < draws; ++i) {
    int v[3] = {0, 1, 2};
    rng.shuffle(v, 3);
    REQUIRE(std::set<int>(v, v + 3).size() == 3);
    ++count[static_cast<std::size_t>(2 * v[0] + (v[1] > v[2]))];
  }
  double chi2 = 0;
  for (int c : count) chi2 += (c - draws / 6) * double(c - draws / 6) / (draws / 6);
  CHECK(chi2 < 20.5);  // 5 degrees of freedom: one in a thousand is above
  int none = 4;
  rng.shuffle(&none, 0);
  rng.shuffle(&none, 1);
  CHECK(none == 4);
}

TEST_CASE("random: seeds and streams differ, a copy goes the same way") {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (std::uint64_t stream = 0; stream < 100; ++stream) first.insert(Rng(seed, stream).bits());
  CHECK(first.size() == 10'000);

  // Two streams of one seed have nothing to do with each other.
  Rng a(3, 0), b(3, 1);
  double correlation = 0;
  constexpr int n = 100'000;
  for (int i = 0; i < n; ++i) correlation += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12 / n;
  CHECK(std::abs(correlation) < 4 / std::sqrt(n));

  a.normal();  // one of a pair: the other one is copied too
  Rng copy = a;
  for (int i = 0; i < 5; ++i) CHECK(a.normal() == copy.normal());
}

TEST_CASE("random: manual_seed starts this thread's generator afresh") {
  manual_seed(11);
  const double x = default_rng().normal(), y = default_rng().uniform();
  default_rng().normal();
  manual_seed(11);
  CHECK(default_rng().normal() == x);
  CHECK(default_rng().uniform() == y);
  manual_seed(12);
  CHECK(default_rng().normal() != x);
}

}  // namespace core_random_test
}}  // namespace norma
