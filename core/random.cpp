// Built with -ffp-contract=off and without the system's log(): only operations that IEEE 754 rounds in one
// way.
#include "core/random.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::uint64_t splitmix64(std::uint64_t& s) {
  std::uint64_t z = (s += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// ln x for x > 0. With x = m·2ᵉ and m in [√½, √2):  ln x = e ln 2 + 2 artanh z,
// artanh z = z + z³/3 + z⁵/5 + …,  z = (m − 1)/(m + 1).
double portable_log(double x) {
  int e;
  double m = std::frexp(x, &e);  // exact
  if (m < 0.70710678118654752) {
    m *= 2;
    --e;
  }
  double z = (m - 1) / (m + 1), z2 = z * z, series = 0;
  for (int k = 25; k >= 1; k -= 2) series = series * z2 + 1.0 / k;
  return e * 0.69314718055994531 + 2 * z * series;
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t s = seed;
  s = splitmix64(s) ^ stream * 0xd1342543de82ef95u;
  for (auto& word : state_) word = splitmix64(s);
}

std::uint64_t Rng::bits() {
  auto& s = state_;
  std::uint64_t result = std::rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

double Rng::uniform(double low, double high) { return low + (high - low) * uniform(); }

double Rng::normal(double mean, double deviation) {
  if (has_spare_) {
    has_spare_ = false;
    return mean + deviation * spare_;
  }
  double u, v, s;
  do {
    u = 2 * uniform() - 1;
    v = 2 * uniform() - 1;
    s = u * u + v * v;
  } while (s >= 1 || s == 0);
  double scale = std::sqrt(-2 * portable_log(s) / s);
  spare_ = v * scale;
  has_spare_ = true;
  return mean + deviation * (u * scale);
}

std::array<std::uint64_t, 6> Rng::words() const {
  return {state_[0], state_[1], state_[2], state_[3], std::bit_cast<std::uint64_t>(spare_), has_spare_};
}

void Rng::set_words(const std::array<std::uint64_t, 6>& words) {
  std::copy_n(words.begin(), 4, state_.begin());
  spare_ = std::bit_cast<double>(words[4]);
  has_spare_ = words[5] != 0;
}

std::uint64_t Rng::below(std::uint64_t n) {
  std::uint64_t first = (0 - n) % n;  // 2⁶⁴ mod n: the draws below it would come once too often
  std::uint64_t r;
  do r = bits();
  while (r < first);
  return r % n;
}

Rng& default_rng() {
  static thread_local Rng rng(0);
  return rng;
}

void manual_seed(std::uint64_t seed) { default_rng() = Rng(seed); }

}}  // namespace norma
