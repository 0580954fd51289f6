// What the graders share: they compare an answer with what is expected, and with what known mistakes give.
#pragma once

#include <norma/core/normalize.h>
#include <norma/core/ops.h>

#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace exercises {

using namespace norma;

/// The ε that most graders use: large, so that a forgotten one shows.
constexpr double large_eps = 0.5;

/// A mistake that others have made: what comes of it, and what to say to whoever makes it.
struct Mistake {
  Tensor result;
  std::string message;
};

/// What is wrong with an answer.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Wrong, with the message concat(parts…).
template <class... Parts>
[[noreturn]] void wrong(const Parts&... parts) {
  throw Wrong(concat(parts...));
}

/// Prints what is right, and stops at what is not.
class Grader {
 public:
  explicit Grader(std::ostream& out) : out_(out) {}

  /// What is tried next, for the message if it crashes or does not end.
  void trying(const std::string& what);

  /// Prints "✓ what".
  void right(const std::string& what) { out_ << "  ✓ " << what << std::endl; }

  /// right(what) if every element of `got` is within `tolerance` of the expected one, relative to the largest
  /// of these. Otherwise throws Wrong: with the message of the first mistake whose result it is, else with
  /// the first element that differs. `name`: what got is, "dgamma" or "y".
  void compare(const std::string& what, const std::string& name, const Tensor& got, const Tensor& expected,
               const std::vector<Mistake>& mistakes = {}, double tolerance = 1e-4);

 private:
  std::ostream& out_;
};

/// Prints the title, runs the steps, and prints what they throw: Wrong, or an error of Norma's that the
/// answer caused; if all is right, `engine`, where the engine has the same. An answer that crashes or takes
/// longer than ten seconds ends the program, which says so. Returns the exit code: 0, or 1 if something is
/// wrong.
int grade(std::ostream& out, const std::string& title, const std::string& engine,
          const std::function<void(Grader&)>& steps);

/// Numbers from N(mean, deviation²).
Tensor normals(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1);

/// f of each element of t, a new tensor.
template <class F>
Tensor each(const Tensor& t, const F& f) {
  Tensor result(t.shape());
  for (Index i = 0; i < t.size(); ++i) result[i] = static_cast<real>(f(double(t[i])));
  return result;
}

/// The mean and the biased variance of each feature of x (N, C), of shape (C).
Tensor batch_mean(const Tensor& x);
Tensor batch_variance(const Tensor& x);

/// γ (x − mean)/divisor + β, for each feature of x (N, C).
Tensor normalized_by(const Tensor& x, const Tensor& mean, const Tensor& divisor, const Tensor& gamma = {},
                     const Tensor& beta = {});

}  // namespace exercises
