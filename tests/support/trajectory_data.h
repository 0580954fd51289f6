// The data and the first weights of the recorded trainings in golden/trajectory*.json, made by formulas that
// golden/make_golden.py repeats, so that neither has to be stored. Needs nothing of the library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trajectory {

constexpr int samples = 12000, pixels_each = 784, classes = 10, batch = 60;

/// splitmix64 (Steele, Lea & Flood 2014): 64 bits per call.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

/// Images 28 × 28 in bytes, one after the other, and their labels. The network's input is byte / 255.
struct Data {
  std::vector<std::uint8_t> pixels, labels;
};

/// Every class has a prototype of random bytes; a sample is a quarter prototype and three quarters noise.
inline Data make_data() {
  std::vector<int> prototypes(classes * pixels_each);
  SplitMix64 prototype(1), label(2), noise(3);
  for (int& byte : prototypes) byte = static_cast<int>(prototype() >> 56);
  Data data;
  data.pixels.reserve(std::size_t{samples} * pixels_each);
  for (int n = 0; n < samples; ++n) {
    data.labels.push_back(static_cast<std::uint8_t>(label() % classes));
    const int* of_class = &prototypes[data.labels.back() * std::size_t{pixels_each}];
    for (int i = 0; i < pixels_each; i += 8) {
      std::uint64_t bytes = noise();
      for (int j = i; j < i + 8; ++j, bytes >>= 8) {  // low byte first
        data.pixels.push_back(
            static_cast<std::uint8_t>((of_class[j] + 3 * static_cast<int>(bytes & 255)) / 4));
      }
    }
  }
  return data;
}

/// Σ (i + 1) value[i] modulo 2⁶⁴: with it the JSON files tell whether both sides have the same data.
inline std::uint64_t checksum(const std::vector<std::uint8_t>& values) {
  std::uint64_t sum = 0, place = 0;
  for (std::uint8_t value : values) sum += ++place * value;
  return sum;
}

/// One entry of a model's state, under PyTorch's name.
/// num_batches_tracked is the only integer: shape (), value 0.
struct Entry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
};

/// Uniform on [−bound, bound) in steps of bound·2⁻²³: exact in float where bound is a power of two.
inline std::vector<double> uniform(std::uint64_t seed, std::int64_t count, double bound) {
  SplitMix64 next(seed);
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<double>(static_cast<std::int64_t>(next() >> 40) - (1 << 23)) *
                     (bound * 0x1p-23));
  }
  return values;
}

/// The state of Linear, [BatchNorm1d], activation, …, Linear before the first step. A Linear under a
/// BatchNorm1d has no bias. The k-th Linear's weight comes from seed 100 + 2k, its bias from 101 + 2k; the
/// first layer's lie within `bound`, the others' within four times that.
inline std::vector<Entry> first_state(const std::vector<std::int64_t>& hidden, bool batch_norm,
                                      double bound) {
  std::vector<Entry> state;
  std::int64_t fan_in = pixels_each;
  for (std::size_t k = 0, layer = 0; k <= hidden.size(); ++k, layer += batch_norm ? 3 : 2) {
    const bool last = k == hidden.size();
    const std::int64_t fan_out = last ? classes : hidden[k];
    const double width = k == 0 ? bound : 4 * bound;
    const std::string linear = std::to_string(layer) + '.', norm = std::to_string(layer + 1) + '.';
    state.push_back({linear + "weight", {fan_out, fan_in}, uniform(100 + 2 * k, fan_out * fan_in, width)});
    if (last || !batch_norm)
      state.push_back({linear + "bias", {fan_out}, uniform(101 + 2 * k, fan_out, width)});
    if (!last && batch_norm) {
      const std::vector<double> zeros(fan_out, 0.0), ones(fan_out, 1.0);
      state.push_back({norm + "weight", {fan_out}, ones});
      state.push_back({norm + "bias", {fan_out}, zeros});
      state.push_back({norm + "running_mean", {fan_out}, zeros});
      state.push_back({norm + "running_var", {fan_out}, ones});
      state.push_back({norm + "num_batches_tracked", {}, {0}});
    }
    fan_in = fan_out;
  }
  return state;
}

}  // namespace trajectory
