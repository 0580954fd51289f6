// Batches of pairs of a class.
#include "apps/claims/engine/pairs.h"

#include <doctest/doctest.h>

#include "tests/support/claims.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace claims_engine_pairs_test {

// A data set whose image i has the label labels[i] and the pixel i.
Dataset numbered(const std::vector<std::uint8_t>& labels, int classes) {
  Dataset d = {"numbers", "", Shape{1, 1, 1}, classes, {}, labels};
  for (std::size_t i = 0; i < labels.size(); ++i) d.pixels.push_back(static_cast<std::uint8_t>(i));
  return d;
}

TEST_CASE("each batch holds two different images of each of its classes") {
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

TEST_CASE("no image comes again before all others of its class have come") {
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

TEST_CASE("what they refuse, and the shuffled control") {
  const Dataset data = numbered({0, 0, 1, 1, 2}, 3);
  CHECK(error_of([&] { in_pairs(data, 1, 6, 1); }) ==
        "pairs: expected at least 3 classes of two images or more, got 2 in numbers");
  CHECK(error_of([&] { in_pairs(data, 1, 3, 1); }) == "pairs: expected an even batch size, got 3");
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

}  // namespace claims_engine_pairs_test
}}  // namespace norma
