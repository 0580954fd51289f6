// Tensors and labels: how they are made, copied, printed, and how long their values live.
#include "core/tensor.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/support/reference.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_tensor_test {

using namespace reference;

TEST_CASE("made from values, or all of one") {
  const Tensor t = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(t.size() == 6);
  CHECK(t.rank() == 2);
  CHECK(t.dim(-1) == 3);
  CHECK(t[4] == 5);
  CHECK(numbers(Tensor::full({3}, 2.5)) == Numbers{2.5, 2.5, 2.5});
  CHECK(numbers(Tensor::zeros({2})) == Numbers{0, 0});
  CHECK(numbers(Tensor::ones({})) == Numbers{1});
  CHECK(Tensor(Shape{0, 3}).size() == 0);
  CHECK(error_of([] {
          Tensor::from({2, 3}, {1, 2});
        }) == "tensor: expected 6 values for shape (2, 3), got 2");
  CHECK(error_of([] { Tensor().shape(); }) == "tensor: used before it was given a value");
  CHECK(Tensor::full({1, 1}, 7).item() == 7);
  CHECK(error_of([&] { t.item(); }) == "item: shape (2, 3) has 6 elements, one is needed");
  CHECK(error_of([] { Tensor(Shape{0}).item(); }) == "item: shape (0,) has 0 elements, one is needed");
}

TEST_CASE("a copy is the same tensor, view and detach share values, clone does not") {
  const Tensor t = Tensor::from({2, 2}, {1, 2, 3, 4});
  const Tensor same = t, flat = t.detach({4}), cut = t.detach(), other = t.clone();
  t[3] = 9;
  CHECK(same.is(t));
  CHECK(same[3] == 9);
  CHECK(flat[3] == 9);
  CHECK(cut[3] == 9);
  CHECK(other[3] == 4);
  CHECK_FALSE(flat.is(t));
  CHECK(flat.shape() == Shape{4});
  CHECK(error_of([&] { t.detach({3}); }) == "detach: (2, 2) has 4 elements, (3,) has 3");
  t.copy_from(other);
  CHECK(flat[3] == 4);
  CHECK(error_of([&] { t.copy_from(flat); }) == "copy_from: expected shape (2, 2), got (4,)");
}

TEST_CASE("values outlive the tensor that made them, and self-assignment and moves are harmless") {
  const Index used = pool_stats().bytes_used;
  {
    Tensor v;
    {
      Tensor t = Tensor::from({2}, {1, 2});
      v = t.detach({1, 2});
      Tensor& alias = t;
      t = alias;
      Tensor moved = std::move(t);
      CHECK_FALSE(t.defined());
      CHECK(moved[1] == 2);
    }
    CHECK(v[1] == 2);
  }
  CHECK(pool_stats().bytes_used == used);
}

TEST_CASE("printed as in Python, long ones cut short") {
  CHECK(printed(Tensor()) == "(no tensor)");
  CHECK(printed(Tensor::full({}, 1.5)) == "1.5");
  CHECK(printed(Tensor::from({2, 2}, {1, 2, 3, 4})) == "[[1, 2],\n [3, 4]]");
  CHECK(printed(Tensor::from({2, 1, 2}, {1, 2, 3, 4})) == "[[[1, 2]],\n [[3, 4]]]");
  CHECK(printed(Tensor(Shape{0})) == "[]");
  CHECK(printed(Tensor(Shape{2, 0})) == "[[],\n []]");
  CHECK(printed(Tensor::zeros({14})) == "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, … 2 more]");
  Tensor tall(Shape{10, 1});
  std::iota(tall.values().begin(), tall.values().end(), real(0));
  CHECK(printed(tall) == "[[0],\n [1],\n [2],\n [3],\n [4],\n [5],\n [6],\n [7], … 2 more]");
}

TEST_CASE("labels: a handle of whole numbers") {
  const Labels l = Labels::from({3, 1, 4}), same = l;
  same[1] = 5;
  CHECK(l.size() == 3);
  CHECK(l[1] == 5);
  CHECK(Labels().size() == 0);
  CHECK(Labels().data() == nullptr);
  Labels moved = same;
  Labels to = std::move(moved);
  CHECK(to[2] == 4);
  CHECK(moved.size() == 0);
}

}  // namespace core_tensor_test
}}  // namespace norma
