// The gradient checker: it passes what is right, and finds gradients that are broken on purpose.
#include "core/gradcheck.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_gradcheck_test {

using namespace reference;
using Inputs = std::vector<Tensor>;

// y = a b with factors on the gradients that should be b and a.
Tensor broken_mul(const Tensor& a, const Tensor& b, double factor_a, double factor_b, double at_first = 0) {
  Tensor y(a.shape());
  for (Index i = 0; i < y.size(); ++i) y[i] = a[i] * b[i];
  return record(y, {a, b}, [=](const Tensor& y, const Tensor& a, const Tensor& b) {
    auto da = a.open_grad(), db = b.open_grad();
    for (Index i = 0; i < y.size(); ++i) {
      const double dy = y.grad_data()[i];
      if (da) da.data[i] = static_cast<real>((da.beta == 0 ? 0 : da.data[i]) + factor_a * dy * b[i]);
      if (db) db.data[i] = static_cast<real>((db.beta == 0 ? 0 : db.data[i]) + factor_b * dy * a[i]);
    }
    if (da) da.data[0] += static_cast<real>(at_first);
  });
}

Inputs pair() {
  return {random_tensor({3, 2}, 1).set_requires_grad(true), random_tensor({3, 2}, 2).set_requires_grad(true)};
}

TEST_CASE("a right gradient passes, and the inputs are as they were") {
  const Inputs inputs = pair(), copy = {inputs[0].clone(), inputs[1].clone()};
  const GradCheck r =
      check_gradients(inputs, [](const Inputs& in) { return broken_mul(in[0], in[1], 1, 1); });
  CHECK(r.elements == 12);
  CHECK(r.worst < (in_double ? 1e-9 : 1));
  CHECK(same_bits(inputs[0], copy[0]));
  CHECK(same_bits(inputs[1], copy[1]));
}

double worst_of(const std::function<Tensor(const Inputs&)>& f, const Inputs& inputs = pair()) {
  return check_gradients(inputs, f).worst;
}

#ifdef NORMA_DOUBLE
TEST_CASE("a gradient that is a thousandth too large is found, and where it is") {
  const GradCheck r =
      check_gradients(pair(), [](const Inputs& in) { return broken_mul(in[0], in[1], 1, 1.001); });
  CHECK(r.worst == doctest::Approx(0.001).epsilon(0.01));
  CHECK(r.where.find("input 1, element ") == 0);
  CHECK(r.where.find(": autograd ") != r.where.npos);
  CHECK(worst_of([](const Inputs& in) { return broken_mul(in[0], in[1], 1.001, 1); }) > 1e-4);
}

TEST_CASE("one wrong element, a missing term, the wrong input and a doubled one are found") {
  CHECK(worst_of([](const Inputs& in) { return broken_mul(in[0], in[1], 1, 1, 1e-3); }) > 1e-4);
  CHECK(worst_of([](const Inputs& in) { return broken_mul(in[0], in[1], 1, 0); }) > 0.9);  // db is missing
  auto swapped = [](const Inputs& in) {
    const Tensor a = in[0], b = in[1];
    return record(mul(a.detach(), b.detach()), {a, b}, [](const Tensor& y, const Tensor& a, const Tensor& b) {
      auto da = a.open_grad(), db = b.open_grad();
      for (Index i = 0; i < y.size(); ++i) {
        da.data[i] = y.grad_data()[i] * a[i];
        db.data[i] = y.grad_data()[i] * b[i];
      }
    });
  };
  CHECK(worst_of(swapped) > 0.1);
  // x·x by a gradient that overwrites where it should add
  auto overwrites = [](const Inputs& in) {
    const Tensor x = in[0];
    return record(mul(x.detach(), x.detach()), {x, x}, [](const Tensor& y, const Tensor& x, const Tensor&) {
      auto dx = x.open_grad();
      for (Index i = 0; i < y.size(); ++i) dx.data[i] = y.grad_data()[i] * x[i];
    });
  };
  CHECK(worst_of(overwrites, {random_tensor({3, 2}, 1).set_requires_grad(true)}) > 0.1);
  auto forgotten = [](const Inputs& in) { return mul(in[0], in[1].detach()); };
  CHECK(error_of([&] { worst_of(forgotten); }) ==
        "check_gradients: no gradient reached input 1 of shape (3, 2)");
}

TEST_CASE("a normalization whose statistics are taken for constants is found") {
  CHECK(worst_of(
            [](const Inputs& in) {
              const View v = channel_view(in[0]);
              Moments m = moments(in[0], v);
              m.constant = true;
              return normalize(in[0], v, m, 1e-5);
            },
            {random_tensor({4, 3}, 1).set_requires_grad(true)}) > 0.1);
}
#endif

TEST_CASE("NaN is found, wherever it stands") {
  for (Index where : {0, 3, 5}) {
    for (std::size_t input : {0u, 1u}) {
      CAPTURE(where);
      CAPTURE(input);
      const double worst = worst_of([=](const Inputs& in) {
        return record(mul(in[0].detach(), in[1].detach()), {in[0], in[1]},
                      [=](const Tensor& y, const Tensor& a, const Tensor& b) {
                        const Tensor in[] = {a, b};
                        for (std::size_t k : {0u, 1u}) {
                          auto d = in[k].open_grad();
                          for (Index i = 0; i < y.size(); ++i) d.data[i] = y.grad_data()[i] * in[1 - k][i];
                          if (k == input) d.data[where] = NAN;
                        }
                      });
      });
      CHECK_FALSE(worst <= 1);
    }
  }
}

}  // namespace core_gradcheck_test
}}  // namespace norma
