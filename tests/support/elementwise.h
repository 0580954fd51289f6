// Operations that go element by element, against what they should be.
#pragma once

#include <array>

#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace reference {

/// Odd ones, and one that two threads share.
inline const std::vector<Shape> shapes = {{1, 1}, {1, 7}, {5, 1}, {3, 17}, {33, 65}, {2, 3, 5}, {217, 311}};

/// y = f(inputs) and dx of each input for a random upstream gradient, against
/// `expected(values, i)`: y first, then dy/dxₖ, element by element; twice, so
/// that the second gradient is added to the first; and on two threads.
inline void check_elementwise(const std::string& name, int inputs,
                              const std::function<Tensor(const Tensor*)>& f,
                              const std::function<std::array<Wide, 3>(const Wide*)>& expected) {
  for (const Shape& shape : shapes) {
    CAPTURE(name);
    CAPTURE(shape);
    std::vector<Tensor> x;
    for (int k = 0; k < inputs; ++k)
      x.push_back(random_tensor(shape, 10 + static_cast<std::uint64_t>(k), 0, 2).set_requires_grad(true));
    const Tensor dy = random_tensor(shape, 20);
    auto run = [&](int times) {
      for (const Tensor& t : x) t.zero_grad();
      std::vector<Tensor> results;
      for (int i = 0; i < times; ++i) {
        results = {f(x.data())};
        results[0].backward(dy);
      }
      for (const Tensor& t : x) results.push_back(t.grad().clone());
      return results;
    };
    for (int times : {1, 2}) {
      const auto got = run(times);
      std::vector<Numbers> want(at(inputs + 1), Numbers(at(shape.size())));
      for (Index i = 0; i < shape.size(); ++i) {
        const Wide values[2] = {x[0][i], x.back()[i]};
        const auto e = expected(values);
        want[0][at(i)] = e[0];
        for (int k = 1; k <= inputs; ++k) want[at(k)][at(i)] = times * Wide(dy[i]) * e[at(k)];
      }
      for (std::size_t k = 0; k < want.size(); ++k) CHECK(difference(got[k], want[k]) < tolerance);
    }
    CHECK(same_on_two_threads([&] { return run(2); }));
  }
}

}  // namespace reference

}}  // namespace norma
