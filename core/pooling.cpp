#include "core/pooling.h"

#include <climits>
#include <type_traits>

#include "core/kernels.h"

namespace norma::inline NORMA_BUILD {
namespace {

// Shares N·C planes, each (D, H, W), out among threads.
template <class Body>
void for_planes(Index planes, Index plane_size, const Body& body) {
  parallel_for(planes, std::max<Index>(1, elementwise_grain / plane_size), body);
}

Slide pool_slide(const OperationName& name, const Tensor& x, Window window) {
  if (window.stride.empty()) window.stride = window.kernel;
  const Slide s = slide(name, x, window);
  for (std::size_t i = 0; i < 3; ++i)
    check(s.padding[i] <= s.kernel[i] / 2, name, ": padding ", s.padding[i],
          " given, at most half the kernel, ", s.kernel[i] / 2, ", wanted");
  return s;
}

// Max pooling -----------------------------------------------------------------------------------------------

// One plane: y ← max of the window, source ← where in x it was. The window's taps one after the other, each for a row
// of outputs at a time: vector code, with Stride a constant where it is small.
template <class Stride>
void max_plane(const Slide& s, Stride stride, const real* x, real* y, int* source) {
  const auto [D, H, W] = s.in;
  for (Index od = 0; od < s.out[0]; ++od) {
    for (Index oh = 0; oh < s.out[1]; ++oh, y += s.out[2], source += s.out[2]) {
      std::fill_n(source, s.out[2], -1);  // nothing seen yet
      std::fill_n(y, s.out[2], real(0));
      for (Index kd = 0; kd < s.kernel[0]; ++kd) {
        const Index d = od * s.stride[0] - s.padding[0] + kd * s.dilation[0];
        if (d < 0 || d >= D) continue;
        for (Index kh = 0; kh < s.kernel[1]; ++kh) {
          const Index h = oh * s.stride[1] - s.padding[1] + kh * s.dilation[1];
          if (h < 0 || h >= H) continue;
          for (Index kw = 0; kw < s.kernel[2]; ++kw) {
            const Slide::Range range = s.inside(2, kw);
            const int first = static_cast<int>((d * H + h) * W + kw * s.dilation[2] - s.padding[2]);
            const int step = static_cast<int>(stride);
            const int begin = static_cast<int>(range.begin), end = static_cast<int>(range.end);
            for (int o = begin; o < end; ++o) {
              const int i = first + o * step;
              const real v = x[i];
              const bool wins = (v > y[o]) | (v != v) | (source[o] < 0);
              y[o] = wins ? v : y[o];
              source[o] = wins ? i : source[o];
            }
          }
        }
      }
    }
  }
}

// Every output must see something: with dilation a window may step over the input.
void check_seen(const OperationName& name, const Tensor& x, const Slide& s) {
  for (std::size_t i = 0; i < 3; ++i) {
    for (Index o = 0; o < s.out[i]; ++o) {
      const Index first = o * s.stride[i] - s.padding[i];
      const Index steps = first < 0 ? (s.dilation[i] - 1 - first) / s.dilation[i] : 0;
      check(steps < s.kernel[i] && first + steps * s.dilation[i] < s.in[i], name, ": a window of x ",
            x.shape(), " sees padding only");
    }
  }
}

}  // namespace

// yₒ = max over taps k of x at o·stride − padding + k·dilation
Tensor max_pool(const Tensor& x, const Sizes& kernel, const MaxPoolOptions& o) {
  const OperationName name = spatial_operation("max_pool", x);
  const Slide s = pool_slide(name, x, {kernel, o.stride, o.padding, o.dilation, o.ceil_mode});
  const Index planes = x.dim(0) * x.dim(1), in = product(s.in), out = product(s.out);
  check(in + s.kernel[2] * s.dilation[2] <= INT_MAX && out <= INT_MAX, name, ": x ", x.shape(),
        " is too large");
  check_seen(name, x, s);
  Tensor y(with_spatial(x, x.dim(1), s.out));
  Scratch<int> source(y.size());
  for_planes(planes, in, [=, px = x.data(), py = y.data(), ps = source.data()](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      auto run = [&](auto stride) { max_plane(s, stride, px + p * in, py + p * out, ps + p * out); };
      switch (s.stride[2]) {
        case 1:
          run(std::integral_constant<Index, 1>());
          break;
        case 2:
          run(std::integral_constant<Index, 2>());
          break;
        default:
          run(s.stride[2]);
      }
    }
  });
  return record(y, {x}, [x, planes, in, out, source = std::move(source)](const Tensor& y) {
    const auto dx = x.grad_slot();
    for_planes(planes, in, [=, dy = y.grad_data(), ps = source.data()](Index first, Index last) {
      if (dx.beta == 0) std::fill(dx.data + first * in, dx.data + last * in, real(0));
      for (Index p = first; p < last; ++p) {
        for (Index o = 0; o < out; ++o) dx.data[p * in + ps[p * out + o]] += dy[p * out + o];
      }
    });
  });
}

// Means -----------------------------------------------------------------------------------------------------

namespace {

// What an output sees along one dimension, inputs begin … end − 1, and by what their sum is multiplied.
struct Stretch {
  Index begin, end;
  double weight;
};

// The stretches of every output along D, H and W. y(d, h, w) = Σ x over the box of three stretches · their weights.
struct Boxes {
  Triple in, out;
  std::array<Scratch<Stretch>, 3> along;
};

// body(output, box) for each output of a plane; the box gives each row (offset in x's plane, length).
template <class Body>
void for_boxes(const Triple& in, const Triple& out, const std::array<const Stretch*, 3>& along,
               const Body& body) {
  Index o = 0;
  for (Index d = 0; d < out[0]; ++d) {
    for (Index h = 0; h < out[1]; ++h) {
      for (Index w = 0; w < out[2]; ++w, ++o) {
        const Stretch &D = along[0][d], &H = along[1][h], &W = along[2][w];
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
Tensor box_means(const Tensor& x, Boxes boxes) {
  Tensor y(with_spatial(x, x.dim(1), boxes.out));
  const Index planes = x.dim(0) * x.dim(1), in_size = product(boxes.in), out_size = product(boxes.out);
  const Triple in = boxes.in, out = boxes.out;
  const std::array<const Stretch*, 3> along{boxes.along[0].data(), boxes.along[1].data(),
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
  return record(y, {x}, [=, boxes = std::move(boxes)](const Tensor& y) {
    const auto dx = x.grad_slot();
    for_planes(planes, in_size, [=, dy = y.grad_data()](Index first, Index last) {
      if (dx.beta == 0) std::fill(dx.data + first * in_size, dx.data + last * in_size, real(0));
      for (Index p = first; p < last; ++p) {
        real* plane = dx.data + p * in_size;
        for_boxes(in, out, along, [=](Index o, double weight, const auto& rows) {
          const real share = static_cast<real>(weight * dy[p * out_size + o]);  // dxᵢ += weightₒ dyₒ
          rows([=](Index at, Index n) {
            for (Index i = 0; i < n; ++i) plane[at + i] += share;
          });
        });
      }
    });
  });
}

}  // namespace

// Along each dimension output o sees o·stride − padding … + kernel, less what hangs over the padded input.
Tensor avg_pool(const Tensor& x, const Sizes& kernel, const AvgPoolOptions& o) {
  const OperationName name = spatial_operation("avg_pool", x);
  const Slide s = pool_slide(name, x, {kernel, o.stride, o.padding, 1, o.ceil_mode});
  check(o.divisor_override >= 0, name, ": divisor_override ", o.divisor_override,
        " given, 1 or more wanted, or 0 for none");
  Boxes boxes{s.in, s.out, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    boxes.along[i] = Scratch<Stretch>(s.out[i]);
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

// Output o sees ⌊o·in/out⌋ … ⌈(o + 1)·in/out⌉.
Tensor adaptive_avg_pool(const Tensor& x, const Sizes& out) {
  const OperationName name = spatial_operation("adaptive_avg_pool", x);
  Boxes boxes{spatial_sizes(x), in_three(name, "output size", out, 1, 1), {}};
  for (std::size_t i = 0; i < 3; ++i) {
    const Index n = boxes.in[i], m = boxes.out[i];
    boxes.along[i] = Scratch<Stretch>(m);
    for (Index j = 0; j < m; ++j) {
      const Index begin = j * n / m, end = ((j + 1) * n + m - 1) / m;
      boxes.along[i][j] = {begin, end, 1 / static_cast<double>(end - begin)};
    }
  }
  return box_means(x, std::move(boxes));
}

}  // namespace norma::inline NORMA_BUILD
