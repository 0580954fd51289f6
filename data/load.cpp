#include "data/load.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <system_error>

#include "core/suggest.h"
#include "core/text.h"
#include "data/cifar10.h"
#include "data/digits.h"
#include "data/formats/files.h"
#include "data/formats/idx.h"
#include "data/shapes.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

// The four files of a set

enum Role { train_images, train_labels, test_images, test_labels };
/// What they are called, and what those to test are called in other places.
constexpr std::array<const char*, 6> role_names = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                                   "t10k-images-idx3-ubyte",  "t10k-labels-idx1-ubyte",
                                                   "test-images-idx3-ubyte",  "test-labels-idx1-ubyte"};

/// Where the four files are; empty if one is missing.
using FourFiles = std::array<fs::path, 4>;

/// Files that may stand for the four, by their names.
struct Candidates {
  std::array<fs::path, 6> plain, gzip;
};

/// Sets of IDX files by the prefix of their names, mostly one with the prefix "".
using Sets = std::map<std::string, Candidates>;

/// Replaces `from` at the end of `text` by `to`, if it is there.
bool replace_end(std::string& text, const std::string& from, const std::string& to) {
  if (!text.ends_with(from)) return false;
  text.replace(text.size() - from.size(), from.size(), to);
  return true;
}

/// What the name of a file or folder says that it holds.
struct Named {
  std::string prefix;
  std::size_t name;  // in role_names
  bool gzip;
};

std::optional<Named> named(const fs::path& path) {
  Named found{.prefix = path.filename().string(), .name = 0, .gzip = false};
  found.gzip = replace_end(found.prefix, ".gz", "");
  replace_end(found.prefix, ".idx3-ubyte", "-idx3-ubyte");
  replace_end(found.prefix, ".idx1-ubyte", "-idx1-ubyte");
  for (; found.name < role_names.size(); ++found.name)
    if (replace_end(found.prefix, role_names[found.name], "")) return found;
  return {};
}

[[noreturn]] void refuse_both(const fs::path& a, const fs::path& b) {
  fail(b.string(), ": is there beside ", a.string(), ": expected the four files of one set");
}

void add(Sets& sets, const fs::path& file, const Named& as) {
  Candidates& set = sets[as.prefix];
  fs::path& place = (as.gzip ? set.gzip : set.plain)[as.name];
  if (!place.empty()) refuse_both(place, file);
  place = file;
}

/// The sets in a folder. If a file is missing, a folder of its name may hold it.
Sets find_sets(const fs::path& folder) {
  Sets sets;
  std::error_code ignored;
  std::vector<std::pair<fs::path, Named>> folders;
  for (const fs::path& entry : list_folder(folder))
    if (const auto as = named(entry)) {
      if (fs::is_directory(entry, ignored))
        folders.push_back({entry, *as});
      else
        add(sets, entry, *as);
    }
  const Sets files = sets;
  for (const auto& [place, role] : folders) {
    const auto set = files.find(role.prefix);
    if (set != files.end() && !(set->second.plain[role.name].empty() && set->second.gzip[role.name].empty()))
      continue;
    for (const fs::path& file : list_folder(place))
      if (const auto as = named(file); as && as->prefix == role.prefix && as->name == role.name)
        add(sets, file, *as);
  }
  return sets;
}

/// The four files of a set: the plain ones if all are there, else the gzipped ones if all are there, else
/// what there is of both. Error if a file may then stand for the same as another one.
FourFiles choose(const Candidates& set) {
  std::array<FourFiles, 2> kinds;         // plain, gzip
  const fs::path* first_of_test[2] = {};  // called t10k, test
  for (std::size_t kind = 0; kind < 2; ++kind)
    for (std::size_t name = 0; name < role_names.size(); ++name) {
      const fs::path& file = (kind == 0 ? set.plain : set.gzip)[name];
      if (file.empty()) continue;
      if (const fs::path*& first = first_of_test[name > test_labels]; name >= test_images && !first)
        first = &file;
      kinds[kind][name > test_labels ? name - 2 : name] = file;
    }
  if (first_of_test[0] && first_of_test[1]) refuse_both(*first_of_test[0], *first_of_test[1]);
  for (const FourFiles& files : kinds)
    if (std::none_of(files.begin(), files.end(), [](const fs::path& file) { return file.empty(); }))
      return files;
  for (std::size_t role = 0; role < kinds[0].size(); ++role) {
    if (!kinds[0][role].empty() && !kinds[1][role].empty()) refuse_both(kinds[0][role], kinds[1][role]);
    if (kinds[0][role].empty()) kinds[0][role] = kinds[1][role];
  }
  return kinds[0];
}

std::string wanted_files() {
  std::string text;
  for (std::size_t role = 0; role < 4; ++role)
    text += (text.empty() ? "" : ", ") + std::string(role_names[role]);
  return text + " (or .gz)";
}

// Reading them

/// Images and their labels, put together and checked against each other; classes is not set.
Dataset read_half(const fs::path& images_file, const fs::path& labels_file) {
  IdxFile images = read_idx(images_file, 3), labels = read_idx(labels_file, 1);
  check(images.shape[0] == labels.shape[0], images_file.string(), ": holds ", images.shape[0],
        " images, but ", labels_file.string(), " holds ", labels.shape[0], " labels");
  Dataset half;
  half.sample = Shape{1, images.shape[1], images.shape[2]};
  half.pixels = std::move(images.values);
  half.labels = std::move(labels.values);
  return half;
}

void check_labels(const Dataset& half, const fs::path& file) {
  for (std::size_t i = 0; i < half.labels.size(); ++i)
    check(half.labels[i] < half.classes, file.string(), ": label ", i, ": expected at most ",
          half.classes - 1, ", got ", int{half.labels[i]});
}

/// Reads the four files in `folder`; classes = 0 means one more than the greatest training label.
DataPair read_set(const FourFiles& files, const fs::path& folder, const std::string& prefix, int classes) {
  for (std::size_t role = 0; role < files.size(); ++role)
    check(!files[role].empty(), folder.string(), ": has no ", prefix, role_names[role], " (or .gz)");
  DataPair pair{.train = read_half(files[train_images], files[train_labels]),
                .test = read_half(files[test_images], files[test_labels])};
  check(pair.train.sample == pair.test.sample, files[test_images].string(), ": its images are ",
        pair.test.sample, ", but those of ", files[train_images].string(), " are ", pair.train.sample);
  if (classes == 0) classes = 1 + *std::max_element(pair.train.labels.begin(), pair.train.labels.end());
  check(classes >= 2, files[train_labels].string(), ": expected labels of at least two classes, got only 0");
  pair.train.classes = pair.test.classes = classes;
  pair.train.source = pair.test.source = folder.string();
  check_labels(pair.train, files[train_labels]);
  check_labels(pair.test, files[test_labels]);
  return pair;
}

// Finding them

/// The value of an environment variable; empty if it is not set.
fs::path environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

/// Where to look for data sets, best first.
std::vector<fs::path> places(const fs::path& data_dir) {
  if (!data_dir.empty()) return {data_dir};
  std::vector<fs::path> all;
  if (fs::path p = environment("NORMA_DATA_DIR"); !p.empty()) all.push_back(p);
  if (fs::path p = environment("XDG_CACHE_HOME"); p.is_absolute()) all.push_back(p / "norma");
  if (fs::path p = environment("HOME"); !p.empty()) all.push_back(p / ".cache" / "norma");
  return all;
}

/// A set that is read from files, if it is found.
struct Found {
  const char *folder, *printed;  // "fashion-mnist", "Fashion-MNIST"
  std::string files;             // that it consists of
};

[[noreturn]] void fail_without(const Found& set, const std::vector<fs::path>& where,
                               const fs::path& data_dir) {
  const bool mnist = set.folder == std::string("mnist");
  const std::string script = mnist ? "`cmake -P data/fetch_mnist.cmake`"
                                   : concat("`cmake -DSET=", set.folder, " -P data/fetch.cmake`");
  if (!data_dir.empty())
    fail((data_dir / set.folder).string(), ": ", set.printed, " is not there",
         mnist ? ", nor in " + data_dir.string() : "", "; expected ", set.files, ": fetch them with ",
         script);
  std::string looked;
  for (const fs::path& place : where) looked += (looked.empty() ? "" : ", ") + (place / set.folder).string();
  fail(set.printed, " was not found in ",
       looked.empty() ? "any place, none being named by HOME or NORMA_DATA_DIR" : looked, ": fetch it with ",
       script, " or name its folder with --data-dir");
}

/// Four IDX files from the first place that has any of them.
std::optional<DataPair> load_idx(const Found& set, const fs::path& data_dir, bool needed,
                                 const std::vector<std::string>& class_names = {}) {
  const std::vector<fs::path> where = places(data_dir);
  for (const fs::path& place : where)
    for (const fs::path& folder : {place / set.folder, place}) {
      std::error_code ignored;
      if (!fs::is_directory(folder, ignored)) continue;
      if (folder == place && set.folder != std::string("mnist")) continue;  // its files have the same names
      auto sets = find_sets(folder);
      auto found = sets.find("");
      if (found == sets.end()) continue;
      DataPair pair = read_set(choose(found->second), folder, "", 10);
      pair.train.class_names = pair.test.class_names = class_names;
      return pair;
    }
  if (needed) fail_without(set, where, data_dir);
  return {};
}

std::optional<DataPair> load_mnist(const fs::path& data_dir, const Drawn&, bool needed) {
  return load_idx({"mnist", "MNIST", wanted_files()}, data_dir, needed);
}

std::optional<DataPair> load_fashion_mnist(const fs::path& data_dir, const Drawn&, bool needed) {
  return load_idx({"fashion-mnist", "Fashion-MNIST", wanted_files()}, data_dir, needed,
                  {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                   "Ankle boot"});
}

std::optional<DataPair> load_kmnist(const fs::path& data_dir, const Drawn&, bool needed) {
  return load_idx({"kmnist", "KMNIST", wanted_files()}, data_dir, needed,
                  {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"});
}

std::optional<DataPair> load_cifar10(const fs::path& data_dir, const Drawn&, bool needed) {
  const std::vector<fs::path> where = places(data_dir);
  for (const fs::path& place : where)
    for (const fs::path& folder : {place / "cifar10", place / "cifar-10-batches-bin", place})
      if (has_cifar10(folder)) return read_cifar10(folder);
  if (needed)
    fail_without({"cifar10", "CIFAR-10", "data_batch_1.bin to data_batch_5.bin and test_batch.bin"}, where,
                 data_dir);
  return {};
}

[[noreturn]] void fail_without_layout(const fs::path& folder) {
  std::error_code ignored;
  Index folders = 0;
  for (const fs::path& entry : list_folder(folder)) folders += fs::is_directory(entry, ignored);
  if (folders >= 2)
    fail(
        folder.string(), ": expected train/ and test/, got ", folders,
        " other folders; if each holds the pictures of a class, --split 0.2 takes a fifth of them for testing");
  fail(folder.string(),
       ": expected pictures as train/CLASS/FILE and test/CLASS/FILE, or as CLASS/FILE with --split 0.2; or "
       "four IDX files, ",
       wanted_files());
}

DataPair load_folder(const fs::path& folder, const PictureOptions& pictures) {
  std::error_code ignored;
  check(fs::is_directory(folder, ignored), "data ", folder.string(), ": is not a folder; expected ",
        one_of(names_of(data_sets()), ", "), " or a folder of IDX files or pictures");
  auto sets = find_sets(folder);
  if (sets.empty() && has_cifar10(folder)) return read_cifar10(folder);
  if (sets.empty() && (pictures.split > 0 || has_class_folders(folder)))
    return read_image_folders(folder, pictures);
  if (sets.empty()) fail_without_layout(folder);
  check(pictures.height == 0 && pictures.split == 0 && pictures.colour != Colour::rgb,
        pictures.height      ? "--resize: "
        : pictures.split > 0 ? "--split: "
                             : "--colour rgb: ",
        folder.string(), " holds IDX files; it is for folders of pictures");
  if (sets.size() > 1) {
    std::string names;
    for (const auto& set : sets)
      for (const auto& files : {set.second.plain, set.second.gzip})
        for (const fs::path& file : files)
          if (!file.empty()) names += (names.empty() ? "" : ", ") + file.filename().string();
    fail(folder.string(), ": expected one data set, got ", sets.size(), ": ", names);
  }
  const auto& [prefix, files] = *sets.begin();
  DataPair pair = read_set(choose(files), folder, prefix, 0);
  std::string name = escaped_name(prefix);
  while (!name.empty() && (name.back() == '-' || name.back() == '_')) name.pop_back();
  if (name.empty()) name = escaped_name(fs::weakly_canonical(folder, ignored).filename().string());
  pair.train.name = pair.test.name = name;
  return pair;
}

template <Dataset (*draw_set)(Index n, std::uint64_t seed)>
std::optional<DataPair> draw(const fs::path&, const Drawn& drawn, bool) {
  DataPair pair{.train = draw_set(drawn.train, drawn.seed), .test = draw_set(drawn.test, ~drawn.seed)};
  pair.test.source = pair.train.source;  // by the seed that makes both
  return pair;
}

}  // namespace

const std::vector<DataRow>& data_sets() {
  static const std::vector<DataRow> table = {
      {"mnist", "MNIST", "", /*digits=*/true, load_mnist},
      {"digits", "digits", " (drawn)", /*digits=*/true, draw<draw_digits>},
      {"fashion-mnist", "Fashion-MNIST", "", false, load_fashion_mnist},
      {"kmnist", "KMNIST", "", false, load_kmnist},
      {"cifar10", "CIFAR-10", "", false, load_cifar10},
      {"shapes", "shapes", " (drawn, in colour)", false, draw<draw_shapes>}};
  return table;
}

const DataRow* find_data_set(const std::string& name) {
  for (const DataRow& row : data_sets())
    if (row.name == name) return &row;
  return nullptr;
}

DataPair load_data(const std::string& name, const fs::path& data_dir, const Drawn& drawn,
                   const PictureOptions& pictures) {
  if (!name.empty() && !find_data_set(name)) return load_folder(name, pictures);
  for (const DataRow& row : data_sets()) {
    if (!name.empty() && row.name != name) continue;
    const bool needed = !name.empty() || !data_dir.empty();
    std::optional<DataPair> pair = row.load(data_dir, drawn, needed);
    if (!pair) continue;
    pair->train.name = pair->test.name = row.printed;
    return *std::move(pair);
  }
  fail("there is no data set");
}

}}  // namespace norma
