// In place of data/load.cpp and the formats: the data sets that need no file, and an Error for what does.
#include "core/suggest.h"
#include "data/digits.h"
#include "data/formats/safetensors.h"
#include "data/load.h"
#include "data/shapes.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

template <Dataset (*draw_set)(Index n, std::uint64_t seed)>
std::optional<DataPair> draw(const std::filesystem::path&, const Drawn& drawn, bool) {
  DataPair pair{.train = draw_set(drawn.train, drawn.seed), .test = draw_set(drawn.test, ~drawn.seed)};
  pair.test.source = pair.train.source;
  return pair;
}

}  // namespace

const std::vector<DataRow>& data_sets() {
  static const std::vector<DataRow> table = {
      {"digits", "digits", " (drawn)", /*digits=*/true, draw<draw_digits>},
      {"shapes", "shapes", " (drawn, in colour)", false, draw<draw_shapes>}};
  return table;
}

const DataRow* find_data_set(const std::string& name) {
  for (const DataRow& row : data_sets())
    if (row.name == name) return &row;
  return nullptr;
}

DataPair load_data(const std::string& name, const std::filesystem::path& data_dir, const Drawn& drawn,
                   const PictureOptions&) {
  const DataRow& row = find_named(data_sets(), name, "data");
  DataPair pair = *row.load(data_dir, drawn, /*needed=*/true);
  pair.train.name = pair.test.name = row.printed;
  return pair;
}

StateDict read_safetensors(const std::filesystem::path& path, Metadata*) {
  fail(path.string(), ": there are no files in a browser");
}

}}  // namespace norma
