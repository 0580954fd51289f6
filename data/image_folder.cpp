#include "data/image_folder.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <system_error>

#include "core/random.h"
#include "core/text.h"
#include "data/formats/files.h"
#include "data/read_image.h"
#include "data/resize_image.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

/// The pictures of each class.
using Files = std::vector<std::vector<fs::path>>;

std::vector<std::string> class_names(const fs::path& half) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::path& entry : list_folder(half)) {
    check(fs::is_directory(entry, ignored), entry.string(),
          ": expected a folder of pictures per class, got a file");
    names.push_back(entry.filename().string());
  }
  check(names.size() >= 2 && names.size() <= 256, half.string(),
        ": expected 2 to 256 folders, one per class, got ", names.size());
  return names;
}

Files list_files(const fs::path& half, const std::vector<std::string>& names) {
  Files files;
  for (const std::string& name : names) {
    files.push_back(list_folder(half / name));
    check(!files.back().empty(), (half / name).string(),
          ": expected pictures of the class, got an empty folder");
  }
  return files;
}

/// Which files are for training, and which for testing.
struct Halves {
  std::vector<std::string> names;  // of the classes
  Files train, test;
};

Halves two_halves(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& [half, other] : {std::pair("train", "test"), {"test", "train"}})
    check(fs::is_directory(folder / half, ignored), (folder / half).string(),
          ": is not there; it should hold a folder of pictures for each class; without it, --data ",
          (folder / other).string(), " --split 0.2");
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
  return {names, list_files(folder / "train", names), list_files(folder / "test", names)};
}

/// Some of each class, drawn by the seed, for testing; the order of the names stays.
Halves split_halves(const fs::path& folder, const PictureOptions& options) {
  constexpr std::uint64_t stream = std::uint64_t{0x73706c6974} << 16;  // "split": one per class
  check(!has_class_folders(folder), "--split: ", folder.string(),
        " holds train/ or test/ already; --split is for a folder of classes");
  Halves halves{class_names(folder), {}, {}};
  const Files files = list_files(folder, halves.names);
  for (std::size_t c = 0; c < files.size(); ++c) {
    const std::size_t n = files[c].size();
    const bool all = options.split == 1;
    check(n >= 2 || all, "--split: ", (folder / halves.names[c]).string(),
          ": expected at least 2 pictures, one for training and one for testing, got ", n);
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng(options.split_seed, stream + c).shuffle(order.data(), static_cast<Index>(n));
    const auto share = static_cast<std::size_t>(std::lround(options.split * double(n)));
    std::vector<bool> tested(n);
    for (std::size_t i = 0; i < (all ? n : std::clamp<std::size_t>(share, 1, n - 1)); ++i)
      tested[order[i]] = true;
    halves.train.emplace_back(), halves.test.emplace_back();
    for (std::size_t i = 0; i < n; ++i) (tested[i] ? halves.test : halves.train)[c].push_back(files[c][i]);
  }
  return halves;
}

/// Reads pictures into a pair. What they have in common, the first ones decide.
class Reader {
 public:
  Reader(const PictureOptions& options, DataPair& pair)
      : options_(options),
        colour_(options.colour),
        pair_(pair),
        height_(options.height),
        width_(options.width) {}

  /// One of each class in turn, while they last.
  void read(const Files& files, Dataset& half) {
    std::size_t most = 0;
    for (const auto& of_class : files) most = std::max(most, of_class.size());
    for (std::size_t i = 0; i < most; ++i)
      for (std::size_t label = 0; label < files.size(); ++label) {
        if (i >= files[label].size()) continue;
        add(read_picture(files[label][i]), half);
        half.labels.push_back(static_cast<std::uint8_t>(label));
        check(static_cast<Index>(half.pixels.size()) <= most_bytes,
              files[label][i].parent_path().parent_path().string(), ": holds more than ", most_bytes,
              " bytes of pixels");
      }
  }

  Shape sample() const { return {channels_, height_, width_}; }

  std::string note() const {
    const Index all = pair_.train.size() + pair_.test.size();
    std::string words;
    if (resized_ > 0)
      words = concat(resized_, " of ", all, " pictures, ", least_width_, " to ", most_width_, " wide and ",
                     least_height_, " to ", most_height_, " high, were resized to ", width_, "×", height_);
    if (dropped_ > 0)
      words += concat(words.empty() ? "" : "; ", "colour was dropped from ", dropped_, " of ", all,
                      " pictures (--colour grey)");
    return words;
  }

 private:
  static constexpr Index most_side = 4096, most_bytes = Index{1} << 32;

  Image read_picture(const fs::path& file) {
    std::error_code ignored;
    check(!fs::is_other(file, ignored), file.string(), ": expected a picture, got a device or a pipe");
    Image image = read_image(file, colour_);
    least_width_ = std::min(least_width_, image.width), most_width_ = std::max(most_width_, image.width);
    least_height_ = std::min(least_height_, image.height),
    most_height_ = std::max(most_height_, image.height);
    if (options_.height) {
      resized_ += image.height != height_ || image.width != width_;
      return resized(std::move(image), height_, width_);
    }
    if (first_.empty()) {
      check(image.height <= most_side && image.width <= most_side, file.string(),
            ": expected sides of at most ", most_side, ", got ", image.width, "×", image.height);
      height_ = image.height, width_ = image.width;
      first_ = file;
    }
    check(image.height == height_ && image.width == width_, file.string(), ": expected ", width_, "×",
          height_, " as in ", first_.string(), ", got ", image.width, "×", image.height,
          "; --resize makes all one size");
    return image;
  }

  void add(const Image& image, Dataset& half) {
    if (colour_ == Colour::rgb) channels_ = 3;
    if (image.channels > channels_) {  // the first with colours: from here on all have them
      for (Dataset* so_far : {&pair_.train, &pair_.test}) widen(*so_far);
      channels_ = 3;
      colour_ = Colour::rgb;
    }
    half.pixels.insert(half.pixels.end(), image.pixels.begin(), image.pixels.end());
    dropped_ += colour_ == Colour::grey && image.coloured;
  }

  /// Grey pictures as equal red, green and blue.
  void widen(Dataset& half) const {
    std::vector<std::uint8_t> wide;
    wide.reserve(3 * half.pixels.size());
    const auto n = static_cast<std::ptrdiff_t>(height_ * width_);
    for (auto at = half.pixels.begin(); at != half.pixels.end(); at += n)
      for (int c = 0; c < 3; ++c) wide.insert(wide.end(), at, at + n);
    half.pixels = std::move(wide);
  }

  const PictureOptions& options_;
  Colour colour_;  // automatic until a picture has colours
  DataPair& pair_;
  Index channels_ = 1, height_ = 0, width_ = 0, dropped_ = 0, resized_ = 0;
  Index least_width_ = 1 << 30, most_width_ = 0, least_height_ = 1 << 30, most_height_ = 0;
  fs::path first_;  // that decided the size
};

}  // namespace

bool has_class_folders(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "train", ignored) || fs::is_directory(folder / "test", ignored);
}

DataPair read_image_folders(const fs::path& folder, const PictureOptions& options) {
  const Halves halves = options.split > 0 ? split_halves(folder, options) : two_halves(folder);
  DataPair pair;
  Reader reader(options, pair);
  reader.read(halves.train, pair.train);
  reader.read(halves.test, pair.test);
  std::error_code ignored;
  for (Dataset* half : {&pair.train, &pair.test}) {
    half->name = escaped_name(fs::weakly_canonical(folder, ignored).filename().string());
    half->source = folder.string();
    half->sample = reader.sample();
    half->classes = static_cast<int>(halves.names.size());
    for (const std::string& name : halves.names) half->class_names.push_back(escaped_name(name));
  }
  pair.note = reader.note();
  return pair;
}

}}  // namespace norma
