// Walking over tensors of one to three spatial dimensions as if they had three, for the definitions of conv
// and pooling.
#pragma once

#include "core/window.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace reference {

// Sizes of (N, C, S…) with S as (D, H, W).
struct SpatialGrid {
  Index N, C, D, H, W;
  explicit SpatialGrid(const Tensor& t)
      : N(t.dim(0)), C(t.dim(1)), D(spatial_sizes(t)[0]), H(spatial_sizes(t)[1]), W(spatial_sizes(t)[2]) {}
  bool holds(Index d, Index h, Index w) const {
    return d >= 0 && h >= 0 && w >= 0 && d < D && h < H && w < W;
  }
  std::size_t at(Index n, Index c, Index d, Index h, Index w) const {
    return reference::at((((n * C + c) * D + d) * H + h) * W + w);
  }
  // f(n, c, d, h, w)
  template <class F>
  void each(const F& f) const {
    for (Index n = 0; n < N; ++n)
      for (Index c = 0; c < C; ++c)
        for (Index d = 0; d < D; ++d)
          for (Index h = 0; h < H; ++h)
            for (Index w = 0; w < W; ++w) f(n, c, d, h, w);
  }
};

// One number for D, H and W as far as x has them; those it lacks get what changes nothing.
struct Along {
  Index D, H, W;
  Along(const Tensor& x, const Sizes& s, Index missing) {
    const Triple t = in_three({"test", x.rank() - 2}, "sizes", s, missing, 0);
    D = t[0], H = t[1], W = t[2];
  }
};

}  // namespace reference

}}  // namespace norma
