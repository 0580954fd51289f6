#include "apps/claims/engine/pairs.h"

#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr std::uint64_t pairs_stream = 0x7061697273, shuffle_stream = 0x7368756666;  // "pairs", "shuff"

Dataset chosen(const Dataset& data, const std::vector<std::size_t>& images) {
  Dataset d = {data.name, data.source, data.sample, data.classes, {}, {}};
  const auto size = data.sample.size();
  d.pixels.reserve(images.size() * size);
  for (std::size_t i : images) {
    const auto first = data.pixels.begin() + static_cast<Index>(i) * size;
    d.pixels.insert(d.pixels.end(), first, first + size);
    d.labels.push_back(data.labels[i]);
  }
  return d;
}

// The images of one class, dealt out in a random order, and again in another one.
struct Deck {
  std::vector<std::size_t> images;
  std::size_t dealt = 0;

  std::size_t next(Rng& rng) {
    if (dealt == images.size()) dealt = 0;
    if (dealt == 0) rng.shuffle(images.data(), static_cast<Index>(images.size()));
    return images[dealt++];
  }
};

}  // namespace

Dataset in_pairs(const Dataset& data, Index batches, Index batch_size, std::uint64_t seed) {
  std::vector<Deck> decks(data.classes);
  for (std::size_t i = 0; i < data.labels.size(); ++i) decks[data.labels[i]].images.push_back(i);
  std::erase_if(decks, [](const Deck& deck) { return deck.images.size() < 2; });
  const Index pairs = batch_size / 2, classes = static_cast<Index>(decks.size());
  check(batch_size >= 2 && batch_size % 2 == 0, "pairs: expected an even batch size, got ", batch_size);
  check(pairs <= classes, "pairs: expected at least ", pairs, " classes of two images or more, got ", classes,
        " in ", data.name);
  Rng rng(seed, pairs_stream);
  std::vector<std::size_t> order, drawn(decks.size());
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  for (Index batch = 0; batch < batches; ++batch) {
    rng.shuffle(drawn.data(), classes);
    for (Index p = 0; p < pairs; ++p) {
      Deck& deck = decks[drawn[p]];
      if (deck.images.size() - deck.dealt == 1) deck.dealt = 0;  // not half a pair
      for (int image = 0; image < 2; ++image) order.push_back(deck.next(rng));
    }
  }
  return chosen(data, order);
}

bool sorted_by_class(const Dataset& data) {
  Index same = 0;  // neighbours of one class: in a random order about 1/classes of all
  for (std::size_t i = 1; i < data.labels.size(); ++i) same += data.labels[i] == data.labels[i - 1];
  return 2 * same > data.size();
}

Dataset shuffled(const Dataset& data, std::uint64_t seed) {
  std::vector<std::size_t> order(data.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng(seed, shuffle_stream).shuffle(order.data(), data.size());
  return chosen(data, order);
}

}}  // namespace norma
