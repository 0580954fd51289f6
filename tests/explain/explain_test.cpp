// The numbers of the lessons, against the published ones and against theory; and that what they point at is there.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <set>

#include "apps/explain/engine/code_lines.h"
#include "apps/explain/engine/look.h"
#include "apps/explain/lessons.h"
#include "tests/support/text.h"

namespace norma { namespace {

using Values = std::vector<double>;

// The matrix of that name.
const Numbers& find(const Document& d, std::string_view name) {
  for (const Block& block : d.blocks) {
    if (const auto* all = std::get_if<std::vector<Numbers>>(&block)) {
      for (const Numbers& n : *all) {
        if (n.name == name) return n;
      }
    }
  }
  FAIL("no numbers named ", name);
  std::abort();
}

void check_values(const Document& d, const std::string& name, const Values& wanted, double tolerance) {
  const Numbers& n = find(d, name);
  REQUIRE_MESSAGE(n.values.size() == wanted.size(), name);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK_MESSAGE(std::abs(n.values[i] - wanted[i]) <= tolerance, name, " ", i, ": ", n.values[i],
                  ", wanted ", wanted[i]);
}

TEST_CASE("explain by-hand: every number of the sheet, exact and published") {
  const Document d = by_hand_lesson();
  constexpr double six = 0.5000001e-6;  // decimals
  check_values(d, "x", {1, 0, 3, 0, 0, 3, 1, 1, 2, 1, 0, 2}, 0);
  check_values(d, "W", {1, 0, 1, 1, 1, 0, 0, 2, -1}, 0);
  check_values(d, "b", {0, -1, 0}, 0);
  check_values(d, "γ", {2, 3, -1}, 0);
  check_values(d, "β", {0, 0, 1}, 0);
  check_values(d, "y = linear(x, W, b)", {3, 1, 3, 2, 0, 2, 3, 0, -2, 5, 2, 0}, 0);
  check_values(d, "y = relu(x)", {3, 1, 3, 2, 0, 2, 3, 0, 0, 5, 2, 0}, 0);
  check_values(d, "sum, published", {9, 5, 7}, 0);
  check_values(d, "sum, exact", {9, 5, 7}, 0);
  check_values(d, "mean, published", {2, 1, 2}, 0);
  check_values(d, "mean μ, exact", {2.25, 1.25, 1.75}, 1e-15);
  check_values(d, "variance, published", {1, 1, 4}, 0);
  check_values(d, "variance σ², exact", {0.6875, 1.6875, 4.1875}, 1e-15);
  check_values(d, "std, published", {1, 1, 2}, 0);
  check_values(d, "std √σ², exact", {0.829156, 1.299038, 2.046338}, six);
  check_values(d, "x̂, published", {1, -1, 1, 0, -1, 1, 2, -1, -1, 1, 0, -1}, 0);
  check_values(d, "x̂, exact (ε = 0)",
               {0.904534, -1.507557, 0.904534, -0.301511, -0.962250, 0.577350, 1.347151, -0.962250, -0.855186,
                1.588203, 0.122169, -0.855186},
               six);
  check_values(d, "y, published", {2, -2, 2, 0, -3, 3, 6, -3, 2, 0, 1, 2}, 0);
  check_values(d, "y, exact (ε = 0)",
               {1.809068, -3.015113, 1.809068, -0.603023, -2.886751, 1.732051, 4.041452, -2.886751, 1.855186,
                -0.588203, 0.877831, 1.855186},
               six);
  const Values row(find(d, "y, ε = 1e-5").values.begin(), find(d, "y, ε = 1e-5").values.begin() + 4);
  const Values wanted = {1.809055, -3.015092, 1.809055, -0.603018};
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(row[i] - wanted[i]) <= six);
  const Numbers& differences = find(d, "");
  CHECK(differences.at(0) < 1e-14);
  CHECK((differences.at(1) > 1e-5 && differences.at(1) < 1e-4));
  CHECK(differences.at(2) == doctest::Approx(6 - 4.041452).epsilon(1e-6));
}

TEST_CASE("explain mini-batch: four batches, both variances, a batch of one") {
  const Document d = mini_batch_lesson();
  Values mean, running_mean, biased, unbiased;
  double m[3] = {0, 0, 0}, v = 1, u = 1;
  for (int i = 0; i < 4; ++i) {
    const std::string batch = "batch " + std::to_string(i + 1);
    Values x, xhat;
    for (int row = 1; row <= 5; ++row) {
      for (int k = 0; k < 3; ++k) {
        x.push_back(5 * i + row + k);
        xhat.push_back(std::vector{-1.414, -0.707, 0., 0.707, 1.414}[static_cast<std::size_t>(row - 1)]);
      }
    }
    check_values(d, batch + ": x", x, 0);
    check_values(d, batch + ": x̂", xhat, 0.0005);
    v = 0.9 * v + 0.1 * 2;
    u = 0.9 * u + 0.1 * 2.5;
    for (int k = 0; k < 3; ++k) {
      mean.push_back(5 * i + 3 + k);
      running_mean.push_back(m[k] = 0.9 * m[k] + 0.1 * mean.back());
      biased.push_back(v);
      unbiased.push_back(u);
    }
  }
  CHECK((mean[0] == 3 && mean[2] == 5 && mean[3] == 8 && mean[5] == 10));
  check_values(d, "mean μ", mean, 1e-6);
  check_values(d, "variance σ², biased", Values(12, 2), 1e-6);
  check_values(d, "unbiased, m/(m − 1) σ²", Values(12, 2.5), 1e-6);
  check_values(d, "running_mean", running_mean, 1e-6);
  check_values(d, "running_var, biased", biased, 1e-6);
  check_values(d, "running_var, unbiased", unbiased, 1e-6);
  check_values(d, "running_mean, momentum=None", {10.5, 11.5, 12.5}, 1e-5);
  check_values(d, "running_var, momentum=None", {2.5, 2.5, 2.5}, 1e-6);
  Values y, y_biased;
  for (int k = 0; k < 3; ++k) {
    y.push_back((10 + k - m[k]) / std::sqrt(u + 1e-5));
    y_biased.push_back((10 + k - m[k]) / std::sqrt(v + 1e-5));
  }
  check_values(d, "y, unbiased", y, 1e-5);
  check_values(d, "y, biased", y_biased, 1e-5);
}

TEST_CASE("explain backward: four gradients are one") {
  const Document d = backward_lesson();
  const Numbers& differences = find(d, "max |difference|");
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(differences.at(0, j) < 1e-14);
    CHECK(differences.at(1, j) < 1e-14);
    CHECK(differences.at(2, j) < 1e-10);
  }
  const Values dx = find(d, "dx, autograd").values, direct = find(d, "its direct part, dx̂/√(σ² + ε)").values;
  for (const char* name : {"dx, in stages", "dx, in one line"}) check_values(d, name, dx, 1e-14);
  check_values(d, "dx, by differences", dx, 1e-10);
  check_values(d, "dβ, autograd", {2, 2, 1}, 1e-14);
  const Values xhat = find(d, "x̂").values;
  double apart = 0;
  for (std::size_t k = 0; k < 3; ++k) {  // dx has no mean and next to nothing along x̂
    double mean = 0, along = 0;
    for (std::size_t n = 0; n < 4; ++n) {
      mean += dx[3 * n + k];
      along += dx[3 * n + k] * xhat[3 * n + k];
      apart = std::max(apart, std::abs(dx[3 * n + k] - direct[3 * n + k]));
    }
    CHECK(std::abs(mean) < 1e-14);
    CHECK(std::abs(along) < 1e-3);
  }
  CHECK(apart > 1);  // as constants, μ and σ² give another gradient
}

TEST_CASE("explain train-eval: the mode, not the company, decides") {
  const Document d = train_eval_lesson();
  const Values a = find(d, "A: y, eval()").values, b = find(d, "B: y, eval()").values;
  CHECK((a[0] == b[0] && a[1] == b[1]));
  CHECK(find(d, "A: y, train()").at(0) > 1);
  CHECK(find(d, "B: y, train()").at(0) < -1);
  CHECK(find(d, "running_mean before").values != find(d, "running_mean after").values);
  // y = (x − running_mean)/√(running_var + ε), with the numbers on the page
  CHECK(a[0] == doctest::Approx((1 - find(d, "running_mean after").at(0)) /
                                std::sqrt(find(d, "running_var after").at(0) + 1e-5)));
  const Numbers& accuracy = find(d, "accuracy in percent");
  REQUIRE(accuracy.height == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(accuracy.at(i, 0) > 85);
    CHECK(std::abs(accuracy.at(i, 0) - accuracy.at(0, 0)) <= 0.2);  // eval(): however the samples come
    CHECK(std::abs(accuracy.at(i, 2) - accuracy.at(0, 0)) <= 0.2);
    CHECK(accuracy.at(i, 3) < 30);  // one class a batch
  }
  CHECK(std::abs(accuracy.at(0, 1) - accuracy.at(0, 0)) < 3);
  CHECK(accuracy.at(1, 1) < accuracy.at(0, 1) - 2);
  CHECK(accuracy.at(3, 1) < accuracy.at(0, 1) - 20);
}

TEST_CASE("explain conventions: one batch under each") {
  const Document d = conventions_lesson();
  check_values(d, "running mean", {0.3, 0.4, 0.5, 0.03, 0.04, 0.05, 0.3, 0.4, 0.5}, 1e-6);
  check_values(d, "running variance", {1.15, 1.15, 1.15, 1.01, 1.01, 1.01, 1.1, 1.1, 1.1}, 1e-6);
  check_values(d, "running_mean", {0.3, 0.4, 0.5}, 1e-6);
  check_values(d, "running_var", {1.15, 1.15, 1.15}, 1e-6);
  Values y;
  for (const auto& [f, var, eps] : {std::array{0.1, 1.15, 1e-5}, {0.01, 1.01, 1e-3}, {0.1, 1.1, 1e-5}}) {
    for (int k = 3; k <= 5; ++k) y.push_back(k * (1 - f) / std::sqrt(var + eps));
  }
  check_values(d, "y after one batch", y, 1e-5);
  const Numbers& wrong = find(d, "running_mean after four batches");
  CHECK(wrong.at(0) == doctest::Approx(3.8367));
  CHECK(wrong.at(1) == doctest::Approx(0.9 * (18 + 1.3 + 0.08 + 0.003)));
}

TEST_CASE("explain variance: the short formula fails in float, the library does not") {
  const Document d = variance_lesson();
  const Numbers &variance = find(d, "σ²"), &xhat = find(d, "x̂");
  const double true_variance = 2.5 / (128 * 128);
  bool negative = false;
  for (std::size_t i = 0; i < variance.height; ++i) {
    CHECK(variance.at(i, 0) == true_variance);
    CHECK(variance.at(i, 3) == true_variance);
    if (i >= 2) CHECK(std::abs(variance.at(i, 1) - true_variance) > 0.5 * true_variance);
    negative = negative || variance.at(i, 1) < 0;
    CHECK(xhat.at(i, 2) == xhat.at(i, 0));
    CHECK(std::isnan(xhat.at(i, 1)) == (variance.at(i, 1) + 1e-5 < 0));
  }
  CHECK(negative);
  CHECK(variance.at(5, 2) == doctest::Approx(true_variance).epsilon(1e-4));
  CHECK(std::abs(variance.at(6, 2) - true_variance) > 0.2 * true_variance);
}

TEST_CASE("explain init: measured is what is derived") {
  const Document d = init_lesson();
  const Numbers &derived = find(d, "std, derived, by Var(w)"), &found = find(d, "std, measured, by Var(w)");
  for (std::size_t l = 0; l < 10; ++l) {
    CHECK(derived.at(l, 0) == doctest::Approx(std::pow(16, double(l + 1))));
    CHECK(derived.at(l, 2) == doctest::Approx(std::pow(0.5, double(l) / 2)));
    CHECK(derived.at(l, 3) == doctest::Approx(std::sqrt(2)));
    for (std::size_t j = 0; j < 5; ++j)
      CHECK_MESSAGE(found.at(l, j) == doctest::Approx(derived.at(l, j)).epsilon(j == 4 ? 0.001 : 0.12),
                    "layer ", l + 1, ", ", derived.columns[j]);
  }
  const Numbers& one = find(d, "std(h)");
  for (std::size_t i = 0; i < one.height; ++i)
    CHECK(one.at(i, 1) == doctest::Approx(one.at(i, 0)).epsilon(0.02));
}

TEST_CASE("explain view: shares are what the definitions say, and what the layers do") {
  const Document d = view_lesson();
  std::vector<const Grid*> grids;
  for (const Block& block : d.blocks) {
    if (const auto* g = std::get_if<Grid>(&block)) grids.push_back(g);
    if (const auto* rows = std::get_if<Rows>(&block)) {
      CHECK(rows->rows.size() == 4);
      for (const auto& row : rows->rows) CHECK(row.back() == "yes");
    }
  }
  REQUIRE(grids.size() == 10);  // of each layer the samples and the memory; then two of γ and β
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 4; ++c) {
      for (int s = 0; s < 3; ++s) {
        const int wanted[] = {c, n, 4 * n + c, 2 * n + c / 2, c, 3 * c + s};
        const std::size_t at = static_cast<std::size_t>(3 * c + s), sample = static_cast<std::size_t>(n);
        for (std::size_t layer = 0; layer < 4; ++layer) {
          CHECK(grids[2 * layer]->panels.at(sample).shares.at(at) == wanted[layer]);
          CHECK(grids[2 * layer + 1]->panels.at(0).shares.at(12 * sample + at) == wanted[layer]);
        }
        for (std::size_t affine : {4u, 5u})
          CHECK(grids[4 + affine]->panels.at(sample).shares.at(at) == wanted[affine]);
      }
    }
  }
}

TEST_CASE("explain: every line of code that a lesson points at is there, and every one is pointed at") {
  std::set<std::string> used;
  for (const Lesson& lesson : all_lessons()) {
    const Document d = lesson.document();
    for (const Block& block : d.blocks) {
      if (const auto* c = std::get_if<CodeLine>(&block)) used.insert(std::string(c->file) + "|" + c->piece);
    }
  }
  for (const CodeLine& c : code::all) {
    const std::string file = c.file, piece = c.piece;
    std::ifstream in(NORMA_SOURCE_DIR "/" + file);
    REQUIRE_MESSAGE(in.good(), file);
    int number = 0, found = 0, last = 0;
    std::string text;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (!contains(line, piece)) continue;
      ++found;
      last = number;
      text = line.substr(line.find_first_not_of(' '));
      const bool more = c.text != text && std::getline(in, line);  // where the line below belongs to it
      if (more) text += " " + line.substr(line.find_first_not_of(' '));
      number += more;
    }
    CHECK_MESSAGE(found == 1, "apps/explain/engine/code_lines.txt: ", found, " lines of ", file, " have '",
                  piece, "'; give the piece that names the line now");
    if (found == 1) {
      CHECK_MESSAGE(c.line == last, file, ": '", piece, "' is in line ", last, ", shown is ", c.line);
      CHECK(c.text == text);
    }
    CHECK_MESSAGE(used.count(file + "|" + piece) == 1, file, ": '", piece, "' is in no lesson");
  }
}

TEST_CASE("explain: numbers in words") {
  const Numbers fixed{.decimals = 3}, significant{.decimals = 3, .significant = true};
  CHECK(shown(-1.4142, fixed) == "−1.414");
  CHECK(shown(-0.0001, fixed) == "0.000");
  CHECK(shown(std::nan(""), fixed) == "NaN");
  CHECK(shown(INFINITY, fixed) == "∞");
  CHECK(shown(1.4, significant) == "1.40");
  CHECK(shown(0.04419, significant) == "0.0442");
  CHECK(shown(65536, significant) == "65536");
  CHECK(shown(1.0995e12, significant) == "1.10e+12");
  CHECK(shown(-2.2e-16, significant) == "−2.20e−16");
  CHECK(shown(0, significant) == "0");
  CHECK((letter_of(0) == "A" && letter_of(25) == "Z" && letter_of(26) == "a"));
}

}  // namespace
}  // namespace norma
