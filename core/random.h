// Random numbers that are the same on every compiler, library and machine (a std distribution's are not).
// A generator is a small value, for one thread: a copy draws the same numbers again, another stream
// independent ones.
#pragma once

#include <array>
#include <cstdint>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// xoshiro256** (Blackman & Vigna 2018), its state filled by splitmix64.
class Rng {
 public:
  /// Streams of one seed are independent: give each purpose (initial weights, order, dropout) its own.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

  /// 64 random bits.
  std::uint64_t bits();

  /// Uniform on [0, 1), a multiple of 2⁻⁵³.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  /// Uniform on [low, high).
  double uniform(double low, double high);

  /// Normal with the given mean and standard deviation (Marsaglia's polar method).
  double normal(double mean = 0, double deviation = 1);

  /// Uniform on {0, …, n − 1}, without bias; n ≥ 1.
  std::uint64_t below(std::uint64_t n);

  /// Puts values[0 … n) into a uniformly random order (Fisher–Yates).
  template <class T>
  void shuffle(T* values, Index n) {
    for (Index i = n; i > 1; --i) {
      Index j = static_cast<Index>(below(static_cast<std::uint64_t>(i)));
      T t = values[i - 1];
      values[i - 1] = values[j];
      values[j] = t;
    }
  }

  /// The full state, to save; set_words() resumes from it.
  std::array<std::uint64_t, 6> words() const;
  void set_words(const std::array<std::uint64_t, 6>& words);

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0;  // the polar method makes normals in pairs
  bool has_spare_ = false;
};

/// This thread's generator, from which layers draw their initial weights.
Rng& default_rng();

/// Restarts this thread's generator: the same seed gives the same model.
void manual_seed(std::uint64_t seed);

}}  // namespace norma
