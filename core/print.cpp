#include <algorithm>
#include <string>

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

void print(std::ostream& out, const Shape& shape, int dimension, const real*& next, Index stride,
           int indent) {
  if (dimension == shape.rank()) {
    out << *next++;
    return;
  }
  const bool innermost = dimension + 1 == shape.rank();
  const Index n = shape[dimension], shown = std::min<Index>(n, innermost ? 12 : 8);
  const Index inner = n ? stride / n : 0;
  const real* start = next;
  out << '[';
  for (Index i = 0; i < shown; ++i) {
    if (i) innermost ? out << ", " : out << ",\n" << std::string(indent + 1, ' ');
    next = start + i * inner;
    print(out, shape, dimension + 1, next, inner, indent + 1);
  }
  if (shown < n) out << ", … " << n - shown << " more";
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  if (!t.defined()) return out << "(no tensor)";
  const real* next = t.data();
  print(out, t.shape(), 0, next, t.size(), 0);
  return out;
}

}}  // namespace norma
