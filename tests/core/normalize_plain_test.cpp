// The fast normalize() against the plain definition, for the views of the four layers and for views that none
// has.
#include "core/normalize_plain.h"

#include <doctest/doctest.h>

#include "core/normalize.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_normalize_plain_test {

using namespace reference;

TEST_CASE("normalize: the fast one is the plain one, value and gradients") {
  struct Views {
    Shape shape;
    View statistics, affine;
  };
  const std::vector<Views> all = {{{5, 17}, {5, 17, 1}, {5, 17, 1}},            // BatchNorm
                                  {{3, 2, 20}, {3, 2, 20}, {3, 2, 20}},         //
                                  {{2, 3, 2}, {1, 2, 6}, {2, 6, 1}},            // LayerNorm
                                  {{3, 4, 35}, {1, 6, 70}, {3, 4, 35}},         // GroupNorm
                                  {{4, 3, 2, 3}, {1, 12, 6}, {4, 3, 6}},        // InstanceNorm
                                  {{4, 6}, {4, 6, 1}, {1, 4, 6}},               // and what no layer has
                                  {{300, 120}, {1, 300, 120}, {300, 120, 1}}};  // several threads' worth
  for (const Views& c : all) {
    CAPTURE(c.shape);
    CAPTURE(c.affine.kept);
    const Tensor x = random_tensor(c.shape, 1, 3, 2).set_requires_grad(true), dy = random_tensor(c.shape, 2),
                 gamma = random_tensor({c.affine.kept}, 3, 1).set_requires_grad(true),
                 beta = random_tensor({c.affine.kept}, 4).set_requires_grad(true);
    const Tensor y = normalize(x, c.statistics, moments(x, c.statistics), 1e-5, gamma, beta, c.affine);
    y.backward(dy);
    const PlainNormalization plain = normalize_plain(x, c.statistics, 1e-5, gamma, beta, c.affine, dy);
    auto check_equal = [](const Tensor& fast, const std::vector<double>& wanted) {
      CHECK(difference(fast, {wanted.begin(), wanted.end()}) < tolerance);
    };
    check_equal(y, plain.y);
    check_equal(x.grad(), plain.dx);
    check_equal(gamma.grad(), plain.dgamma);
    check_equal(beta.grad(), plain.dbeta);
  }
}

}  // namespace core_normalize_plain_test
}}  // namespace norma
