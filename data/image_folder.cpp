#include "data/image_folder.h"

#include <algorithm>
#include <system_error>

#include "core/text.h"
#include "data/formats/files.h"
#include "data/read_image.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> class_names(const fs::path& half) {
  std::vector<std::string> names;
  std::error_code ignored;
  check(fs::is_directory(half, ignored), half.string(),
        ": is not there; it should hold a folder of pictures for each class");
  for (const fs::path& entry : list_folder(half)) {
    check(fs::is_directory(entry, ignored), entry.string(),
          ": expected a folder of pictures per class, got a file");
    names.push_back(entry.filename().string());
  }
  check(names.size() >= 2 && names.size() <= 256, half.string(),
        ": expected 2 to 256 folders, one per class, got ", names.size());
  return names;
}

/// The pictures of train/ or test/. The first one's size is everyone's; `first` is its file, "" before it is
/// known.
Dataset read_half(const fs::path& half, const std::vector<std::string>& names, Shape& sample,
                  fs::path& first) {
  constexpr Index most_side = 4096, most_bytes = Index{1} << 32;
  Dataset data;
  data.classes = static_cast<int>(names.size());
  for (const std::string& name : names) data.class_names.push_back(escaped_name(name));
  std::vector<std::vector<fs::path>> files;
  std::size_t most = 0;
  for (const std::string& name : names) {
    files.push_back(list_folder(half / name));
    check(!files.back().empty(), (half / name).string(),
          ": expected pictures of the class, got an empty folder");
    most = std::max(most, files.back().size());
  }
  for (std::size_t i = 0; i < most; ++i)
    for (std::size_t label = 0; label < names.size(); ++label) {
      if (i >= files[label].size()) continue;
      const fs::path& file = files[label][i];
      std::error_code ignored;
      check(!fs::is_other(file, ignored), file.string(), ": expected a picture, got a device or a pipe");
      const Image image = read_image(file);
      if (first.empty()) {
        check(image.height <= most_side && image.width <= most_side, file.string(),
              ": expected sides of at most ", most_side, ", got ", image.width, "×", image.height);
        sample = Shape{1, image.height, image.width};
        first = file;
      }
      check(image.height == sample[1] && image.width == sample[2], file.string(), ": expected ", sample[2],
            "×", sample[1], " as in ", first.string(), ", got ", image.width, "×", image.height);
      data.pixels.insert(data.pixels.end(), image.pixels.begin(), image.pixels.end());
      data.labels.push_back(static_cast<std::uint8_t>(label));
      check(static_cast<Index>(data.pixels.size()) <= most_bytes, half.string(), ": holds more than ",
            most_bytes, " bytes of pixels");
    }
  data.sample = sample;
  return data;
}

}  // namespace

bool has_class_folders(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "train", ignored) || fs::is_directory(folder / "test", ignored);
}

DataPair read_image_folders(const fs::path& folder) {
  const std::vector<std::string> names = class_names(folder / "train"),
                                 test_names = class_names(folder / "test");
  std::vector<std::string> other;
  std::set_symmetric_difference(names.begin(), names.end(), test_names.begin(), test_names.end(),
                                std::back_inserter(other));
  if (!other.empty()) {
    const bool in_train = std::binary_search(names.begin(), names.end(), other[0]);
    fail((folder / (in_train ? "test" : "train")).string(), ": has no folder ", other[0], ", which ",
         (folder / (in_train ? "train" : "test")).string(), " has");
  }
  Shape sample;
  fs::path first;
  DataPair pair;
  pair.train = read_half(folder / "train", names, sample, first);
  pair.test = read_half(folder / "test", names, sample, first);
  std::error_code ignored;
  pair.train.name = pair.test.name = escaped_name(fs::weakly_canonical(folder, ignored).filename().string());
  pair.train.source = pair.test.source = folder.string();
  return pair;
}

}}  // namespace norma
