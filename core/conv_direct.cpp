// y, dx and dW of a convolution, each as the sum of core/tiles.h over other rows and terms:
//
//            row j              term k                 x[from[j] + by[k]]       m(k, c)
//     y      a pixel of y       a tap (channel, k)     x there                  W(c, k)
//     dx     a pixel of x       a tap (channel, k)     dy there                 W(channel, c, k)
//     dW     a tap (channel, k) a pixel of y           x there                  dy(c, pixel)
#include "core/conv_direct.h"

#include <chrono>
#include <climits>

#include "core/tiles.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Index blocks(Index channels) { return (channels + block - 1) / block; }

template <class Body>
void for_box(const Triple& box, const Body& body) {
  for (Index d = 0; d < box[0]; ++d)
    for (Index h = 0; h < box[1]; ++h)
      for (Index w = 0; w < box[2]; ++w) body(Triple{d, h, w});
}

Index place_in(const Triple& outer, const Triple& at) {
  return (at[0] * outer[1] + at[1]) * outer[2] + at[2];
}

// Where the elements of a box lie in planes of the size `outer`, `step` apart: (channels, box).
Scratch<Place> places(Index channels, const Triple& box, const Triple& step, const Triple& outer) {
  Scratch<Place> all(channels * product(box));
  Place* to = all.data();
  for (Index c = 0; c < channels; ++c) {
    for_box(box, [&](const Triple& i) {
      const Triple at = {i[0] * step[0], i[1] * step[1], i[2] * step[2]};
      *to++ = static_cast<Place>(c * product(outer) + place_in(outer, at));
    });
  }
  return all;
}

Scratch<Place> in_order(Index n) {
  Scratch<Place> all(n);
  for (Index i = 0; i < n; ++i) all[i] = static_cast<Place>(i);
  return all;
}

// m (blocks, terms, block) of m(k, c), 0 where there is no channel.
template <class F>
void pack(Index terms, Index channels, const F& value, real* m) {
  for (Index b = 0; b < blocks(channels); ++b) {
    for (Index k = 0; k < terms; ++k) {
      for (Index l = 0; l < block; ++l) {
        const Index c = b * block + l;
        *m++ = c < channels ? value(k, c) : 0;
      }
    }
  }
}

}  // namespace

bool direct(const ConvSizes& c, Index channels, Index reuse) {
  return channels >= 12 && reuse >= 32 && !c.pointwise() && c.C * product(c.padded) < INT_MAX &&
         4 * c.y_size() < INT_MAX;
}

// body(g, c, n): for each block of the groups' channels, its group, its first channel there and how many it
// has.
template <class Body>
void for_blocks(Index groups, Index channels, const Body& body) {
  for (Index g = 0; g < groups; ++g)
    for (Index c = 0; c < channels; c += block) body(g, c, std::min(block, channels - c));
}

void direct_output(const ConvSizes& c, const real* x, const real* W, const real* b, real* y) {
  const Scratch<Place> pixels = places(1, c.window.out, c.window.stride, c.padded), rows = in_order(c.P),
                       taps = places(c.in, c.window.kernel, c.window.dilation, c.padded);
  const TiledSum sum{c.P, c.K(), pixels.data(), taps.data(), rows.data()};
  const Index K = c.K(), m_size = blocks(c.out) * K * block, x_size = c.C * product(c.padded);
  const Scratch<real> packed(c.groups * m_size);
  for (Index g = 0; g < c.groups; ++g) {
    pack(
        K, c.out, [=](Index k, Index o) { return W[(g * c.out + o) * K + k]; }, packed.data() + g * m_size);
  }
  for_parts(
      c, x_size, (c.P + width) * block, [=, m = packed.data()](Index, Index first, Index last, real* padded) {
        real* out = padded + x_size;
        for (Index n = first; n < last; ++n) {
          copy_planes(c.C, c.window.in, c.padded, c.window.padding, x + n * c.x_size(), padded);
          for_blocks(c.groups, c.out, [=](Index g, Index o, Index channels) {
            compute(sum, channels, padded + g * c.in * product(c.padded), m + g * m_size + o * K, out, false);
            const Index plane = n * c.groups * c.out + g * c.out + o;
            rows_to_planes(channels, c.P, out, [=](Index i, Index p, const Vector& v, Index count) {
              store(v + (b ? b[g * c.out + o + i] : real(0)), count, y + (plane + i) * c.P + p);
            });
          });
        }
      });
}

void direct_weight_gradient(const ConvSizes& c, const real* dy, const real* x, const GradSlot& dW) {
  const Scratch<Place> pixels = places(1, c.window.out, c.window.stride, c.padded), rows = in_order(c.K()),
                       taps = places(c.in, c.window.kernel, c.window.dilation, c.padded);
  const TiledSum sum{c.K(), c.P, taps.data(), pixels.data(), rows.data()};
  const Index K = c.K(), size = c.groups * blocks(c.out) * K * block, x_size = c.C * product(c.padded),
              n_parts = parts(c);
  const Scratch<real> all_parts(n_parts * size);  // of dW, by part of the batch: (group, block, K, block)
  for_parts(c, x_size, (c.P + width) * block,
            [=, all = all_parts.data()](Index part, Index first, Index last, real* padded) {
              real* m = padded + x_size;
              for (Index n = first; n < last; ++n) {
                copy_planes(c.C, c.window.in, c.padded, c.window.padding, x + n * c.x_size(), padded);
                for_blocks(c.groups, c.out, [=](Index g, Index o, Index channels) {
                  planes_to_rows(channels, c.P, dy + (n * c.groups * c.out + g * c.out + o) * c.P, m);
                  compute(sum, channels, padded + g * c.in * product(c.padded), m,
                          all + part * size + (g * blocks(c.out) * block + o) * K, /*add=*/n > first);
                });
              }
            });
  accumulate(dW, [=, all = all_parts.data()](Index i) {
    const Index k = i % K, o = i / K % c.out, g = i / K / c.out;
    const real* first = all + ((g * blocks(c.out) + o / block) * K + k) * block + o % block;
    real total = 0;
    for (Index p = 0; p < n_parts; ++p) total += first[p * size];
    return total;
  });
}

namespace {

// The sums of dx. At a stride of s a pixel p meets only the taps k for which s divides p + padding −
// k·dilation. So pixels are of s kinds, by the remainder r of p + padding, and each kind has its own taps and
// its own sum:
//   p + padding = q s + r,   k dilation = t s + r   →   dx(p) += dy(q − t) W(k)
struct InputSums {
  explicit InputSums(const SlidingWindow& s, Index terms)
      : from(product(s.in)),
        to(product(s.in)),
        by(terms),
        weight(terms),
        kinds(product(s.stride)),
        first_term(product(s.stride)) {}
  Triple corner, outer;  // where dy begins in its planes with zeros, and their size
  Scratch<Place> from, to, by;
  Scratch<Index> weight;  // of each term: the place in W of its first channel of x
  Scratch<TiledSum> kinds;
  Scratch<Index> first_term;  // of each kind
};

InputSums input_sums(const ConvSizes& c) {
  const SlidingWindow& s = c.window;
  InputSums sums(s, c.out * c.taps);
  for (std::size_t i = 0; i < 3; ++i) {
    sums.corner[i] = (s.kernel[i] - 1) * s.dilation[i] / s.stride[i];
    sums.outer[i] = sums.corner[i] + std::max(s.out[i], (s.in[i] - 1 + s.padding[i]) / s.stride[i] + 1);
  }
  Index row = 0, term = 0, kind = 0;
  for_box(s.stride, [&](const Triple& r) {
    // i / stride where the remainder is r's, else false
    auto divides = [&](const Triple& i, Triple& quotient) {
      for (std::size_t j = 0; j < 3; ++j) {
        if (i[j] % s.stride[j] != r[j]) return false;
        quotient[j] = i[j] / s.stride[j];
      }
      return true;
    };
    const Index first_row = row, first_term = term;
    Triple q, t;
    for_box(s.in, [&](const Triple& p) {
      if (!divides({p[0] + s.padding[0], p[1] + s.padding[1], p[2] + s.padding[2]}, q)) return;
      const Triple at = {q[0] + sums.corner[0], q[1] + sums.corner[1], q[2] + sums.corner[2]};
      sums.from[row] = static_cast<Place>(place_in(sums.outer, at));
      sums.to[row++] = static_cast<Place>(place_in(s.in, p));
    });
    for (Index o = 0; o < c.out; ++o) {
      for_box(s.kernel, [&](const Triple& k) {
        if (!divides({k[0] * s.dilation[0], k[1] * s.dilation[1], k[2] * s.dilation[2]}, t)) return;
        sums.weight[term] = o * c.K() + place_in(s.kernel, k);
        sums.by[term++] = static_cast<Place>(o * product(sums.outer) - place_in(sums.outer, t));
      });
    }
    sums.first_term[kind] = first_term;
    sums.kinds[kind++] = {row - first_row, term - first_term, sums.from.data() + first_row,
                          sums.by.data() + first_term, sums.to.data() + first_row};
  });
  return sums;
}

}  // namespace

void direct_input_gradient(const ConvSizes& c, const real* dy, const real* W, const GradSlot& dx) {
  const InputSums sums = input_sums(c);
  const Index terms = c.out * c.taps, m_size = blocks(c.in) * terms * block, P = product(c.window.in),
              dy_size = c.groups * c.out * product(sums.outer), kinds = sums.kinds.size();
  const Scratch<real> packed(c.groups * m_size);
  for (Index g = 0; g < c.groups; ++g) {
    pack(
        terms, c.in, [&](Index k, Index i) { return W[g * c.out * c.K() + sums.weight[k] + i * c.taps]; },
        packed.data() + g * m_size);
  }
  for_parts(c, dy_size, (P + width) * block,
            [=, &sums, m = packed.data()](Index, Index first, Index last, real* padded) {
              real* out = padded + dy_size;
              for (Index n = first; n < last; ++n) {
                copy_planes(c.groups * c.out, c.window.out, sums.outer, sums.corner, dy + n * c.y_size(),
                            padded);
                for_blocks(c.groups, c.in, [=, &sums](Index g, Index i, Index channels) {
                  for (Index kind = 0; kind < kinds; ++kind)
                    compute(sums.kinds[kind], channels, padded + g * c.out * product(sums.outer),
                            m + g * m_size + i * terms + sums.first_term[kind] * block, out, /*add=*/false);
                  real* planes = dx.data + (n * c.C + g * c.in + i) * P;
                  rows_to_planes(channels, P, out, [=](Index plane, Index p, const Vector& v, Index count) {
                    real* to = planes + plane * P + p;
                    if (dx.beta == 0) return store(v, count, to);
                    for (Index l = 0; l < count; ++l) to[l] += v[l];
                  });
                });
              }
            });
}

double register_peak() {
  constexpr int sums = 12, steps = 100'000;  // enough sums to hide the latency, few enough for 16 registers
  Vector sum[sums] = {};
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; ++i) {
      for (Vector& s : sum) s = s * real(0.999) + real(0.999);
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * steps * sums * width / time.count());
  }
  volatile real used = 0;  // or the sums would be left out
  for (const Vector& s : sum) used = used + s[0];
  return best;
}

}}  // namespace norma
