// E[x²] − E[x]² against two passes with the sums in double.
#include <array>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/shown.h"
#include "apps/explain/lessons.h"
#include "apps/report/text.h"

namespace norma {
namespace {

constexpr Index m = 1000;
constexpr double step = 1. / 128;
constexpr double true_variance =
    2.5 * step * step;  // of −2, −1, 1, 2 steps, as often each: (4 + 1 + 1 + 4)/4

// m numbers around `mean`, each of which float holds exactly.
Tensor numbers_around(double mean) {
  Tensor x({m, 1});
  for (Index i = 0; i < m; ++i) x[i] = static_cast<real>(mean + step * std::array{-2, -1, 1, 2}[i % 4]);
  return x;
}

// What the lesson is about: E[x²] − E[x]² in one pass, with sums of type T. The library has nothing like it.
template <class T>
double one_pass(const Tensor& x) {
  T sum = 0, squares = 0;
  for (real v : x.values()) {
    sum += v;
    squares += T(v) * T(v);
  }
  const T mean = sum / T(m);
  return squares / T(m) - mean * mean;
}

void on_paper(Document& d) {
  d.heading("Equal on paper");
  d.formula("σ² = 1/m Σ (x − μ)²").code(code::squares);
  d.formula("σ² = E[x²] − E[x]²");
  d.text(
      "The second needs one pass only. But it takes two large numbers from each other to get a small one. "
      "Float keeps 24 bits, seven digits. With a mean of 10⁴ both numbers are about 10⁸, where floats stand "
      "8 apart: no σ² below 8 is left.");
}

void measured(Document& d) {
  d.heading("Shown");
  d.text(
      "1,000 numbers in four equal parts, −2, −1, 1 and 2 steps of 1/128 from their mean. Float holds each "
      "of them exactly, and σ² = 2.5/128² whatever the mean:");
  const std::vector<double> means = {0, 1, 10, 100, 1000, 10000, 60000};
  std::vector<std::string> names;
  std::vector<double> variances, scaled;
  constexpr double eps = 1e-5;
  for (double mean : means) {
    names.push_back(text_of("mean ", mean));
    const Tensor x = numbers_around(mean);
    const View view = channel_view(x);
    const double naive = one_pass<float>(x), naive_double = one_pass<double>(x);
    const Moments batch = moments(x, view);
    for (double v : {true_variance, naive, naive_double, batch.variance[0]}) variances.push_back(v);
    // The last of the four numbers is x − μ = 2 steps: its x̂ by either variance.
    for (double v : {true_variance, naive, batch.variance[0]}) {
      Moments given{Scratch<double>(1), Scratch<double>(1), /*constant=*/true};
      given.mean[0] = batch.mean[0];
      given.variance[0] = v;
      scaled.push_back(normalize(x, view, given, eps)[3]);
    }
  }
  d.numbers({{.name = "σ²",
              .rows = names,
              .columns = {"true", "one pass, float", "one pass, double", "the library"},
              .values = variances,
              .decimals = 6,
              .colour = ColourBy::column,
              .significant = true}});
  d.text(
      "From a mean of 10 on float's short formula has no right digit; it comes out as 0, or negative, or far "
      "too large. In double it holds longer and then fails in the same way: at 60,000 half of σ² is gone.");
  d.heading("What it does to x̂");
  d.formula("x̂ = (x − μ)/√(σ² + ε)").code(code::inv_std);
  d.text(
      "The largest of the numbers, two steps above the mean, normalized with ε = 10⁻⁵. NaN is the root of a "
      "negative number, and if the variance came out as 0, ε alone divides:");
  d.numbers({{.name = "x̂",
              .rows = names,
              .columns = {"true σ²", "one pass, float", "the library"},
              .values = scaled,
              .decimals = 6,
              .colour = ColourBy::column}});
}

void in_the_library(Document& d) {
  d.heading("What the library does");
  d.text(
      "Two passes: first μ, then the squares of x − μ, which are as small as what they measure. Both sums "
      "are in double, though x is float; that costs little, for sixteen sums run side by side.");
  d.code(code::sum).code(code::mean).code(code::squares).code(code::variance).code(code::doubles);
}

}  // namespace

Document variance_lesson() {
  Document d("Why E[x²] − E[x]² fails",
             "The two formulas are equal on paper. In float the short one loses every digit of a variance "
             "that is small beside the squared mean, so the library takes two passes, with the sums in "
             "double.");
  on_paper(d);
  measured(d);
  in_the_library(d);
  return d;
}

}  // namespace norma
