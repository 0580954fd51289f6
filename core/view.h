// A view of a tensor as (outer, kept, inner): which elements share a mean and a variance, or a γ and a β.
#pragma once

#include "core/tensor.h"

namespace norma { inline namespace NORMA_BUILD {

/// How the elements of a row-major tensor share a number: element (o, k, s), at (o·kept + k)·inner + s in
/// memory, belongs to the index k. Sums run over o and s; k is kept. With x (N, C, S…), where S is the
/// product of the positions:
///
///                       statistics           γ, β
///     BatchNorm         (N, C, S)            (N, C, S)
///     LayerNorm over D  (1, rows, D)         (rows, D, 1)
///     GroupNorm         (1, N·G, C/G·S)      (N, C, S)
///     InstanceNorm      (1, N·C, S)          (N, C, S)
struct View {
  Index outer, kept, inner;
  Index count() const { return outer * inner; }            // elements that share a number
  Index index(Index i) const { return i / inner % kept; }  // the kept index of element i
  bool operator==(const View&) const = default;
};

/// (N, C) → (N, C, 1) and (N, C, S…) → (N, C, ∏S). Error for a tensor of rank below 2.
View channel_view(const Tensor& x);

/// Error, naming the operation, unless x has as many elements as the view, no side of which is negative.
void check_view(const char* operation, const Tensor& x, const View& view);

}}  // namespace norma
