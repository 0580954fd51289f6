#include "core/view.h"

namespace norma { inline namespace NORMA_BUILD {

View channel_view(const Tensor& x) {
  check(x.rank() >= 2, "channel_view: expected x of shape (N, C) or (N, C, …), got ", x.shape());
  Index inner = 1;
  for (int i = 2; i < x.rank(); ++i) inner *= x.dim(i);
  return {x.dim(0), x.dim(1), inner};
}

void check_view(const char* operation, const Tensor& x, const View& v) {
  const bool sizes = v.outer >= 0 && v.kept >= 0 && v.inner >= 0;
  const double product = double(v.outer) * double(v.kept) * double(v.inner);  // of integers it could overflow
  check(sizes && product == double(x.size()), operation, ": view (", v.outer, ", ", v.kept, ", ", v.inner,
        ") does not fit x ", x.shape());
}

}}  // namespace norma
