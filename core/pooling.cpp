#include "core/pooling.h"

#include <climits>
#include <limits>
#include <utility>

#include "core/kernels.h"
#include "core/lanes.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Shares out N·C planes, each (D, H, W), among threads.
Index plane_grain(Index plane_size) { return std::max<Index>(1, elementwise_grain / plane_size); }

template <class Body>
void for_planes(Index planes, Index plane_size, const Body& body) {
  parallel_for(planes, plane_grain(plane_size), body);
}

SlidingWindow pooling_window(const OperationName& name, const Tensor& x, Window window) {
  if (window.stride.empty()) window.stride = window.kernel;
  const SlidingWindow s = sliding_window(name, x, window);
  for (std::size_t i = 0; i < 3; ++i)
    check(s.padding[i] <= s.kernel[i] / 2, name, ": expected padding of at most ", s.kernel[i] / 2,
          ", half the kernel, got ", s.padding[i]);
  return s;
}

// Max pooling -----------------------------------------------------------------------------------------------

// A plane with −∞ around it, as far as windows reach.
struct Padded {
  Triple size;
  real* data;
};

// Elements first, first + 2, first + 4 … of low and high.
template <Index first, std::size_t... l>
Reals every_second(const Reals& low, const Reals& high, std::index_sequence<l...>) {
  return shuffled<Index(2 * l) + first...>(low, high);
}

// v ← x[0], x[Stride], x[2 Stride] …; Stride 0: only as far as a row has outputs, in steps of `step`
template <int Stride>
void load_each(const real* x, Index outputs, Index step, Reals& v) {
  if constexpr (Stride == 1) {
    v = load(x);
  } else if constexpr (Stride == 2) {
    v = every_second<0>(load(x), load(x + lanes), every_lane);
  } else {
    for (Index l = 0; l < std::min(lanes, outputs); ++l) v[l] = x[l * step];
  }
}

// Numbers of x, and where they were.
struct Found {
  Reals value;
  Places place;
};
// Lane by lane the larger; of equals a, which comes first; NaN wins.
Found larger(const Found& a, const Found& b) {
  const Places wins = (b.value > a.value) | (b.value != b.value);
  return {wins ? b.value : a.value, wins ? b.place : a.place};
}

// One plane: y ← max of the window, source ← where in x it was, each with room for so many; first: along each
// dimension the first input that each output sees. Stride is that along W if it is 1 or 2, else 0.
template <int Stride>
void max_plane(const SlidingWindow& s, const Padded& x, const std::array<const Place*, 3>& first, Index room,
               real* y, Place* source) {
  const Index step = s.stride[2];
  Places places;  // of a vector's elements, from its first on
  for (Index l = 0; l < lanes; ++l) places[l] = static_cast<Place>(l * step);
  Index o = 0;  // of the row's first output
  for (Index od = 0; od < s.out[0]; ++od) {
    for (Index oh = 0; oh < s.out[1]; ++oh, o += s.out[2]) {
      const Place first_in_row = static_cast<Place>((first[0][od] * s.in[1] + first[1][oh]) * s.in[2]);
      for (Index w = 0; w < s.out[2]; w += lanes) {
        Reals v = Reals{} - std::numeric_limits<real>::infinity();
        Found best{v, {}};
        std::memcpy(&best.place, first[2] + w, sizeof best.place);
        best.place += first_in_row;
        for (Index kd = 0; kd < s.kernel[0]; ++kd) {
          for (Index kh = 0; kh < s.kernel[1]; ++kh) {
            const Index d = od * s.stride[0] + kd * s.dilation[0], h = oh * s.stride[1] + kh * s.dilation[1];
            const real* row = x.data + (d * x.size[1] + h) * x.size[2] + w * step;
            Index at = ((d - s.padding[0]) * s.in[1] + h - s.padding[1]) * s.in[2] - s.padding[2] + w * step;
            for (Index kw = 0; kw < s.kernel[2]; ++kw, row += s.dilation[2], at += s.dilation[2]) {
              load_each<Stride>(row, s.out[2] - w, step, v);
              best = larger(best, {v, places + static_cast<Place>(at)});
            }
          }
        }
        store_row(best.value, s.out[2] - w, room - o - w, y + o + w);
        store_row(best.place, s.out[2] - w, room - o - w, source + o + w);
      }
    }
  }
}

// The window of most networks: 2×2 in steps of 2.
bool halves(const SlidingWindow& s) {
  const Triple two{1, 2, 2}, zero{0, 0, 0}, one{1, 1, 1};
  return s.kernel == two && s.stride == two && s.padding == zero && s.dilation == one;
}

// max_plane for this window: each number of x is loaded once.
void halve_plane(const SlidingWindow& s, const Padded& x, const std::array<const Place*, 3>& /*first*/,
                 Index room, real* y, Place* source) {
  const Index D = s.out[0], H = s.out[1], W = s.out[2], in_h = s.in[1], in_w = s.in[2];
  const Index next = x.size[2], next_plane = x.size[1] * next;
  Places column;  // in x, of the first of each pair
  for (Index l = 0; l < lanes; ++l) column[l] = static_cast<Place>(2 * l);
  const auto pairs = [column](const real* at, Index place) {
    const Reals low = load(at), high = load(at + lanes);
    const Places first = column + static_cast<Place>(place);
    return larger({every_second<0>(low, high, every_lane), first},
                  {every_second<1>(low, high, every_lane), first + 1});
  };
  for (Index d = 0; d < D; ++d) {
    for (Index h = 0; h < H; ++h, y += W, source += W, room -= W) {
      const real* row = x.data + d * next_plane + 2 * h * next;
      const Index place = (d * in_h + 2 * h) * in_w;
      for (Index w = 0; w < W; w += lanes) {
        const Found best =
            larger(pairs(row + 2 * w, place + 2 * w), pairs(row + next + 2 * w, place + in_w + 2 * w));
        store_row(best.value, W - w, room - w, y + w);
        store_row(best.place, W - w, room - w, source + w);
      }
    }
  }
}

// The code for a window, chosen once for all planes.
decltype(&halve_plane) plane_max(const SlidingWindow& s) {
  if (halves(s)) return halve_plane;
  if (s.stride[2] == 2) return max_plane<2>;
  if (s.stride[2] == 1) return max_plane<1>;
  return max_plane<0>;
}

// With dilation a window may step over a short input: an error.
Scratch<Place> first_seen(const OperationName& name, const Tensor& x, const SlidingWindow& s, std::size_t i) {
  Scratch<Place> first(s.out[i] + lanes);
  std::fill(first.begin(), first.end(), 0);
  for (Index o = 0; o < s.out[i]; ++o) {
    const Index begin = o * s.stride[i] - s.padding[i], d = s.dilation[i];
    const Index taps_outside = begin < 0 ? (d - 1 - begin) / d : 0, seen = begin + taps_outside * d;
    check(taps_outside < s.kernel[i] && seen < s.in[i], name, ": a window of x ", x.shape(),
          " sees padding only");
    first[o] = static_cast<Place>(seen);
  }
  return first;
}

}  // namespace

// yₒ = max over taps k of x at o·stride − padding + k·dilation
Tensor max_pool(const Tensor& x, const Sizes& kernel, const MaxPoolOptions& o) {
  const OperationName name = spatial_operation("max_pool", x);
  const SlidingWindow s = pooling_window(name, x, {kernel, o.stride, o.padding, o.dilation, o.ceil_mode});
  const Index planes = x.dim(0) * x.dim(1), in = product(s.in), out = product(s.out);
  Triple padded;
  for (std::size_t i = 0; i < 3; ++i)
    padded[i] = std::max(s.in[i] + s.padding[i],
                         (s.out[i] - 1) * s.stride[i] + (s.kernel[i] - 1) * s.dilation[i] + 1);
  const Index size = product(padded) + 2 * lanes;  // how far a vector of stride 2 may run past
  check(size <= INT_MAX, name, ": a plane of x ", x.shape(), " is too large");
  const Scratch<Place> D = first_seen(name, x, s, 0), H = first_seen(name, x, s, 1),
                       W = first_seen(name, x, s, 2);
  const std::array<const Place*, 3> first{D.data(), H.data(), W.data()};
  Tensor y(with_spatial(x, x.dim(1), s.out));
  Scratch<Place> source(y.size());
  const auto max_of_plane = plane_max(s);
  parallel_with_space(
      planes, plane_grain(in), size,
      [=, px = x.data(), py = y.data(), ps = source.data()](Index begin, Index end, real* space) {
        std::fill_n(space, size, -std::numeric_limits<real>::infinity());
        for (Index p = begin; p < end; ++p) {
          // If windows stay inside, x itself will do, unless a vector could run past its end.
          const bool direct = padded == s.in && (planes - p) * in >= size;
          real *row = px + p * in, *plane = direct ? row : space;
          if (!direct) copy_planes(1, s.in, padded, s.padding, row, space);
          max_of_plane(s, {padded, plane}, first, (end - p) * out, py + p * out, ps + p * out);
        }
      });
  return record(y, {x}, [planes, in, out, source = std::move(source)](const Tensor& y, const Tensor& x) {
    const auto dx = x.open_grad();
    if (!dx) return;
    for_planes(planes, in, [=, dy = y.grad_data(), ps = source.data()](Index begin, Index end) {
      for (Index p = begin; p < end; ++p) {
        real* plane = dx.data + p * in;
        begin_sum(dx, p * in, (p + 1) * in);
        for (Index o = 0; o < out; ++o) plane[ps[p * out + o]] += dy[p * out + o];  // dx_source += dy
      }
    });
  });
}

// Means -----------------------------------------------------------------------------------------------------

namespace {

// What an output sees along one dimension, inputs begin … end − 1, and by what their sum is multiplied.
struct WeightedRange {
  Index begin, end;
  double weight;
};

// The ranges of every output along D, H and W. y(d, h, w) = Σ x over the box of three ranges · their weights.
struct AveragedBoxes {
  Triple in, out;
  std::array<Scratch<WeightedRange>, 3> along;
};

// body(o, weight, rows) for each output of a plane; rows(f) gives f each row (offset in x's plane, length).
template <class Body>
void for_boxes(const Triple& in, const Triple& out, const std::array<const WeightedRange*, 3>& along,
               const Body& body) {
  Index o = 0;
  for (Index d = 0; d < out[0]; ++d) {
    for (Index h = 0; h < out[1]; ++h) {
      for (Index w = 0; w < out[2]; ++w, ++o) {
        const WeightedRange &D = along[0][d], &H = along[1][h], &W = along[2][w];
        body(o, D.weight * H.weight * W.weight, [&](const auto& row) {
          for (Index i = D.begin; i < D.end; ++i) {
            for (Index j = H.begin; j < H.end; ++j) row((i * in[1] + j) * in[2] + W.begin, W.end - W.begin);
          }
        });
      }
    }
  }
}

// yₒ = weightₒ Σ_{i in boxₒ} xᵢ
Tensor box_means(const Tensor& x, AveragedBoxes boxes) {
  Tensor y(with_spatial(x, x.dim(1), boxes.out));
  const Index planes = x.dim(0) * x.dim(1), in_size = product(boxes.in), out_size = product(boxes.out);
  const Triple in = boxes.in, out = boxes.out;
  const std::array<const WeightedRange*, 3> along{boxes.along[0].data(), boxes.along[1].data(),
                                                  boxes.along[2].data()};
  for_planes(planes, in_size, [=, px = x.data(), py = y.data()](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      const real* plane = px + p * in_size;
      for_boxes(in, out, along, [=](Index o, double weight, const auto& rows) {
        double sum = 0;
        rows([&](Index at, Index n) {
          for (Index i = 0; i < n; ++i) sum += plane[at + i];
        });
        py[p * out_size + o] = static_cast<real>(weight * sum);
      });
    }
  });
  return record(y, {x},
                [planes, in_size, out_size, in, out, along, boxes = std::move(boxes)](const Tensor& y,
                                                                                      const Tensor& x) {
                  const auto dx = x.open_grad();
                  if (!dx) return;
                  for_planes(planes, in_size, [=, dy = y.grad_data()](Index first, Index last) {
                    begin_sum(dx, first * in_size, last * in_size);
                    for (Index p = first; p < last; ++p) {
                      real* plane = dx.data + p * in_size;
                      for_boxes(in, out, along, [=](Index o, double weight, const auto& rows) {
                        const real share =
                            static_cast<real>(weight * dy[p * out_size + o]);  // dxᵢ += weightₒ dyₒ
                        rows([=](Index at, Index n) {
                          for (Index i = 0; i < n; ++i) plane[at + i] += share;
                        });
                      });
                    }
                  });
                });
}

}  // namespace

// Along each dimension output o sees o·stride − padding … o·stride − padding + kernel − 1, less what hangs
// over the padded input.
Tensor avg_pool(const Tensor& x, const Sizes& kernel, const AvgPoolOptions& o) {
  const OperationName name = spatial_operation("avg_pool", x);
  const SlidingWindow s = pooling_window(name, x, {kernel, o.stride, o.padding, 1, o.ceil_mode});
  check(o.divisor_override >= 0, name, ": expected divisor_override of at least 1, or 0 for none, got ",
        o.divisor_override);
  AveragedBoxes boxes{s.in, s.out, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    boxes.along[i] = Scratch<WeightedRange>(s.out[i]);
    for (Index j = 0; j < s.out[i]; ++j) {
      const Index first = j * s.stride[i] - s.padding[i];
      const Index last = std::min(first + s.kernel[i], s.in[i] + s.padding[i]);
      const Index begin = std::max<Index>(first, 0), end = std::min(last, s.in[i]);
      const Index count = o.count_include_pad ? last - first : end - begin;
      const Index divisor = o.divisor_override ? (i == 0 ? o.divisor_override : 1) : count;
      boxes.along[i][j] = {begin, end, 1 / static_cast<double>(divisor)};
    }
  }
  return box_means(x, std::move(boxes));
}

// Output o sees ⌊o·in/out⌋ … ⌈(o + 1)·in/out⌉ − 1.
Tensor adaptive_avg_pool(const Tensor& x, const Sizes& out) {
  const OperationName name = spatial_operation("adaptive_avg_pool", x);
  AveragedBoxes boxes{spatial_sizes(x), in_three(name, "output size", out, 1, 1), {}};
  with_spatial(x, x.dim(1), boxes.out);  // not too many elements
  for (std::size_t i = 0; i < 3; ++i) {
    const Index n = boxes.in[i], m = boxes.out[i];
    boxes.along[i] = Scratch<WeightedRange>(m);
    for (Index j = 0; j < m; ++j) {
      const Index begin = j * n / m, end = ((j + 1) * n + m - 1) / m;
      boxes.along[i][j] = {begin, end, 1 / static_cast<double>(end - begin)};
    }
  }
  return box_means(x, std::move(boxes));
}

}}  // namespace norma
