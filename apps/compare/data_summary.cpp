#include "apps/compare/data_summary.h"

#include <algorithm>

#include "apps/report/numbers.h"
#include "apps/report/text.h"
#include "data/resize_image.h"
#include "data/write_png.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

std::vector<Index> class_counts(const Dataset& data) {
  std::vector<Index> counts(data.classes);
  for (std::uint8_t label : data.labels) ++counts[label];
  return counts;
}

/// "red", "green", "blue"; "grey" of one, numbers of others.
std::string channel_name(Index channel, Index channels) {
  if (channels == 1) return "grey";
  if (channels == 3) return channel == 0 ? "red" : channel == 1 ? "green" : "blue";
  return std::to_string(channel);
}

/// The first samples of a class beside each other, with a gap between, no side past `most`.
Image strip_of(const Dataset& data, int label, Index most) {
  constexpr Index samples = 10, gap = 2;
  const Index channels = data.sample[0], longest = std::max(data.sample[1], data.sample[2]),
              height = std::max<Index>(1, data.sample[1] * std::min(most, longest) / longest),
              width = std::max<Index>(1, data.sample[2] * std::min(most, longest) / longest);
  Image strip{.height = height, .width = 0, .pixels = {}, .channels = channels};
  std::vector<Image> cells;
  for (Index i = 0; i < data.size() && static_cast<Index>(cells.size()) < samples; ++i) {
    if (data.labels[i] != label) continue;
    const auto begin = data.pixels.begin() + i * data.sample.size();
    cells.push_back(resized({.height = data.sample[1],
                             .width = data.sample[2],
                             .pixels = {begin, begin + data.sample.size()},
                             .channels = channels},
                            height, width));
  }
  strip.width = static_cast<Index>(cells.size()) * (width + gap) - gap;
  for (Index c = 0; c < channels; ++c)
    for (Index row = 0; row < height; ++row)
      for (std::size_t k = 0; k < cells.size(); ++k) {
        if (k > 0) strip.pixels.insert(strip.pixels.end(), gap, 128);
        const auto begin = cells[k].pixels.begin() + (c * height + row) * width;
        strip.pixels.insert(strip.pixels.end(), begin, begin + width);
      }
  return strip;
}

}  // namespace

std::string size_words(const Dataset& data) {
  const Index channels = data.sample[0];
  return std::to_string(data.sample[2]) + "×" + std::to_string(data.sample[1]) +
         (channels == 1   ? " in grey"
          : channels == 3 ? " in colour"
                          : " of " + std::to_string(channels) + " channels");
}

std::string summary_words(const DataPair& data) {
  const std::vector<Index> counts = class_counts(data.test);
  const double chance = double(*std::max_element(counts.begin(), counts.end())) / double(data.test.size());
  std::string means, deviations;
  for (const ChannelStatistics& c : channel_statistics(data.train)) {
    means += ' ' + number(c.mean);
    deviations += ' ' + number(c.deviation);
  }
  return size_words(data.train) + ", " + std::to_string(data.train.classes) + " classes; chance level " +
         percent(chance) + "; mean" + means + ", deviation" + deviations;
}

Table class_table(const DataPair& data) {
  const std::vector<Index> train = class_counts(data.train), test = class_counts(data.test);
  Table table({"class", "training", "test", "share of test"});
  table.align(0, Align::left);
  for (int c = 0; c < data.train.classes; ++c)
    table.row({data.train.class_name(c), count(double(train[c])), count(double(test[c])),
               percent(double(test[c]) / double(data.test.size()))});
  return table;
}

Table channel_table(const DataPair& data) {
  Table table({"channel", "mean", "deviation"});
  table.align(0, Align::left);
  Index c = 0;
  for (const ChannelStatistics& s : channel_statistics(data.train))
    table.row({channel_name(c++, data.train.sample[0]), number(s.mean), number(s.deviation)});
  return table;
}

void add_samples(Page& page, const Dataset& train) {
  page.css(
      ".samples{display:grid;grid-template-columns:fit-content(14rem) minmax(0,1fr);gap:.5rem 1rem;align-items:center;"
      "margin:0 0 2rem;font-size:.875rem}\n"
      ".samples img{display:block;max-width:100%;height:auto;image-rendering:pixelated}\n"
      "@media (max-width:40rem){.samples{grid-template-columns:minmax(0,1fr);gap:.15rem}"
      ".samples img{margin-bottom:.6rem}}\n");
  page.section("Ten samples of each class");
  page.text("The first ones of the training set, as the network gets them.");
  const Index most = train.classes <= 20 ? 96 : 32;
  std::string rows;
  for (int c = 0; c < train.classes; ++c) {
    const Image strip = strip_of(train, c, most);
    const std::string name = escape_html(train.class_name(c));
    if (strip.pixels.empty()) {
      rows += "<div>" + name + "</div><div class=\"soft\">none</div>\n";
      continue;
    }
    const Index scale = std::max<Index>(1, 64 / strip.height);  // small pictures are shown larger
    rows += "<div>" + name + "</div><img alt=\"samples of " + name + "\" width=\"" +
            std::to_string(strip.width * scale) + "\" height=\"" + std::to_string(strip.height * scale) +
            "\" src=\"" + data_uri("image/png", encode_png(strip)) + "\">\n";
  }
  page.element("<div class=\"samples\">\n" + rows + "</div>\n");
}

}}  // namespace norma
