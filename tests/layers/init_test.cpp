// Initial weights: their spread, of every kind and shape.
#include "layers/init.h"

#include <doctest/doctest.h>

#include "core/ops.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_init_test {

using namespace reference;

TEST_CASE("the deviation is what it should be, of every kind and shape") {
  const Shape shape{150, 400};  // fan_in 400, fan_out 150
  const double in = 400, out = 150, g = 1.25;
  struct Wanted {
    Init kind;
    double std;
  };
  for (const Wanted& wanted : {Wanted{Init::pytorch, 2 / std::sqrt(3 * in)},
                               {Init::kaiming, 2 * g / std::sqrt(in)},
                               {Init::xavier, 2 * g * std::sqrt(2 / (in + out))},
                               {Init::lecun, 2 / std::sqrt(in)},
                               {Init::given, 2}}) {
    for (Distribution distribution : {Distribution::normal, Distribution::uniform}) {
      CAPTURE(int(wanted.kind));
      CAPTURE(int(distribution));
      const InitOptions o{wanted.kind, distribution, 2};
      const bool narrow = wanted.kind == Init::given && distribution == Distribution::uniform;
      const double expected = narrow ? wanted.std / std::sqrt(3.0) : wanted.std;
      CHECK(init_std(shape, o, g) == doctest::Approx(expected).epsilon(1e-12));
      Rng rng(1);
      const Tensor w(shape);
      init_weight(w, o, g, rng);
      double sum = 0, squares = 0, largest = 0;
      for (real v : w.values()) {
        sum += v;
        squares += double(v) * v;
        largest = std::max(largest, std::abs(double(v)));
      }
      const double n = static_cast<double>(w.size());
      CHECK(std::sqrt(squares / n) == doctest::Approx(expected).epsilon(0.015));
      CHECK(std::abs(sum / n) < 4 * expected / std::sqrt(n));
      const bool bounded = distribution == Distribution::uniform || wanted.kind == Init::pytorch;
      CHECK((largest <= std::sqrt(3.0) * expected * (1 + 1e-6)) == bounded);
      CHECK(largest > 1.7 * expected);

      const Tensor b(Shape{1000});
      init_bias(b, in, o, rng);
      const double widest = std::abs(*std::max_element(b.data(), b.data() + 1000));
      if (wanted.kind == Init::pytorch)
        CHECK((widest <= 2 / std::sqrt(in) && widest > 1.9 / std::sqrt(in)));
      else
        CHECK(numbers(b) == Numbers(1000, 0));
    }
  }
}

TEST_CASE("fans and gains") {
  CHECK(fans({6, 4}).in == 4);
  CHECK(fans({6, 4}).out == 6);
  CHECK(fans({6, 4, 3, 3}).in == 36);
  CHECK(fans({6, 4, 3, 3}).out == 54);
  CHECK(error_of([] { fans({6}); }) == "fans: expected a weight of shape (out, in, …), got (6,)");
  for (const char* one : {"linear", "conv", "sigmoid"}) CHECK(gain(one) == 1);
  CHECK(gain("tanh") == doctest::Approx(5.0 / 3));
  CHECK(gain("relu") == doctest::Approx(std::sqrt(2)));
  CHECK(gain("leaky_relu", 0.5) == doctest::Approx(std::sqrt(2 / 1.25)));
}

}  // namespace layers_init_test
}}  // namespace norma
