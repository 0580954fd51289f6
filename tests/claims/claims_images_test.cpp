// Claims about convolutional networks and batches.
#include "apps/claims/engine/batch_sizes.h"
#include "apps/claims/engine/pairs.h"
#include "tests/support/claims.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

// An arm ends with this accuracy, at whatever rates it was run.
void plant_size(Results& r, const std::string& norm, Index size, std::uint64_t seed, double accuracy) {
  for (double lr : rates_at(size)) {
    const std::string arm = batch_size_arm(norm, size, lr);
    if (r.has(arm)) plant_accuracy(r, arm, seed, accuracy);
  }
}

void plant_row(Results& r, const std::string& arm, std::uint64_t seed, const std::string& row, double value) {
  Outcome o = r.at(arm, seed);
  o[row] = {value};
  r.put(arm, seed, o);
}

TEST_CASE("claim: small-batch") {
  check_claim("small-batch", [](Results& r, std::uint64_t seed, int sign) {
    const double noise = 1e-4 * static_cast<double>(seed);
    for (Index size : batch_sizes) {
      plant_size(r, "batch", size, seed, size <= 4 && sign > 0 ? 0.95 - noise : 0.97);
      plant_size(r, "group:4", size, seed, size <= 4 && sign < 0 ? 0.95 - noise : 0.97);
    }
  });
}

TEST_CASE("claim: train-eval") {
  check_claim("train-eval", [](Results& r, std::uint64_t seed, int sign) {
    for (Index size : batch_sizes) {
      const double moving = size <= 4 ? 0.93 : 0.97, noise = 1e-4 * static_cast<double>(seed);
      for (double lr : rates_at(size)) {
        const std::string arm = batch_size_arm("batch", size, lr);
        if (!r.has(arm)) continue;
        plant_accuracy(r, arm, seed, moving);
        plant_row(r, arm, seed, statistics_row("test", "moving"), moving);
        plant_row(r, arm, seed, statistics_row("test", "one"), moving - (sign > 0 ? 0 : 0.01));
        plant_row(r, arm, seed, statistics_row("test", "batch"), moving - noise);
        plant_row(r, arm, seed, statistics_row("test", "precise"),
                  moving + (sign > 0 ? 0.035 + noise : 0.005));
      }
    }
  });
}

TEST_CASE("claim: normalizers") {
  check_claim("normalizers", [](Results& r, std::uint64_t seed, int sign) {
    for (const std::string norm : {"batch-renorm", "layer", "group:4", "instance", "l1", "linf", "weight",
                                   "weight+mean-only", "spectral", "lrn", "none"})
      plant_size(r, norm, usual_batch, seed, norm == "spectral" ? 0.96 : 0.95);
    plant_size(r, "batch", usual_batch, seed, sign > 0 ? 0.97 : 0.94);
  });
}

TEST_CASE("claim: non-iid") {
  check_claim("non-iid", [](Results& r, std::uint64_t seed, int sign) {
    const double noise = 1e-4 * static_cast<double>(seed);
    for (const std::string lr : {"0.06"}) {  // the one rate of a quick look
      for (const std::string norm : {"batch", "batch-renorm", "group:4"})
        plant_accuracy(r, "norm=" + norm + ", shuffled, lr=" + lr, seed, 0.97);
      plant_accuracy(r, "norm=batch, pairs, lr=" + lr, seed, sign > 0 ? 0.93 - noise : 0.965);
      plant_accuracy(r, "norm=batch-renorm, pairs, lr=" + lr, seed, sign > 0 ? 0.96 : 0.966);
    }
  });
}

TEST_CASE("batch sizes: every arm sees the same images, whatever its batch") {
  const Plan plan = {.work = 0.1};
  CHECK((batch_size_cells(plan, "layer", 8).size() == 1 && batch_size_cells(Plan(), "layer", 8).size() == 3));
  for (Index size : batch_sizes) {
    for (const Cell& cell : batch_size_cells(plan, "layer", size)) {
      CHECK(cell.cache_key == "batch-sizes");
      CHECK(cell.settings.find("\"train_size\": 1472") != std::string::npos);
      CHECK(cell.settings.find("\"steps\": " + std::to_string(1472 / size) + ",") != std::string::npos);
    }
  }
}

TEST_CASE("batch sizes: each arm speaks by its best rate over all seeds, of those that were run") {
  Results r({1, 2});
  CHECK(error_of([&] { best_rate(r, "layer", 8); }) ==
        "results: none of 3 arms such as 'norm=layer, size=8, lr=0.05'");
  auto put = [&](double lr, std::uint64_t seed, double accuracy) {
    r.put(batch_size_arm("layer", 8, lr), seed, {{"test_accuracy", {0.5, accuracy}}, {"chance", {0.1}}});
  };
  put(0.05, 1, 0.9);
  put(0.05, 2, 0.9);
  CHECK(best_error({r, 1}, "layer", 8) == doctest::Approx(0.1));
  put(0.5, 1, 0.85);
  put(0.5, 2, 0.97);
  CHECK(best_rate(r, "layer", 8) == "norm=layer, size=8, lr=0.5");
  CHECK(best_error({r, 1}, "layer", 8) == doctest::Approx(0.15));  // the rate is chosen for all seeds alike
  CHECK(rates_at(8).size() == 3);
}

TEST_CASE("batch sizes: statistics are compared at the end, and leave no trace") {
  const Plan plan = {.work = 0.05};
  const Cell with = batch_size_cells(plan, "batch", 8).at(0);
  const DataPair& data = toy_data();
  const Outcome o = with.work({data, data}, 1);
  for (const char* kind : {"batch", "moving", "precise"}) {
    for (const char* set : {"train", "test"}) {
      const double a = last(o, statistics_row(set, kind));
      CHECK(a > 0.2);
      CHECK(a <= 1);
    }
  }
  CHECK(last(o, statistics_row("test", "one")) == doctest::Approx(last(o, statistics_row("test", "moving"))));
  CHECK(last(o, statistics_row("test", "batch")) != last(o, statistics_row("test", "moving")));
}

// A data set whose image i has the label labels[i] and the pixel i.
Dataset numbered(const std::vector<std::uint8_t>& labels, int classes) {
  Dataset d = {"numbers", "", Shape{1, 1, 1}, classes, {}, labels};
  for (std::size_t i = 0; i < labels.size(); ++i) d.pixels.push_back(static_cast<std::uint8_t>(i));
  return d;
}

TEST_CASE("pairs: each batch holds two different images of each of its classes") {
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 60; ++i) labels.push_back(static_cast<std::uint8_t>(i % 3 == 0 ? 1 : i % 5));  // 0 … 4
  labels.push_back(5);  // one image makes no pair; and class 6 has none
  const Dataset data = numbered(labels, 7);
  const Dataset d = in_pairs(data, 200, 6, 1);
  REQUIRE(d.size() == 1200);
  CHECK(d.pixels.size() == 1200);
  std::vector<int> of_class(7), of_image(labels.size());
  for (Index b = 0; b < 200; ++b) {
    std::map<int, std::vector<int>> batch;
    for (Index i = 6 * b; i < 6 * b + 6; ++i) {
      const int image = d.pixels[static_cast<std::size_t>(i)];
      CHECK(d.labels[static_cast<std::size_t>(i)] == labels[static_cast<std::size_t>(image)]);
      batch[d.labels[static_cast<std::size_t>(i)]].push_back(image);
      ++of_class[d.labels[static_cast<std::size_t>(i)]];
      ++of_image[static_cast<std::size_t>(image)];
    }
    CHECK(batch.size() == 3);
    for (const auto& [label, images] : batch) CHECK((images.size() == 2 && images[0] != images[1]));
  }
  // 600 pairs of five classes: 120 each, however many images a class has; and all images of a class as often.
  for (int c = 0; c < 5; ++c) CHECK((of_class[c] > 180 && of_class[c] < 300));
  CHECK((of_class[5] == 0 && of_class[6] == 0));
  for (std::size_t i = 0; i < 60; ++i) CHECK(of_image[i] > 0);
  CHECK(in_pairs(data, 5, 6, 1).pixels == in_pairs(data, 5, 6, 1).pixels);
  CHECK(in_pairs(data, 5, 6, 1).pixels != in_pairs(data, 5, 6, 2).pixels);
}

TEST_CASE("pairs: no image comes again before all others of its class have come") {
  const Dataset d = in_pairs(numbered({0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, 2), 30, 4, 3);
  std::map<int, std::vector<int>> dealt;
  for (std::size_t i = 0; i < d.labels.size(); ++i) dealt[d.labels[i]].push_back(d.pixels[i]);
  for (auto& [label, images] : dealt) {
    REQUIRE(images.size() == 60);
    for (std::size_t i = 0; i < 60; i += 6) {
      std::sort(images.begin() + static_cast<Index>(i), images.begin() + static_cast<Index>(i) + 6);
      for (std::size_t k = 0; k < 6; ++k) CHECK(images[i + k] == label * 6 + static_cast<int>(k));
    }
  }
}

TEST_CASE("pairs: what they refuse, and the shuffled control") {
  const Dataset data = numbered({0, 0, 1, 1, 2}, 3);
  CHECK(error_of([&] { in_pairs(data, 1, 6, 1); }) ==
        "pairs: 3 classes of two images or more are wanted, numbers has 2");
  CHECK(error_of([&] { in_pairs(data, 1, 3, 1); }) == "pairs: batches of 3 given, an even number wanted");
  const Dataset paired = in_pairs(toy_data().train, 100, 4, 1), mixed = shuffled(paired, 1);
  auto pixels_of = [](const Dataset& d) {
    std::vector<std::pair<int, std::vector<std::uint8_t>>> images;
    const Index n = d.sample.size();
    for (Index i = 0; i < d.size(); ++i)
      images.push_back({d.labels[static_cast<std::size_t>(i)],
                        {d.pixels.begin() + i * n, d.pixels.begin() + (i + 1) * n}});
    std::sort(images.begin(), images.end());
    return images;
  };
  CHECK(mixed.labels != paired.labels);
  CHECK(pixels_of(mixed) == pixels_of(paired));  // the same images
}

}  // namespace
}}  // namespace norma
