#include "exercises/grade/grader.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace exercises {
namespace {

constexpr unsigned seconds_allowed = 10;
char tried[200];  // what a signal's handler prints, which may call little

void print(const char* text) {
  const auto ignored = write(STDOUT_FILENO, text, std::strlen(text));
  static_cast<void>(ignored);
}

void stopped(int signal) {
  print(signal == SIGALRM ? "  ✗ Your code had not ended after ten seconds, at: "
        : signal == SIGFPE
            ? "  ✗ Your code divided a whole number by 0, at: "
            : "  ✗ Your code crashed: it read or wrote where there is no tensor's memory, at: ");
  print(tried);
  print("\n");
  _exit(1);
}

// While one exists, an answer that crashes or does not end is reported.
class Watch {
 public:
  Watch() {
    struct sigaction action = {};
    action.sa_handler = stopped;
    for (int i = 0; i < count; ++i) sigaction(signals[i], &action, &before_[i]);
    alarm(seconds_allowed);
  }
  ~Watch() {
    alarm(0);
    for (int i = 0; i < count; ++i) sigaction(signals[i], &before_[i], nullptr);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  static constexpr int count = 4, signals[count] = {SIGSEGV, SIGBUS, SIGFPE, SIGALRM};
  struct sigaction before_[count];
};

// Element i of a tensor, as "(1, 2)".
std::string position(const Shape& shape, Index i) {
  std::string text;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    text = std::to_string(i % shape[d]) + (text.empty() ? "" : ", ") + text;
    i /= shape[d];
  }
  return "(" + text + ")";
}

double largest(const Tensor& t) {
  double result = 0;
  for (real v : t.values()) result = std::max(result, std::abs(double(v)));
  return result;
}

// The elements that differ by more than `tolerance`, NaN among them.
std::vector<Index> differences(const Tensor& got, const Tensor& expected, double tolerance) {
  std::vector<Index> result;
  for (Index i = 0; i < got.size(); ++i) {
    if (!(std::abs(double(got[i]) - expected[i]) <= tolerance)) result.push_back(i);
  }
  return result;
}

// ", everywhere 5 times what is expected", or "".
std::string common_factor(const Tensor& got, const Tensor& expected) {
  double dot = 0, squares = 0;
  for (Index i = 0; i < got.size(); ++i) {
    dot += double(got[i]) * expected[i];
    squares += double(expected[i]) * expected[i];
  }
  if (!(squares > 0) || !(std::abs(dot / squares) > 1e-3)) return "";
  const double factor = dot / squares;
  const Tensor scaled = each(expected, [&](double v) { return factor * v; });
  if (!differences(got, scaled, 1e-4 * largest(scaled)).empty()) return "";
  return concat("; everywhere yours is ", factor, " times what is expected");
}

}  // namespace

void Grader::trying(const std::string& what) {
  tried[what.copy(tried, sizeof tried - 1)] = '\0';
  out_.flush();
}

void Grader::compare(const std::string& what, const std::string& name, const Tensor& got,
                     const Tensor& expected, const std::vector<Mistake>& mistakes, double tolerance) {
  if (!got.defined()) wrong(name, " is still empty: it is not written yet. The file begins with what to do.");
  if (got.shape() != expected.shape()) {
    wrong("The shape of ", name, " is ", got.shape(), "; expected ", expected.shape(), ".");
  }
  const double allowed = tolerance * largest(expected);
  const auto differ = differences(got, expected, allowed);
  if (differ.empty()) return right(what);
  for (const Mistake& m : mistakes) {
    const double near = std::max(allowed, tolerance * largest(m.result));
    if (m.result.shape() == got.shape() && differences(got, m.result, near).empty()) throw Wrong(m.message);
  }
  const Index i = differ.front();
  wrong("Not yet: ", what, ". Element ", position(got.shape(), i), " of ", name, ": expected ", expected[i],
        ", got ", got[i], " (the first of ", differ.size(), " that differ, of ", got.size(),
        common_factor(got, expected), ").");
}

int grade(std::ostream& out, const std::string& title, const std::string& engine,
          const std::function<void(Grader&)>& steps) {
  out << "Exercise " << title << std::endl;
  try {
    const Watch watch;
    Grader grader(out);
    grader.trying("the first call");
    steps(grader);
    out << "All right. " << engine << std::endl;
    return 0;
  } catch (const Wrong& e) {
    out << "  ✗ " << e.what() << std::endl;
  } catch (const std::exception& e) {
    out << "  ✗ An exception ended your code, at: " << tried << ". It says: " << e.what() << std::endl;
  }
  return 1;
}

Tensor normals(const Shape& shape, std::uint64_t seed, double mean, double deviation) {
  Rng rng(seed);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(rng.normal(mean, deviation));
  return t;
}

namespace {
Tensor tensor_of(const Scratch<double>& values) {
  return Tensor::from({static_cast<Index>(values.size())}, {values.begin(), values.end()});
}
}  // namespace

Tensor batch_mean(const Tensor& x) { return tensor_of(moments(x, channel_view(x)).mean); }
Tensor batch_variance(const Tensor& x) { return tensor_of(moments(x, channel_view(x)).variance); }

Tensor normalized_by(const Tensor& x, const Tensor& mean, const Tensor& divisor, const Tensor& gamma,
                     const Tensor& beta) {
  return normalize_by(x, channel_view(x), doubles(mean), doubles(divisor), gamma, beta);
}

}  // namespace exercises
