// y, dx and dW of a convolution, each as the sum of core/tiles.h. Within a group, i is a channel of x, o one
// of y, t a tap:
//
//            row j            term k            number of the source       m(k, c)        channels c
//     y      pixel of y       (i, t)            x(i) under t, for row j    W(c, i, t)     of y
//     dx     pixel of x       (o, t)            dy(o) whose t met row j    W(o, c, t)     of x
//     dW     (i, t)           pixel of y        x(i) under t, for term k   dy(c, pixel)   of y
//
// y and dx are of one image each; dW's sums go on from image to image.
#include "core/conv_direct.h"

#include <climits>

#include "core/tiles.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// A number of channels, rounded up to whole vectors: a group's, in m (y and dx) or in the sums (dW).
Index whole_vectors(Index channels) { return (channels + lanes - 1) / lanes * lanes; }

template <class Body>
void for_box(const Triple& box, const Body& body) {
  for (Index d = 0; d < box[0]; ++d)
    for (Index h = 0; h < box[1]; ++h)
      for (Index w = 0; w < box[2]; ++w) body(Triple{d, h, w});
}

Index place_in(const Triple& outer, const Triple& at) {
  return (at[0] * outer[1] + at[1]) * outer[2] + at[2];
}

// The places of a box of points, `step` apart, in each of `channels` planes of the size `outer`.
Scratch<Place> places(Index channels, const Triple& box, const Triple& step, const Triple& outer) {
  Scratch<Place> result(channels * product(box));
  Place* to = result.data();
  for (Index c = 0; c < channels; ++c) {
    for_box(box, [&](const Triple& i) {
      const Triple at = {i[0] * step[0], i[1] * step[1], i[2] * step[2]};
      *to++ = static_cast<Place>(c * product(outer) + place_in(outer, at));
    });
  }
  return result;
}

// slot[at + l] += v[l], or ← where the slot's β is 0, for n lanes.
void add_to_gradient(const Reals& v, Index n, const GradSlot& slot, Index at) {
  if (slot.beta == 0) return store(v, n, slot.data + at);
  for (Index l = 0; l < n; ++l) slot.data[at + l] += v[l];
}

// A block of an image's group: channels of the result, to be computed from the planes of the source.
struct Block {
  Index part, n;         // of the batch, and the image
  bool first;            // whether n is the part's first image
  const real* padded;    // the group's source planes with zeros around
  Index g, from, count;  // the group, the block's first channel in it, how many there are
  real* by_channels;  // work space (2 vectors, size, lanes), of the result or m; and what transposes overrun
};

// Copies each image's source planes, `in_group` of each group and of the size `inner`, into planes of the
// size `outer`, from `corner` on; around them is 0. Then body(Block) for each block of the `channels` that
// each group of the result has; the block's work space holds `size` pixels of each channel.
template <class Body>
void for_blocks(const ConvSizes& c, const real* planes, Index in_group, const Triple& inner,
                const Triple& outer, const Triple& corner, Index channels, Index size, const Body& body) {
  const Index count = c.groups * in_group, padded_size = count * product(outer);
  for_parts(c, padded_size, (size + lanes) * block, [=](Index part, Index first, Index last, real* space) {
    real* rows = space + padded_size;
    for (Index n = first; n < last; ++n) {
      copy_planes(count, inner, outer, corner, planes + n * count * product(inner), space);
      for (Index g = 0; g < c.groups; ++g) {
        const real* padded = space + g * in_group * product(outer);
        for (Index i = 0; i < channels; i += block)
          body(Block{part, n, n == first, padded, g, i, std::min(block, channels - i), rows});
      }
    }
  });
}

constexpr Index few_pixels = 16;

// Small images make small tiles, or (dW) short sums. If they have no depth, n of them are one of depth n: a
// stack. The largest n, whatever the batch; 1: images are not stacked.
Index most_stacked(const ConvSizes& c) {
  constexpr Index pixels = 48, numbers = 1 << 18;  // for several tiles; so that a stack fits into the cache
  const SlidingWindow& s = c.window;
  if (s.in[0] > 1 || s.kernel[0] > 1 || s.padding[0] > 0 || c.P >= few_pixels) return 1;
  const double image = double(product(c.padded)) * double(std::max(c.C, c.groups * c.group_out));
  return static_cast<Index>(std::clamp(double(numbers) / image, 1.0, double(pixels / c.P)));
}

// The same convolution, of stacks; images that the last stack lacks are zeros.
ConvSizes stacked(const ConvSizes& c) {
  const Index most = most_stacked(c);
  if (most == 1) return c;
  ConvSizes s = c;
  s.N = (c.N + most - 1) / most;
  // y has at least two rows: for some processors GCC makes no fused multiply-add of a single one, which then
  // rounds otherwise, and an image alone would have another y than in a batch.
  const Index depth = std::max<Index>((c.N + s.N - 1) / s.N, c.P == 1 ? 2 : 1);
  s.window.in[0] = s.window.out[0] = s.padded[0] = depth;
  s.window.stride[0] = 1;
  s.P *= depth;
  return s;
}

// Images (N, channels, size) to stacks (N of the stacks, channels, depth, size).
Scratch<real> stack(const ConvSizes& stacks, Index N, Index channels, Index size, const real* images) {
  const Index depth = stacks.window.in[0], one = channels * size;
  Scratch<real> result(stacks.N * depth * one);
  if (stacks.N * depth > N) std::fill(result.begin(), result.end(), real(0));
  parallel_for(N, 1 + elementwise_grain / one, [=, to = result.data()](Index begin, Index end) {
    for (Index n = begin; n < end; ++n)
      copy_planes(channels, {1, 1, size}, {depth, 1, size}, {n % depth, 0, 0}, images + n * one,
                  to + n / depth * depth * one);
  });
  return result;
}

// And back: images += what the stacks hold, or ← where β is 0.
void unstack(const ConvSizes& stacks, Index N, Index channels, Index size, const real* from,
             const GradSlot& images) {
  const Index depth = stacks.window.in[0], one = channels * size;
  parallel_for(N, 1 + elementwise_grain / one, [=](Index begin, Index end) {
    for (Index n = begin; n < end; ++n) {
      real* to = images.data + n * one;
      const real* plane = from + n / depth * depth * one + n % depth * size;
      for (Index i = 0; i < channels; ++i, to += size, plane += depth * size) {
        if (images.beta == 0) {
          copy_row(plane, size, to);
        } else {
          for (Index p = 0; p < size; ++p) to[p] += plane[p];
        }
      }
    }
  });
}

}  // namespace

void direct_output(const ConvSizes& c, const real* x, const real* W, const real* b, real* y) {
  if (const ConvSizes s = stacked(c); s.P > c.P) {
    const Scratch<real> xs = stack(s, c.N, c.C, product(c.window.in), x), ys(s.N * s.y_size());
    direct_output(s, xs.data(), W, b, ys.data());
    return unstack(s, c.N, c.groups * c.group_out, c.P, ys.data(), {y, c.N * c.y_size(), /*beta=*/0});
  }
  const Scratch<Place> pixels = places(1, c.window.out, c.window.stride, c.padded),
                       taps = places(c.group_in, c.window.kernel, c.window.dilation, c.padded);
  const Index K = c.K(), outputs = c.groups * c.group_out, whole_out = whole_vectors(c.group_out);
  const TiledSum sum{c.P, K, pixels.data(), taps.data(), nullptr, K * lanes, c.P * lanes};
  // (groups, vectors, K, lanes), and what planes_to_rows writes past them
  const Scratch<real> weights(c.groups * whole_out * K + lanes * lanes);
  for (Index g = 0; g < c.groups; ++g)
    planes_to_rows(c.group_out, K, W + g * c.group_out * K, weights.data() + g * whole_out * K);
  for_blocks(c, x, c.group_in, c.window.in, c.padded, c.window.padding, c.group_out, c.P,
             [=, m = weights.data()](const Block& of) {
               tiled_sum(of.count, sum, of.padded, m + (of.g * whole_out + of.from) * K, of.by_channels,
                         /*add=*/false);
               const Index o = of.g * c.group_out + of.from;
               rows_to_planes(of.count, c.P, of.by_channels,
                              [=, n = of.n](Index i, Index p, const Reals& v, Index left) {
                                store(v + (b ? b[o + i] : real(0)), left,
                                      y + (n * outputs + o + i) * c.P + p);
                              });
             });
}

void direct_weight_gradient(const ConvSizes& c, const real* dy, const real* x, const GradSlot& dW) {
  if (const ConvSizes s = stacked(c); s.P > c.P) {
    const Scratch<real> xs = stack(s, c.N, c.C, product(c.window.in), x),
                        dys = stack(s, c.N, c.groups * c.group_out, c.P, dy);
    return direct_weight_gradient(s, dys.data(), xs.data(), dW);
  }
  const Scratch<Place> pixels = places(1, c.window.out, c.window.stride, c.padded),
                       taps = places(c.group_in, c.window.kernel, c.window.dilation, c.padded);
  const Index K = c.K(), outputs = c.groups * c.group_out, whole_out = whole_vectors(c.group_out),
              part_size = c.groups * whole_out * K, n_parts = parts(c);
  const TiledSum sum{K, c.P, taps.data(), pixels.data(), nullptr, c.P * lanes, K * lanes};
  // dW of each part of the batch (groups, vectors, K, lanes), and what rows_to_planes reads past them
  const Scratch<real> sums(n_parts * part_size + lanes * lanes);
  for_blocks(c, x, c.group_in, c.window.in, c.padded, c.window.padding, c.group_out, c.P,
             [=, dWs = sums.data()](const Block& of) {
               planes_to_rows(of.count, c.P, dy + (of.n * outputs + of.g * c.group_out + of.from) * c.P,
                              of.by_channels);
               tiled_sum(of.count, sum, of.padded, /*m=*/of.by_channels,
                         dWs + of.part * part_size + (of.g * whole_out + of.from) * K, /*add=*/!of.first);
             });
  parallel_for(part_size, elementwise_grain, [=, total = sums.data()](Index begin, Index end) {
    for (Index p = 1; p < n_parts; ++p) {
      for (Index i = begin; i < end; ++i) total[i] += total[p * part_size + i];
    }
  });
  for (Index g = 0; g < c.groups; ++g)
    rows_to_planes(c.group_out, K, sums.data() + g * whole_out * K,
                   [=](Index o, Index k, const Reals& v, Index n) {
                     add_to_gradient(v, n, dW, (g * c.group_out + o) * K + k);
                   });
}

namespace {

// The sums of dx. Along each dimension, tap t of output u reads pixel p if u·stride + t·dilation = p +
// padding. Divide, with remainders: p + padding = q·stride + r, and t·dilation = b·stride + r′. There
// is such a u only if r = r′: u = q − b. So pixels and taps are of kinds, by r, and each kind has a sum of
// its own, with q in `from` and −b in `by`. In one dimension, with stride 2, kernel 3 and padding 1:
//     r = 0    pixels 1, 3, 5, …    taps 0 (b = 0) and 2 (b = 1)    dx₁ = W₀ dy₁ + W₂ dy₀
//     r = 1    pixels 0, 2, 4, …    tap 1 (b = 0)                   dx₀ = W₁ dy₀
struct InputSums {
  InputSums(const SlidingWindow& s, Index terms)
      : from(product(s.in)), to(product(s.in)), by(terms), weight(terms), kinds(product(s.stride)) {}
  Scratch<Place> from, to, by;  // of all kinds, one after the other
  Scratch<Index> weight;        // of each term: where W(o, 0, t) is in the group's W
  Scratch<TiledSum> kinds;
};

// dy with zeros around: where it begins, at the largest b, so that q − b + corner is at least 0; and the size
// of the whole, which holds the largest q and all of dy.
Triple corner_of(const SlidingWindow& s) {
  Triple corner;
  for (std::size_t i = 0; i < 3; ++i) corner[i] = (s.kernel[i] - 1) * s.dilation[i] / s.stride[i];
  return corner;
}
Triple outer_of(const SlidingWindow& s) {
  Triple outer = corner_of(s);
  for (std::size_t i = 0; i < 3; ++i)
    outer[i] += std::max(s.out[i], (s.in[i] - 1 + s.padding[i]) / s.stride[i] + 1);
  return outer;
}

InputSums input_sums(const ConvSizes& c) {
  const SlidingWindow& s = c.window;
  const Triple corner = corner_of(s), outer = outer_of(s);
  InputSums sums(s, c.group_out * c.taps);
  Index row = 0, term = 0, kind = 0;
  for_box(s.stride, [&](const Triple& r) {
    // quotient ← i / stride
    auto leaves_r = [&](const Triple& i, Triple& quotient) {
      for (std::size_t j = 0; j < 3; ++j) {
        if (i[j] % s.stride[j] != r[j]) return false;
        quotient[j] = i[j] / s.stride[j];
      }
      return true;
    };
    const Index first_row = row, first_term = term;
    Triple q, b;
    for_box(s.in, [&](const Triple& p) {
      if (!leaves_r({p[0] + s.padding[0], p[1] + s.padding[1], p[2] + s.padding[2]}, q)) return;
      const Triple at = {q[0] + corner[0], q[1] + corner[1], q[2] + corner[2]};
      sums.from[row] = static_cast<Place>(place_in(outer, at));
      sums.to[row++] = static_cast<Place>(place_in(s.in, p));
    });
    for (Index o = 0; o < c.group_out; ++o) {
      for_box(s.kernel, [&](const Triple& t) {
        if (!leaves_r({t[0] * s.dilation[0], t[1] * s.dilation[1], t[2] * s.dilation[2]}, b)) return;
        sums.weight[term] = o * c.K() + place_in(s.kernel, t);
        sums.by[term++] = static_cast<Place>(o * product(outer) - place_in(outer, b));
      });
    }
    sums.kinds[kind++] = {row - first_row,
                          term - first_term,
                          sums.from.data() + first_row,
                          sums.by.data() + first_term,
                          sums.to.data() + first_row,
                          c.group_out * c.taps * lanes,
                          product(s.in) * lanes};
  });
  return sums;
}

}  // namespace

void direct_input_gradient(const ConvSizes& c, const real* dy, const real* W, const GradSlot& dx) {
  if (const ConvSizes s = stacked(c); s.P > c.P) {
    const Scratch<real> dys = stack(s, c.N, c.groups * c.group_out, c.P, dy), dxs(s.N * s.x_size());
    direct_input_gradient(s, dys.data(), W, {dxs.data(), dxs.size(), /*beta=*/0});
    return unstack(s, c.N, c.C, product(c.window.in), dxs.data(), dx);
  }
  const InputSums sums = input_sums(c);
  const Index terms = c.group_out * c.taps, whole_in = whole_vectors(c.group_in), P = product(c.window.in),
              kinds = sums.kinds.size();
  const Scratch<real> weights(c.groups * whole_in * terms);  // (groups, vectors, terms, lanes)
  real* to = weights.data();
  for (Index g = 0; g < c.groups; ++g) {
    for (Index i = 0; i < whole_in; i += lanes) {
      for (Index k = 0; k < terms; ++k) {
        for (Index l = i; l < i + lanes; ++l)
          *to++ = l < c.group_in ? W[g * c.group_out * c.K() + sums.weight[k] + l * c.taps] : 0;
      }
    }
  }
  for_blocks(c, dy, c.group_out, c.window.out, outer_of(c.window), corner_of(c.window), c.group_in, P,
             [=, m = weights.data(), kind = sums.kinds.data(), by = sums.by.data()](const Block& of) {
               const real* of_block = m + (of.g * whole_in + of.from) * terms;
               for (Index i = 0; i < kinds; ++i) {
                 const Index first_term = kind[i].by - by;
                 tiled_sum(of.count, kind[i], of.padded, of_block + first_term * lanes, of.by_channels,
                           /*add=*/false);
               }
               const Index plane = of.n * c.C + of.g * c.group_in + of.from;
               rows_to_planes(of.count, P, of.by_channels, [=](Index i, Index p, const Reals& v, Index n) {
                 add_to_gradient(v, n, dx, (plane + i) * P + p);
               });
             });
}

namespace {

// Whether channels fill enough of their lanes: a half, or a quarter where strides make im2col and col2im
// slow.
bool fills_lanes(Index channels, const Triple& stride) {
  return channels >= (stride == Triple{1, 1, 1} ? lanes / 2 : lanes / 4);
}

// Whether a full stack, or an image that is not stacked, has enough pixels of y for the copies to pay.
bool has_pixels(const ConvSizes& c) { return c.P * most_stacked(c) >= few_pixels; }

// Whether a sum over numbers of x may pay, for y or dW: not with K < 8. A Place has 32 bits in float.
bool sum_of_x_pays(const ConvSizes& c) {
  return fills_lanes(c.group_out, c.window.stride) && c.K() >= 8 && has_pixels(c) &&
         c.C * product(c.padded) < INT_MAX;
}

}  // namespace

// All measured. A pointwise kernel needs no im2col, and OpenBLAS is as fast.
bool direct_output_is_faster(const ConvSizes& c) { return sum_of_x_pays(c) && !c.pointwise(); }

// Even with a pointwise kernel the product, image by image of P terms, is the slower one if dW is large.
bool direct_weight_is_faster(const ConvSizes& c) {
  return sum_of_x_pays(c) && (!c.pointwise() || (c.K() >= 128 && c.group_out >= lanes));
}

// With fewer than 32 terms a kind on average, or many kinds, it is not; nor with many more pixels of x than
// y has, times the strides, as most of its products would be by the zeros around dy.
bool direct_input_is_faster(const ConvSizes& c) {
  const auto& [d, h, w] = c.window.stride;
  if (std::max({d, h, w}) > 16 || d * h * w > 16) return false;  // the first: the product could overflow
  const Index kinds = d * h * w;
  return fills_lanes(c.group_in, c.window.stride) && c.group_out * c.taps >= 32 * kinds && has_pixels(c) &&
         !c.pointwise() && product(c.window.in) <= 4 * c.P * kinds && product(c.window.in) < INT_MAX &&
         c.groups * c.group_out < INT_MAX / product(outer_of(c.window));
}

}}  // namespace norma
