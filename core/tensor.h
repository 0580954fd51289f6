// Tensor: a cheap handle to a dense row-major array and, once backward() has reached it, its gradient. Copies
// of a handle are the same tensor: const is the handle, not the values, which live in the thread's pool as
// long as a handle or the graph needs them. A tensor belongs to one thread, because handles are counted
// without locks: create a model, train it and drop it on the same thread.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "core/pool.h"
#include "core/shape.h"

namespace norma { inline namespace NORMA_BUILD {

struct Node;  // how a tensor was made: core/autograd.h

/// Where an operation adds to a gradient: data ← beta·data + contribution. beta, as in BLAS, is 0 for the
/// first contribution after zero_grad() and 1 for later ones. False if no gradient is needed.
struct GradSlot {
  real* data = nullptr;
  Index size = 0;
  real beta = 0;
  explicit operator bool() const { return data != nullptr; }
};

/// A dense array of reals with a shape, perhaps a gradient, and how it was made. Members throw Error on a
/// handle without a tensor, except those that ask whether there is a tensor or a gradient, and those that
/// open one.
class Tensor {
 public:
  /// No tensor at all: defined() is false. Stands for an absent optional argument.
  Tensor() = default;

  /// A tensor whose values are not set yet. std::bad_alloc if there is no memory for it.
  explicit Tensor(const Shape& shape);

  /// Every element is `value`.
  static Tensor full(const Shape& shape, real value);
  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor ones(const Shape& shape) { return full(shape, 1); }

  /// Values in row-major order. Error if their number is not shape.size().
  static Tensor from(const Shape& shape, std::span<const double> values);
  static Tensor from(const Shape& shape, std::initializer_list<double> values) {
    return from(shape, std::span<const double>(values.begin(), values.size()));
  }

  /// Whether there is a tensor behind this handle.
  bool defined() const { return bool(impl_); }

  /// Whether both handles are the same tensor.
  bool is(const Tensor& other) const { return impl_ == other.impl_; }

  /// The sizes of the dimensions, their number, one of them (i = −1: the innermost), the number of elements.
  const Shape& shape() const { return impl().shape; }
  int rank() const { return shape().rank(); }
  Index dim(int i) const { return shape()[i]; }
  Index size() const { return impl().size; }

  /// The size() values, row-major. Not values() of a temporary, whose values would be gone at once; write
  /// for (real v : f(x)).
  real* data() const { return impl().values->data(); }
  real* begin() const { return data(); }
  real* end() const { return data() + size(); }
  std::span<real> values() const& { return {begin(), end()}; }
  std::span<real> values() const&& = delete;

  /// Element i in row-major order, 0 ≤ i < size(); not checked.
  real& operator[](Index i) const { return data()[i]; }

  /// The value of a tensor of one element; Error otherwise.
  real item() const;

  /// A copy of the values, without history.
  Tensor clone() const;

  /// The same values in the same memory, without history: no gradient flows past it.
  Tensor detach() const { return detach(shape()); }

  /// The same with another shape (norma::reshape keeps the history). Error if the sizes differ.
  Tensor detach(const Shape& shape) const;

  /// Overwrites the values with those of `other`. Error if the shapes differ.
  void copy_from(const Tensor& other) const;

  // Gradients -----------------------------------------------------------------------------------------------

  /// Whether backward() computes a gradient for this tensor: set on leaves, inherited by results.
  bool requires_grad() const { return impl_ && impl_->requires_grad; }

  /// Turns a leaf's gradient on or off (off: a frozen parameter). Error on a result of an operation.
  Tensor& set_requires_grad(bool on);

  /// Whether the tensor was made by the user, not by a recorded operation.
  bool is_leaf() const { return !impl().made_by_operation; }

  /// The gradient that backward() left here, of the same shape; undefined if there is none. It is a handle,
  /// which after zero_grad() sees the next gradient: clone() it to compare.
  Tensor grad() const;

  /// The gradient's values; Error if there is none.
  real* grad_data() const;

  /// Whether backward() left a gradient here.
  bool has_grad() const { return impl_ && impl_->has_grad; }

  /// Forgets the gradient: the next contribution overwrites it. Writes no memory.
  void zero_grad() const { impl().has_grad = false; }

  /// For operations: where to add dL/d(this), which counts as present from now on.
  GradSlot open_grad() const;

  /// The same, for operations with a result y whose gradient reads dL/dyᵢ for the last time before it writes
  /// dL/d(this)ᵢ. If nobody else holds y, and this tensor has no memory for a gradient yet, it takes that of
  /// dL/dy, and y has no gradient any more: ask for y.grad_data() first.
  GradSlot open_grad_in_place_of(const Tensor& y) const;

  /// Computes d(this)/d(leaf) for every leaf that requires a gradient and *adds* it to leaf.grad(). This
  /// tensor must have one element, unless `seed`, of its shape, is dL/d(this). Results that the caller still
  /// holds keep their gradients too. The graph is dropped on the way; with keep_graph it stays, and
  /// backward() may be called again. Error if nothing requires a gradient or the graph is gone.
  void backward(bool keep_graph = false) const;
  void backward(const Tensor& seed, bool keep_graph = false) const;

 private:
  friend struct Node;
  friend class Backward;

  using Values = Shared<Scratch<real>>;  // the memory of one or more tensors
  struct Impl {
    Shape shape;
    Index size;
    Values values;
    Values gradient;  // kept once allocated; has_grad says whether its values count
    bool requires_grad = false, has_grad = false, made_by_operation = false, visited = false;
    Node* node = nullptr;  // owned; null for a leaf, and once the graph is dropped

    Impl(const Shape& s, Values v) : shape(s), size(s.size()), values(std::move(v)) {}
    Impl(const Impl&) = delete;
    ~Impl();  // like backward() in core/autograd.cpp
  };

  Tensor(const Shape& shape, Values values) : impl_(Shared<Impl>::make(shape, std::move(values))) {}
  Impl& impl() const {
    check(defined(), "tensor: used before it was given a value");
    return *impl_;
  }

  Shared<Impl> impl_;
};

/// Nested brackets, as in Python; rows past the 8th and columns past the 12th are left out.
std::ostream& operator<<(std::ostream& out, const Tensor& t);

/// The class labels of a batch, one per sample, each 0 … classes − 1: a cheap handle like Tensor.
class Labels {
 public:
  Labels() = default;
  /// n labels, not set yet.
  explicit Labels(Index n) : values_(Shared<Scratch<int>>::make(n)) {}
  static Labels from(std::initializer_list<int> values);

  Index size() const { return values_ ? values_->size() : 0; }
  int* data() const { return values_ ? values_->data() : nullptr; }
  int& operator[](Index i) const { return (*values_)[i]; }

 private:
  Shared<Scratch<int>> values_;
};

}}  // namespace norma
